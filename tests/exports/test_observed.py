"""Observed flows: the demo's are whole; one change makes each of the faults that a flow can have."""

import datetime as dt

import pytest

from exports.gateways import load_gateways
from exports.observed import Observed, observe_folder, observe_text
from tests.exports.trust_folder import FOLDER, notice, schools

FLOWS = FOLDER / "observed"
NAMES = sorted(path.stem for path in FLOWS.glob("*.yaml"))


def text_of(name: str) -> str:
    return (FLOWS / f"{name}.yaml").read_text(encoding="utf-8")


def seen(text: str, name: str = "changed") -> Observed:
    return observe_text(text.encode(), name, notice(), load_gateways(), schools())


@pytest.mark.parametrize("name", NAMES)
def test_every_flow_of_the_demo_is_whole(name):
    found = seen(text_of(name), name)
    assert found.faults == ()
    assert found.flow is not None
    assert found.flow.fields


def test_the_demo_observes_what_it_does_not_send():
    flows = {one.flow.id: one.flow for one in observe_folder(FLOWS, notice(), load_gateways(), schools()) if one.flow}
    assert list(flows) == NAMES
    assert (flows["arbor"].recipient.role, flows["arbor"].mechanism) == ("processor", "mis_supplier")
    daily = flows["dfe_daily_attendance"]
    assert {part.gateway for part in daily.parts} == {"si-2013-2094-reg-5a"}
    assert set(daily.schools) == set(schools())
    assert all(flows[name].through for name in ("tapestry", "classdojo"))


ETHNICITY = "    items: [pupil.ethnicity]"
ADDENDUM = "  transfer_safeguard: the UK addendum to standard contractual clauses, schedule 3 of DPA-CLASSDOJO-2025\n"
LAW, WHOSE = "    gateway: si-2013-2094-reg-5a\n", "    why: says whose"
CHANGES = [
    ("arbor", "title: The management information system\n", "", "does not say its title"),
    ("arbor", "since: 2024-09-01", "since: last year", "YYYY-MM-DD"),
    ("arbor", "until: 2027-08-31", "until: 2023-08-31", "ends before it begins"),
    ("arbor", '"900007"', '"911111"', "no school with URN 911111"),
    ("arbor", "mechanism: mis_supplier", "mechanism: magic", "not one of"),
    ("arbor", "  kind: supplier", "  kind: friend", "not one of"),
    ("arbor", "  article_28: DPA-ARBOR-2024\n", "", "Article 28 contract"),
    ("arbor", "  policy_document: APD-2026\n", "", "appropriate policy document"),
    ("arbor", '  clause: "7.6"\n', '  clause: "7.9"\n', "no clause 7.9"),
    ("arbor", 'purpose_clause: "3.7"', 'purpose_clause: "3.9"', "no clause 3.9"),
    ("arbor", '    clause: "2.8"\n', '    clause: "2.98"\n', "no clause 2.98"),
    ("arbor", '    clause: "2.12"\n', '    clause: "2.2"\n', "National Insurance number, which clause 2.2"),
    ("arbor", f'    article_9: 9(2)(g)\n    schedule_1: "6"\n{ETHNICITY}', ETHNICITY, "ethnicity is special data"),
    ("arbor", f'    schedule_1: "6"\n{ETHNICITY}', ETHNICITY, "needs a paragraph"),
    ("arbor", "items: [suspension]", "items: [suspension, pupil.religion]", "holds no pupil.religion"),
    ("classdojo", "through: Wonde Limited\n", "", "names it: through"),
    ("classdojo", "  country: US\n", "  country: US\n  colour: blue\n", "no key colour"),
    ("classdojo", ADDENDUM, "", "transfer_safeguard"),
    ("classdojo", "items: [contact.email]", "items: []", "at least one entry"),
    ("dfe_daily_attendance", LAW + WHOSE, WHOSE, "only a processor needs no gateway"),
    ("dfe_daily_attendance", LAW + WHOSE, f"    gateway: nothing\n{WHOSE}", "no gateway nothing"),
    ("dfe_daily_attendance", LAW + WHOSE, f"    gateway: dpa-2018-sch1-6\n{WHOSE}", "no gateway dpa-2018-sch1-6"),
    ("dfe_daily_attendance", LAW + WHOSE, f"    gateway: cwsa-2026-s4\n{WHOSE}", "in force on no day"),
    ("s2s_from_mis", 'schools: ["900001"]', 'schools: ["900002"]', "binds maintained schools"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"), CHANGES, ids=[f"{number}-{row[0]}-{row[3]}" for number, row in enumerate(CHANGES)]
)
def test_one_change_is_a_fault_and_says_what_and_where(name, old, new, says):
    text = text_of(name)
    assert old in text
    found = seen(text.replace(old, new, 1))
    assert found.flow is None
    assert any(says in fault and fault.startswith("changed.yaml line ") for fault in found.faults), found.faults


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"- one\n", b"title: &a x\nx: *a\n"])
def test_rubbish_is_faults_never_an_exception(data):
    found = observe_text(data, "rubbish", notice(), load_gateways(), schools())
    assert found.flow is None
    assert found.faults


def test_a_file_with_another_name_is_a_fault(tmp_path):
    (tmp_path / "Sync.yaml").write_text(text_of("arbor"), encoding="utf-8")
    (one,) = observe_folder(tmp_path, notice(), load_gateways(), schools())
    assert "small letters" in one.faults[0]


def test_a_trust_that_observes_nothing_has_no_folder(tmp_path):
    assert observe_folder(tmp_path / "observed", notice(), load_gateways(), schools()) == ()


def test_a_flow_runs_on_both_of_its_days():
    flow = seen(text_of("tapestry")).flow
    assert flow is not None
    day = dt.timedelta(days=1)
    asked = (flow.since - day, flow.since, flow.recipient.ends, flow.recipient.ends + day)
    assert [flow.runs(one) for one in asked] == [False, True, True, False]
