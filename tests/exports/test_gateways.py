"""The register of gateways: complete, dated, and refused when a row is not."""

import datetime as dt

import pytest

from exports.gateways import RegisterUnreadable, load_gateways

HEAD = "id,kind,instrument,paragraph,items,binds,regulation,in_force_from,in_force_to,confidence,reviewed_by\n"
GOOD = "g1,duty,An Act,section 1,names,both,,2020-01-01,2025-12-31,H,\n"


def register(tmp_path, *rows):
    path = tmp_path / "gateways.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return load_gateways(path)


def test_every_row_of_the_register_is_usable_and_none_claims_a_review():
    rows = load_gateways()
    assert len(rows) >= 45
    assert {row.reviewed_by for row in rows.values()} == {""}


def test_the_register_names_every_instrument_of_the_facts():
    text = " ".join(f"{row.instrument} {row.paragraph}" for row in load_gateways().values())
    for named in (
        "SI 2013/2094",
        "SI 2020/965",
        "SI 2024/209",
        "section 537A",
        "SI 2024/208",
        "SI 2005/1437",
        "Education and Skills Act",
        "SI 2013/351",
        "section 99",
        "SI 2012/1033",
        "section 512ZB",
        "Children Act 1989",
        "Children Act 2004",
        "Data Protection Act 2018",
        "Children's Wellbeing and Schools Act 2026",
    ):
        assert named in text


@pytest.mark.parametrize(
    ("day", "in_force"),
    [("2019-12-31", False), ("2020-01-01", True), ("2025-12-31", True), ("2026-01-01", False)],
)
def test_a_gateway_is_in_force_on_both_of_its_days(tmp_path, day, in_force):
    assert register(tmp_path, GOOD)["g1"].in_force(dt.date.fromisoformat(day)) is in_force


def test_without_commencement_it_is_never_in_force():
    assert not load_gateways()["cwsa-2026-s4"].in_force(dt.date(2100, 1, 1))


def test_an_academy_and_a_maintained_school_have_different_gateways_for_the_transfer_file():
    rows = load_gateways()
    assert [rows[name].binds_establishment("academy") for name in ("si-2005-1437-reg-9", "public-task-ctf")] == [
        False,
        True,
    ]
    assert [rows[name].binds_establishment("maintained") for name in ("si-2005-1437-reg-9", "public-task-ctf")] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("both", ""),
        ("both", "all"),
        ("duty", "wish"),
        (",H,", ",X,"),
        ("An Act", ""),
        ("names", ""),
        ("g1", ""),
        ("2020-01-01", "1 Jan 2020"),
        ("2025-12-31", "2025-13-31"),
    ],
)
def test_an_incomplete_row_is_refused_with_its_place(tmp_path, old, new):
    with pytest.raises(RegisterUnreadable, match=r"gateways\.csv:2"):
        register(tmp_path, GOOD.replace(old, new, 1))


def test_an_id_twice_is_refused(tmp_path):
    with pytest.raises(RegisterUnreadable, match=r"gateways\.csv:3"):
        register(tmp_path, GOOD, GOOD)
