"""`waybill template`: what it writes for each phase and term reads back once filled in, and nothing is written over."""

import csv
import io
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.exit_codes import EXIT_CODES
from schemas.census.school_file import read_school_file
from schemas.census.supplement import read_supplement
from schemas.codesets import codes
from tests.pipelines.front_door import AUTUMN, CLEAN, Answer, FrontDoor, Prepared, at, opened

SPRING, SUMMER = "2027-spring", "2027-summer"
PHASES = {
    "900001": "NS", "900002": "PS", "900003": "MS", "900004": "SS", "900005": "AT", "900006": "SP", "900007": "PR",
}  # fmt: skip
UPN = "J823290926001"
OF_PUPILS = {"school_lunch_taken", "funded_hours", "extended_hours", "expanded_hours", "hours_at_setting", "daf"}
SIXTH_FORM = {"learner_fam_type", "learner_fam_code"}
COLUMNS = {
    AUTUMN: {"PS": {"class_type"}, "AT": {"class_type", *SIXTH_FORM}, "SS": SIXTH_FORM, "PR": SIXTH_FORM},
    SPRING: {
        "PS": {"class_type"},
        "AT": {"class_type", *SIXTH_FORM, "learner_support"},
        "SS": {*SIXTH_FORM, "learner_support"},
        "PR": {*SIXTH_FORM, "learner_support", "unit_contact_time"},
    },
    SUMMER: {
        "PS": {"class_type"},
        "AT": {"class_type", *SIXTH_FORM, "learner_support"},
        "SS": {*SIXTH_FORM, "learner_support"},
        "PR": {*SIXTH_FORM, "learner_support"},
    },
}
"""What a phase is asked of its pupils beside `OF_PUPILS`; in spring young carers too."""

HINTS = (
    ("a whole number", "1"),
    ("true or false", "true"),
    (r"one of (\S+).*", r'"\1"'),
    (r"a list of (\S+) (\S+).*", r'["\1", "\2"]'),
    (r"a time such as (\S+)", r"\1"),
    ("a text of at most .+", '"YES"'),
)
"""What a person writes after reading each kind of comment."""

each_school = pytest.mark.parametrize("urn", PHASES, ids=PHASES.values())


@pytest.fixture(scope="module")
def trust(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    """The prepared state, copied once: the command changes nothing but the folder that `desk` empties."""
    folder = tmp_path_factory.mktemp("templates")
    with pytest.MonkeyPatch.context() as patch:
        at(patch, folder / "home")
        yield from opened(prepared, folder)


@pytest.fixture
def desk(trust: FrontDoor) -> FrontDoor:
    """The trust before anybody has filled in anything."""
    for file in trust.settings.on_the_day.iterdir():
        file.unlink()
    return trust


def asked(desk: FrontDoor, urn: str, period: str, *more: str) -> Answer:
    return desk.run("template", urn, period, "--as", "priya", *more)


def written(desk: FrontDoor) -> set[str]:
    return {file.name for file in desk.settings.on_the_day.iterdir()}


def csv_of(desk: FrontDoor, urn: str, period: str) -> str:
    return desk.settings.on_the_day_file(urn, period).read_text(encoding="utf-8")


def toml_of(desk: FrontDoor, urn: str, period: str) -> str:
    return desk.settings.school_file(urn, period).read_text(encoding="utf-8")


def as_told(line: str) -> str:
    """Fill in one line of a school file, as its own comment says."""
    key = re.fullmatch(r'# (\w+) =(?: ""| \[\])?  # (.+)', line)
    if key is None:
        return re.sub(r"^# (\[+[\w.]+\]+).*", r"\1", line)
    name, hint = key.groups()
    (value,) = [found.expand(value) for told, value in HINTS if (found := re.fullmatch(told, hint))]
    return f"{name} = {value}"


def value_of(column: str) -> str:
    if column == "upn":
        return UPN
    if column == "unit_contact_time":
        return "10"
    if column.endswith("_hours") or column == "hours_at_setting":
        return "12.5"
    if column in {"school_lunch_taken", "daf"}:
        return "true"
    return min(codes(column.upper()))


def values(frames: dict) -> Iterator[str]:
    """Yield the table and column of every value."""
    for name, frame in frames.items():
        yield from (f"{name}.{column}" for column in frame for value in frame[column].dropna() if column != "kind")


@each_school
def test_a_school_file_filled_in_as_it_says_reads_back_whole(desk: FrontDoor, urn: str) -> None:
    assert asked(desk, urn, SPRING).code == 0
    text = toml_of(desk, urn, SPRING)
    assert list(values(read_school_file(text, "empty"))) == []
    filled = "\n".join(as_told(line) for line in text.splitlines())
    keys = [line for line in text.splitlines() if re.match(r"# \w+ =", line)]
    lists = sum("a list of" in line for line in keys)
    assert len(list(values(read_school_file(filled, "filled in")))) == len(keys) + lists > 0


@each_school
@pytest.mark.parametrize("period", [AUTUMN, SPRING, SUMMER])
def test_an_on_the_day_file_filled_in_reads_back_whole(desk: FrontDoor, urn: str, period: str) -> None:
    answer = asked(desk, urn, period)
    assert answer.code == 0
    header = next(csv.reader(io.StringIO(csv_of(desk, urn, period))))
    carers = {"young_carer"} if period == SPRING else set()
    assert set(header) == {"upn", *OF_PUPILS, *COLUMNS[period].get(PHASES[urn], ()), *carers}
    assert all(f"{column}: " in answer.out for column in header)
    lines = "\n".join([",".join(header), ",".join(value_of(column) for column in header)])
    read = read_supplement(lines, "filled in")
    assert read[header].notna().all(axis=None)


@each_school
@pytest.mark.parametrize("period", [AUTUMN, SUMMER])
def test_the_other_terms_have_no_school_file_and_say_so(desk: FrontDoor, urn: str, period: str) -> None:
    answer = asked(desk, urn, period)
    assert answer.code == 0
    assert written(desk) == {f"{urn}-{period}.csv"}
    assert "asks nothing of the school itself" in " ".join(answer.out.split())


def test_spring_says_nothing_of_the_kind(desk: FrontDoor) -> None:
    answer = asked(desk, CLEAN, SPRING)
    assert written(desk) == {f"{CLEAN}-{SPRING}.csv", f"{CLEAN}-{SPRING}.toml"}
    assert "asks nothing" not in answer.out
    said = " ".join(answer.out.split())
    assert "Census day is 21 January 2027; the return is due by 17 February 2027." in said
    assert f"Next: fill in what is asked, then waybill prepare {SPRING} --school {CLEAN}" in said


@pytest.mark.parametrize("kept", ["csv", "toml"])
def test_what_is_there_is_never_written_over(desk: FrontDoor, kept: str) -> None:
    file: Path = desk.settings.on_the_day / f"{CLEAN}-{SPRING}.{kept}"
    file.write_text("mine", encoding="utf-8")
    answer = asked(desk, CLEAN, SPRING)
    assert answer.code == 0
    assert file.read_text(encoding="utf-8") == "mine"
    said = " ".join(answer.out.split())
    assert said.count("Written: ") == said.count("Left as it is: ") == 1
    assert f"Left as it is: {file}" in said


def test_a_second_time_leaves_both(desk: FrontDoor) -> None:
    asked(desk, CLEAN, SPRING)
    before = toml_of(desk, CLEAN, SPRING), csv_of(desk, CLEAN, SPRING)
    answer = asked(desk, CLEAN, SPRING)
    assert answer.code == 0
    assert "Written:" not in answer.out
    assert (toml_of(desk, CLEAN, SPRING), csv_of(desk, CLEAN, SPRING)) == before


def test_a_prepared_return_has_its_pupils_listed_for_their_owner_alone(desk: FrontDoor) -> None:
    answer = asked(desk, CLEAN, AUTUMN)
    listed = read_supplement(csv_of(desk, CLEAN, AUTUMN), "listed")
    assert listed["upn"].is_unique
    assert f"lists {len(listed)} pupils by UPN" in answer.out
    assert 25 <= len(listed) <= 35
    assert listed.drop(columns="upn").isna().all(axis=None)
    assert not set(listed["upn"]) & set(answer.out.split())
    assert stat.S_IMODE(desk.settings.on_the_day_file(CLEAN, AUTUMN).stat().st_mode) == 0o600


def test_before_the_first_preparation_no_pupil_is_listed_and_it_says_what_to_do(desk: FrontDoor) -> None:
    answer = asked(desk, CLEAN, SPRING)
    assert len(csv_of(desk, CLEAN, SPRING).splitlines()) == 1
    assert "lists no pupils, as the return is not prepared yet" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("999999", SPRING, "--as", "priya"), "trust_folder"),
        ((CLEAN, "2029-spring", "--as", "priya"), "no_such_collection"),
        ((CLEAN, "2026-10-01", "--as", "priya"), "no_such_collection"),
        ((CLEAN, SPRING, "--as", "daniel"), "not_allowed"),
        ((CLEAN, SPRING, "--as", "nobody"), "not_allowed"),
    ],
    ids=["no such school", "no such census", "a feed's day", "neither data manager nor head", "nobody we know"],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_written(
    desk: FrontDoor, arguments: tuple[str, ...], code: str
) -> None:
    answer = desk.run("template", *arguments)
    assert answer.code == EXIT_CODES[code]
    assert written(desk) == set()


def test_as_data(desk: FrontDoor) -> None:
    data = asked(desk, CLEAN, SPRING, "--json").data
    assert [Path(file).name for file in data["written"]] == [f"{CLEAN}-{SPRING}.csv", f"{CLEAN}-{SPRING}.toml"]
    assert (data["kept"], data["of_the_school"], data["census_day"]) == ([], True, "2027-01-21")
