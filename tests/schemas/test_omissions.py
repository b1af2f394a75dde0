"""Whoever and whatever a return leaves out is found and named, and nothing is where nothing is missing."""

import datetime as dt
import random
from functools import cache

import pandas as pd
import pytest

from schemas.census.catalogue import MADE_ELSEWHERE, catalogue
from schemas.census.collection import COLLECTIONS
from schemas.census.conform import conform
from schemas.census.omissions import KINDS, RULES, omissions
from schemas.census.tables import OFF_ROLL, ON_ROLL
from tests.schemas.snapshots import AUTUMN, conformed, day, marks, pupil, snapshot

PUPILS = {"SS": 2500}
FEWER = 300
TERMS = sorted(COLLECTIONS)
PHASES = ("NS", "PS", "SS", "SP", "PR")
TABLES = {kind.slug: kind.table for kind in KINDS}


def found(snap, frames, when=AUTUMN):
    """Return the findings as (rule, pupil, row)."""
    frame = omissions(snap, frames, when)
    rows = zip(frame["rule"], frame["pupil_id"], frame["row_key"], strict=True)
    return {(rule, pupil_id, None if pd.isna(row) else row) for rule, pupil_id, row in rows}


def without(frames, table, chosen):
    """Return the frames without the rows of a table that a mask chooses."""
    return {**frames, table: frames[table][~chosen.astype(bool)].reset_index(drop=True)}


def anybody(number, rng):
    """One pupil with a history that may, or may not, belong in a return."""

    def some_day(first="2025-09-01", last="2027-06-30"):
        start, end = day(first), day(last)
        return start + dt.timedelta(days=rng.randrange((end - start).days))

    def period(**row):
        start = rng.choice([some_day(), None] if "category" in row else [some_day()])
        end = rng.choice([None, (start or day("2026-01-01")) + dt.timedelta(days=rng.randrange(200))])
        return {"start_date": start, "end_date": end, **row}

    def suspension():
        start = some_day()
        return {"start_date": start, "category": rng.choice(["SUSP", "PERM"]), "sessions": 2,
                "reviewed_date": rng.choice([None, start + dt.timedelta(days=rng.randrange(15, 90))])}  # fmt: skip

    def term(start):
        return marks(start, *rng.choices(["/", "\\", "E", None], k=4))

    leaving = rng.choice([None, None, some_day("2026-01-01")])
    status = rng.choices(["C", "M", "S", "G"], [8, 1, 1, 1])[0]
    return pupil(
        str(number), entry=rng.choice([some_day("2020-09-01", "2026-12-01"), None]), leaving=leaving, status=status,
        dob=some_day("2008-01-01", "2023-01-01").isoformat(), year=rng.choice(["4", "8", "12", "13"]),
        boarding=rng.choice([[], [{"boarder": rng.choice(["B", "N"])}]]),
        suspension=[suspension() for _ in range(rng.choice([0, 0, 1, 3]))],
        fsm=[period(category=rng.choice(["TFSM", "LOCAL"])) for _ in range(rng.choice([0, 1, 2]))],
        ap_placement=[period(pattern="PT") for _ in range(rng.choice([0, 0, 1]))],
        programme_aim=[
            {"programme_id": f"P{number}", "start_date": some_day(), "actual_end_date": rng.choice([None, some_day()])}
        ],
        attendance_mark=[mark for start in ("2026-05-11", "2026-06-22", "2026-09-14", "2027-02-01")
                         if rng.random() < 0.7 for mark in term(start)],
    )  # fmt: skip


@cache
def school(phase):
    rng = random.Random(f"omissions {phase}")  # noqa: S311  invented histories, the same each time
    return snapshot(*(anybody(number, rng) for number in range(PUPILS.get(phase, FEWER))), phase=phase)


@cache
def returned(phase, term):
    return conformed(school(phase), when=COLLECTIONS[term]).frames


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("term", TERMS)
def test_nothing_is_found_where_nothing_is_missing(phase, term):
    assert found(school(phase), returned(phase, term), COLLECTIONS[term]) == set()


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("slug", sorted(TABLES))
def test_dropped_rows_are_found(slug, term):
    frames = returned("SS", term)
    table = TABLES[slug]
    rng = random.Random(slug)  # noqa: S311  which rows are dropped, the same each time
    chosen = pd.Series([rng.random() < 0.5 for _ in range(len(frames[table]))], dtype=bool)
    dropped = frames[table][chosen]
    assert len(dropped) >= 100
    hits = found(school("SS"), without(frames, table, chosen), COLLECTIONS[term])
    assert {rule for rule, *_ in hits} == {f"L-omitted-{slug}"}
    columns = next(kind.columns for kind in KINDS if kind.slug == slug)
    keys = {(pupil_id, " ".join(str(part) for part in row if not pd.isna(part)))
            for pupil_id, *row in dropped[["pupil_id", *columns]].itertuples(index=False)}  # fmt: skip
    told = {(pupil_id, row or "") for _, pupil_id, row in hits}
    assert len(told & keys) >= 0.99 * len(keys)
    assert told <= keys


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize(("slug", "section", "least"), [("leaver", OFF_ROLL, 50), ("pupil", ON_ROLL, 150)])
def test_dropped_pupils_are_found(slug, section, least, term):
    frames = returned("SS", term)
    rng = random.Random(slug)  # noqa: S311  who is dropped, the same each time
    ids = frames["pupil"].loc[(frames["pupil"]["section"] == section).astype(bool), "pupil_id"]
    gone = {pupil_id for pupil_id in ids if rng.random() < 0.5}
    assert len(gone) >= least
    left = {
        name: frame[~frame["pupil_id"].isin(gone)] if "pupil_id" in frame else frame for name, frame in frames.items()
    }
    hits = found(school("SS"), left, COLLECTIONS[term])
    named = {pupil_id for rule, pupil_id, _ in hits if rule == f"L-omitted-{slug}"}
    assert named == gone
    assert {rule for rule, *_ in hits} <= {f"L-omitted-{slug}", "L-omitted-suspension"}


def by_review_date(frames, snap):
    """A return whose suspensions somebody selected by the day governors reviewed them."""
    reviewed = snap["suspension"].set_index("source")["reviewed_date"]
    starts = snap["suspension"].set_index(["pupil_id", "start_date"]).index
    window = AUTUMN.exclusions
    kept = {
        key for key, review in zip(starts, reviewed, strict=True)
        if not pd.isna(review) and window.start <= review <= window.end
    }  # fmt: skip
    rows = frames["exclusion"]
    missed = [key not in kept for key in zip(rows["pupil_id"], rows["start_date"], strict=True)]
    return without(frames, "exclusion", pd.Series(missed, index=rows.index, dtype=bool))


@pytest.mark.parametrize(("review", "caught"), [("2026-09-15", True), ("2026-07-20", False), (None, True)])
def test_a_selection_by_review_date_is_caught(review, caught):
    held = {"start_date": day("2026-07-06"), "category": "SUSP", "reviewed_date": review and day(review)}
    snap = snapshot(pupil("1", suspension=[held]))
    hits = found(snap, by_review_date(conformed(snap).frames, snap))
    assert hits == ({("L-omitted-suspension", "1", "2026-07-06 SUSP")} if caught else set())


def test_the_vendor_defect_is_caught_in_a_whole_school():
    frames = returned("SS", "2026-autumn")
    defective = by_review_date(frames, school("SS"))
    lost = len(frames["exclusion"]) - len(defective["exclusion"])
    hits = found(school("SS"), defective)
    assert lost >= 100
    assert {rule for rule, *_ in hits} == {"L-omitted-suspension"}
    assert len(hits) >= 0.99 * lost


def test_a_leaver_whose_only_ground_was_dropped_is_named():
    held = {"start_date": day("2026-02-02"), "category": "SUSP"}
    snap = snapshot(pupil("1", leaving=day("2026-02-20"), suspension=[held]))
    frames = conformed(snap).frames
    empty = {name: frame.head(0) if "pupil_id" in frame else frame for name, frame in frames.items()}
    assert found(snap, empty) == {
        ("L-omitted-leaver", "1", None), ("L-omitted-suspension", "1", "2026-02-02 SUSP"),
    }  # fmt: skip


def test_who_is_in_the_wrong_section_is_missing_from_the_right_one():
    snap = snapshot(pupil("1"))
    frames = conformed(snap).frames
    moved = frames["pupil"].assign(section=frames["pupil"]["section"].replace({ON_ROLL: OFF_ROLL}))
    assert found(snap, {**frames, "pupil": moved}) == {
        ("L-omitted-pupil", "1", None), ("L-unexpected-leaver", "1", None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"status": "G"}, "L-unexpected-pupil"), ({"entry": day("2026-10-02")}, "L-unexpected-pupil"),
     ({"leaving": day("2025-12-19")}, "L-unexpected-pupil"), ({}, None)],
)  # fmt: skip
def test_who_does_not_belong_is_found(change, rule):
    frames = conformed(snapshot(pupil("1"))).frames
    rules = {name for name, *_ in found(snapshot(pupil("1", **change)), frames)}
    assert rules == ({rule} if rule else set())


@pytest.mark.parametrize(("start", "expected"), [("2025-12-31", True), ("2026-01-01", False), ("2026-08-01", True)])
def test_a_suspension_of_another_window_is_unexpected(start, expected):
    held = {"start_date": day("2026-05-05"), "category": "SUSP"}
    frames = conformed(snapshot(pupil("1", suspension=[held]))).frames
    moved = frames["exclusion"].assign(
        start_date=pd.Series([day(start)], dtype=frames["exclusion"]["start_date"].dtype)
    )
    real = snapshot(pupil("1", suspension=[{**held, "start_date": day(start)}]))
    hits = found(real, {**frames, "exclusion": moved})
    assert hits == ({("L-unexpected-suspension", "1", f"{start} SUSP")} if expected else set())


def test_a_leaver_with_support_said_on_the_day_is_not_unexpected():
    snap = snapshot(pupil("1", leaving=day("2025-12-19"), year="12", upn="B801200001001"))
    frames = conformed(snapshot(pupil("1", leaving=day("2026-07-10"), upn="B801200001001"))).frames
    assert found(snap, frames) == {("L-unexpected-leaver", "1", None)}
    pairs = frames["learner_fam"]
    said = pd.DataFrame({name: ["1"] if name == "pupil_id" else ["X"] for name in pairs}).astype(pairs.dtypes)
    assert found(snap, {**frames, "learner_fam": said}) == set()


def test_the_catalogue_has_these_rules_and_says_them_as_local_checks():
    entries = catalogue("2026-27")
    ours = tuple(start for start, module in MADE_ELSEWHERE.items() if module == omissions.__module__)
    assert {rule for rule in entries if rule.startswith(ours)} == RULES
    assert not any(entries[rule].blocking for rule in RULES)


def test_the_second_selection_shares_no_code_with_the_first():
    first = {"schemas.census.membership", "schemas.census.blocks", "schemas.census.attendance", "schemas.asat"}
    for name in ("standing", "omissions"):
        module = __import__(f"schemas.census.{name}", fromlist=[name])
        origins = {getattr(value, "__module__", None) for value in vars(module).values()}
        assert not origins & {*first, conform.__module__}
