"""The department's material at the front door: shown, imported, learned from, and what that changes at the gate."""

import re
from collections.abc import Callable

import pytest

from exports.preparation import artefact, read_emitted
from ledger.states import State
from pipelines.exit_codes import EXIT_CODES
from schemas.census.layout import layout
from tests.exports.official_material import PRIMARY_AUTUMN, REPORT_AS_XML, YEAR, schema, stylesheet, xlsx
from tests.pipelines.front_door import CLEAN, FrontDoor

WHY = ("--reason", "the helpdesk knows the layout", "--reference", "HD-20417")
MAKER = b"<SoftwareCode>Waybill</SoftwareCode>"


def real(door: FrontDoor) -> None:
    """From now on the trust is not a demonstration."""
    door.edit("trust.toml", "demonstration = true", "demonstration = false")


def override(door: FrontDoor) -> None:
    waybill = door.waybill()
    for person, role in (("priya", "data_manager"), ("helen", "head")):
        door.done(
            "override", waybill.sha256, "--role", role, "--key", door.key(person), "--as", person,
            "--named", waybill.sha256[:8], *WHY,
        )  # fmt: skip


def file_of(door: FrontDoor) -> bytes:
    here = door.installation()
    return here.vault.open(artefact(here.ledger, door.waybill().sha256, "file"))


def confirm(door: FrontDoor) -> None:
    """Learn from the same return as if an MIS had written it: it bears out every path and code."""
    file = door.home / "of-an-mis.xml"
    file.write_bytes(file_of(door).replace(MAKER, b"<SoftwareCode>Another</SoftwareCode>"))
    door.done("spec", "learn", str(file), "--confirm", "--as", "priya")


@pytest.mark.parametrize(
    ("trust", "done", "may"),
    [
        ("demonstration", (), True),
        ("real", (), False),
        ("real", (override,), True),
        ("real", (confirm,), True),
    ],
    ids=["demonstration", "real", "real, overridden", "real, confirmed"],
)
def test_who_may_release_an_unverified_layout(
    door: FrontDoor, trust: str, done: tuple[Callable[[FrontDoor], None], ...], *, may: bool
) -> None:
    """The whole table is `tests/exports/test_release_overridden.py`'s; here are its corners, on a real wire."""
    if trust == "real":
        real(door)
    for step in done:
        step(door)
    waybill = door.approve()
    with door.recipient():
        answer = door.release()
    assert answer.code == (0 if may else EXIT_CODES["unverified_layout"])
    assert door.state(waybill) is (State.HANDED_OVER if may else State.APPROVED)
    if not may:
        assert f"{waybill.tally.unverified_paths} element paths" in " ".join(answer.err.split())


def test_the_signing_page_names_every_path_in_doubt_until_something_confirms_it(door: FrontDoor) -> None:
    here, waybill = door.installation(), door.waybill()
    emitted = read_emitted(here.ledger, here.vault, waybill.sha256)
    shown = door.done("show", waybill.sha256, "--as", "helen").out
    assert "UNVERIFIED LAYOUT: " in shown
    assert [held.path for held in emitted.held if held.path not in shown] == []
    assert waybill.tally.unverified_paths == len(emitted.held)
    confirm(door)
    assert "UNVERIFIED" not in door.done("show", waybill.sha256, "--as", "helen").out


def test_a_hand_written_schema_accepts_what_is_prepared_and_confirms_its_paths(door: FrontDoor) -> None:
    file = door.home / "census.xsd"
    file.write_bytes(schema())
    door.done("spec", "import", str(file), "--source", "made by a test", "--as", "priya")
    before = door.waybill()
    door.done("prepare", "2026-autumn", "--school", CLEAN)
    after = door.waybill()
    assert after.sha256 != before.sha256
    assert after.tally.unverified_paths < before.tally.unverified_paths
    shown = " ".join(door.done("show", after.sha256, "--as", "helen").out.split())
    assert "PupilIdentifiers/UPN" not in shown
    assert "FSMCategory" not in shown
    assert re.search(r"PupilOnRoll/PupilCharacteristics/Language \(codes [A-Z, ]+\)", shown)
    door.done("prepare", "2026-autumn", "--school", CLEAN)
    assert door.waybill().sha256 == after.sha256


def test_a_schema_that_refuses_the_file_stops_the_preparation_by_line_and_path(door: FrontDoor) -> None:
    file = door.home / "census.xsd"
    file.write_bytes(schema(PRIMARY_AUTUMN.replace("DOB : date", "DOB : integer")))
    door.done("spec", "import", str(file), "--as", "priya")
    answer = door.run("prepare", "2026-autumn", "--school", CLEAN)
    assert answer.code == EXIT_CODES["schema_refused"]
    assert "PupilIdentifiers/DOB has a value of another type (" in " ".join(answer.out.split())
    assert re.findall(r"\b20[01]\d-\d\d-\d\d\b", answer.out + answer.err) == []


def test_a_stylesheet_is_run_over_the_file_and_compared_on_the_signing_page(door: FrontDoor) -> None:
    always = stylesheet("<Errors><Error><RuleNumber>1510</RuleNumber></Error></Errors>")
    for name, data in (("report.xslt", REPORT_AS_XML), ("always.xslt", always)):
        (door.home / name).write_bytes(data)
        door.done("spec", "import", str(door.home / name), "--as", "priya")
    shown = " ".join(door.done("show", door.waybill().sha256, "--as", "helen").out.split())
    assert "own material was run over it: report.xslt, always.xslt" in shown
    assert "only theirs: 1510 (1 theirs, 0 ours)" in shown


def test_show_needs_no_keys_and_counts_what_there_is(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYBILL_HOME", str(door.home / "nowhere"))
    shown = door.done("spec", "show", YEAR, "--json").data
    items, rules = shown["coverage"]["items"], shown["coverage"]["rules"]
    assert {term: sum(counts.values()) for term, counts in items.items()} == {
        term: len(layout(YEAR).for_term(letter).items) for letter, term in zip("ASU", items, strict=True)
    }
    assert rules["implemented"] + rules["not_implemented"] == rules["listed"]
    assert shown["imported"] == []
    assert "Nothing has been imported" in door.done("spec", "show").out


def test_an_import_says_who_when_and_where_from_and_is_in_the_ledger(door: FrontDoor) -> None:
    file = door.home / "rules.xlsx"
    file.write_bytes(xlsx())
    said = door.done("spec", "import", str(file), "--source", "gov.uk", "--as", "priya").out
    assert "1 rules we do not know:" in said
    assert "theirs: A rule that nobody here has heard of" in said
    (entry,) = door.done("spec", "show", "--json").data["imported"]
    assert (entry["by"], entry["source"], entry["imported_at"][:10]) == ("priya", "gov.uk", "2026-10-01")
    (event,) = door.installation().ledger.events("spec imported")
    assert event.body["sha256"] == entry["sha256"]
    assert "in use already" in door.done("spec", "import", str(file), "--as", "priya").out
    assert len(door.installation().ledger.events("spec imported")) == 1


def test_a_head_may_not_settle_what_is_confirmed(door: FrontDoor) -> None:
    file = door.home / "rules.xlsx"
    file.write_bytes(xlsx())
    assert door.run("spec", "import", str(file), "--as", "helen").code == EXIT_CODES["not_allowed"]
    assert not (door.trust / "spec").exists()


def test_what_is_no_material_is_refused_with_its_own_code(door: FrontDoor) -> None:
    file = door.home / "rules.csv"
    file.write_text("Rule,Description", encoding="utf-8")
    assert door.run("spec", "import", str(file), "--as", "priya").code == EXIT_CODES["spec_unreadable"]


def test_learning_without_confirm_keeps_nothing_and_our_own_file_teaches_nothing(door: FrontDoor) -> None:
    file = door.home / "of-an-mis.xml"
    file.write_bytes(file_of(door).replace(MAKER, b"<SoftwareCode>Another</SoftwareCode>"))
    assert "Nothing was kept" in door.done("spec", "learn", str(file)).out
    assert not (door.trust / "spec").exists()
    file.write_bytes(file_of(door))
    assert door.run("spec", "learn", str(file), "--confirm", "--as", "priya").code == EXIT_CODES["census_file_unfit"]


def test_findings_carry_the_warning_and_every_path_as_data(door: FrontDoor) -> None:
    answer = door.run("findings", CLEAN, "2026-autumn", "--as", "priya")
    assert "UNVERIFIED LAYOUT" in answer.out
    data = door.run("findings", CLEAN, "2026-autumn", "--as", "priya", "--json").data
    assert len(data["unverified"]) == 1 + door.waybill().tally.unverified_paths


def test_only_the_year_after_the_last_can_be_begun(door: FrontDoor) -> None:
    assert door.run("new-year", "2031-32").code == EXIT_CODES["year_not_new"]
