"""Explanations: kept with author and time, offered again next term on the same fact only, unreadable in the ledger."""

import datetime as dt

import pytest
from pyrage.x25519 import Identity

from exports.notes import KIND, NothingToExplain, carried, explain, explained_keys, notes
from ledger.store import Ledger
from schemas.census.findings import FINDING, finding_key
from vault.pupils import PupilKeys
from vault.store import Vault

SCHOOL, AUTUMN, SPRING, SUMMER = "900003", "2026-autumn", "2027-spring", "2027-summer"
AT = dt.datetime(2026, 10, 2, 9, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 1, 22, 9, 0, tzinfo=dt.UTC)
WHY = "Agreed with the family and recorded on file."


def finding(rule="2485", pupil="p1", row=None, *, blocking=False):
    return {
        "rule": rule, "severity": "query", "blocking": blocking, "level": "pupil" if pupil else "school",
        "table": "pupil", "pupil_id": pupil, "row_key": row, "fields": "pupil.dob", "message": "m", "evaluated": True,
    }  # fmt: skip


def frame(*rows):
    return FINDING.frame({name: [row[name] for row in rows] for name in FINDING.names})


def facts(*rows, fact="f1"):
    return {finding_key(row["rule"], row["pupil_id"], row["row_key"]): fact for row in rows}


class Desk:
    def __init__(self, folder):
        self.ledger = Ledger(folder / "ledger.sqlite")
        self.vault = Vault(folder / "vault", Identity.generate())
        self.pupils = PupilKeys(folder / "pupils.sqlite", bytes(range(32)))
        self.doors = (self.ledger, self.vault, self.pupils)

    def explain(self, *rows, period=AUTUMN, school=SCHOOL, at=AT, known=None, **more):
        told = {"text": WHY, "author": "priya", "facts": facts(*rows) if known is None else known} | more
        return explain(*self.doors, school=school, period=period, findings=frame(*rows), at=at, **told)

    def carried(self, *rows, period=SPRING, school=SCHOOL, known=None):
        told = facts(*rows) if known is None else known
        return carried(*self.doors, school=school, period=period, findings=frame(*rows), facts=told)

    def explained(self, *rows, period=AUTUMN):
        return explained_keys(self.ledger, self.pupils, SCHOOL, period, frame(*rows))


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    for door in made.doors:
        door.close()


def test_an_explanation_has_author_and_time(desk):
    assert desk.explain(finding()) == 1
    (note,) = notes(*desk.doors, SCHOOL, AUTUMN, frame(finding())).values()
    assert (note.text, note.author, note.at, note.period, note.confirms) == (WHY, "priya", AT, AUTUMN, None)


def test_the_last_explanation_counts(desk):
    desk.explain(finding())
    desk.explain(finding(), text="A better reason.", author="sam", at=AT + dt.timedelta(hours=1))
    (note,) = notes(*desk.doors, SCHOOL, AUTUMN, frame(finding())).values()
    assert (note.text, note.author) == ("A better reason.", "sam")


@pytest.mark.parametrize(
    "twin", [finding(rule="2486"), finding(pupil="p2"), finding(row="2026-09-14"), finding(pupil=None)]
)
def test_another_finding_is_not_explained(desk, twin):
    desk.explain(finding())
    assert desk.explained(finding()) == {finding_key("2485", "p1", None)}
    assert desk.explained(twin) == frozenset()


def test_an_error_that_blocks_has_no_explanation(desk):
    with pytest.raises(NothingToExplain):
        desk.explain(finding(blocking=True))
    assert desk.explain(finding(blocking=True), finding(pupil="p2")) == 1


@pytest.mark.parametrize("one", [finding(), finding(pupil=None)], ids=["pupil", "school"])
def test_the_same_query_on_the_same_fact_is_carried_forward_and_explains_nothing(desk, one):
    desk.explain(one)
    (note,) = desk.carried(one).values()
    assert (note.text, note.author, note.period) == (WHY, "priya", AUTUMN)
    assert desk.explained(one, period=SPRING) == frozenset()


@pytest.mark.parametrize(
    "twin",
    [
        {"rows": finding(rule="2486")},
        {"rows": finding(pupil="p2")},
        {"rows": finding(row="2026-09-14")},
        {"known": facts(finding(), fact="f2")},
        {"known": {}},
        {"school": "900004"},
        {"period": AUTUMN},
        {"period": "2026-10-01"},
        {"rows": finding(blocking=True)},
    ],
    ids=["rule", "pupil", "row", "fact", "no fact", "school", "same collection", "no collection", "blocks"],
)
def test_nothing_is_carried_forward_when_one_thing_differs(desk, twin):
    desk.explain(finding())
    rows = twin.pop("rows", finding())
    assert desk.carried(rows, **twin) == {}


def test_an_explanation_of_the_spring_is_not_carried_back(desk):
    desk.explain(finding(), period=SPRING, at=LATER)
    assert desk.carried(finding(), period=AUTUMN) == {}
    assert len(desk.carried(finding(), period=SUMMER)) == 1


def test_what_was_kept_without_a_fact_is_not_carried_forward(desk):
    desk.explain(finding(), known={})
    assert desk.carried(finding()) == {}


def test_a_confirmed_explanation_says_whose_and_of_when_it_is(desk):
    desk.explain(finding())
    desk.explain(finding(), period=SPRING, author="sam", at=LATER, confirms=AUTUMN)
    (note,) = notes(*desk.doors, SCHOOL, SPRING, frame(finding())).values()
    assert (note.author, note.at, note.confirms) == ("sam", LATER, AUTUMN)
    (again,) = desk.carried(finding(), period=SUMMER).values()
    assert (again.author, again.period) == ("sam", SPRING)


def test_the_ledger_holds_neither_text_nor_pupil_nor_fact(desk):
    desk.explain(finding(pupil="pupil-4711"), known=facts(finding(pupil="pupil-4711"), fact="c0ffee" * 10))
    (event,) = desk.ledger.events(KIND)
    said = str(event.body)
    assert all(word not in said for word in (WHY, "4711", "c0ffee"))
    assert set(event.body) == {"school", "period", "artefact", "author", "finding", "fact"}


def test_the_same_fact_of_two_pupils_has_two_names(desk):
    rows = finding(), finding(pupil="p2")
    desk.explain(*rows)
    names = {event.body["fact"] for event in desk.ledger.events(KIND)}
    assert len(names) == 2
