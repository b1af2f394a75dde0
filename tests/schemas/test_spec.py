"""What a return emits, what of it is in doubt, and the words for that."""

import datetime as dt
import json

import pytest

from schemas.census.layout import layout
from schemas.census.spec import NOTHING, Confirmed, Doubt, Emitted, Held, described, doubts, emitted, warning
from schemas.census.tables import CENSUS

AUTUMN = layout("2026-27").for_term("A")
ON, OFF = "Message/Pupils/PupilsOnRoll/PupilOnRoll", "Message/Pupils/PupilsNoLongerOnRoll/PupilNoLongerOnRoll"
CATEGORY = f"{ON}/PupilCharacteristics/FSMeligibility/FSMperiod/FSMCategory"
SEX = Held(f"{ON}/PupilIdentifiers/Sex", "SEX", ("F", "M"))
UPN = Held(f"{ON}/PupilIdentifiers/UPN", "", ())
FILE = Emitted("2026-27", (UPN, SEX))


def frames():
    """One pupil on roll and one who has left; only the first has a sex, only the second a leaving date."""
    tables = {name: table.empty() for name, table in CENSUS.items()}
    tables["pupil"] = CENSUS["pupil"].frame(
        {
            "pupil_id": ["1", "2"],
            "section": ["on_roll", "off_roll"],
            "upn": ["A", "B"],
            "sex": ["F", None],
            "leaving_date": [None, dt.date(2026, 7, 1)],
        }
    )
    tables["fsm_period"] = CENSUS["fsm_period"].frame(
        {"pupil_id": ["1", "1"], "category": ["TFSM", "EFSM"], "start_date": [dt.date(2026, 9, 1), None]}
    )
    tables["attendance"] = CENSUS["attendance"].frame(
        {"pupil_id": ["1"], "period": ["half_term_2"], "sessions_possible": [40]}
    )
    return tables


def test_a_path_is_emitted_where_a_row_of_its_own_section_and_block_has_a_value():
    assert {held.path for held in emitted(frames(), AUTUMN).held} == {
        UPN.path,
        f"{OFF}/PupilIdentifiers/UPN",
        SEX.path,
        f"{OFF}/PupilStatus/LeavingDate",
        CATEGORY,
        CATEGORY.replace("FSMCategory", "FSMstartDate"),
        f"{ON}/Attendance/SummerHalfTerm2Attendance/SessionsPossible",
    }


def test_the_codes_of_coded_items_alone_are_named():
    held = {each.path: (each.codeset, each.codes) for each in emitted(frames(), AUTUMN).held}
    assert held[CATEGORY] == ("FSM_CATEGORY", ("EFSM", "TFSM"))
    assert held[UPN.path] == ("", ())


def test_what_is_sealed_reads_back():
    found = emitted(frames(), AUTUMN)
    assert Emitted.read(json.loads(json.dumps(found.body()))) == found


def in_doubt(held, *codes):
    return Doubt(held.path, confirmed=False, codes=codes)


def code_in_doubt(*codes):
    return Doubt(SEX.path, confirmed=True, codes=codes)


@pytest.mark.parametrize(
    ("confirmed", "left"),
    [
        (NOTHING, (in_doubt(UPN), in_doubt(SEX, "F", "M"))),
        (Confirmed(frozenset({UPN.path})), (in_doubt(SEX, "F", "M"),)),
        (Confirmed(frozenset({UPN.path, SEX.path})), (code_in_doubt("F", "M"),)),
        (Confirmed(frozenset({UPN.path, SEX.path}), frozenset({("SEX", "F")})), (code_in_doubt("M"),)),
        (Confirmed(frozenset({UPN.path, SEX.path}), frozenset({("SEX", "F"), ("OTHER", "M")})),
         (code_in_doubt("M"),)),
        (Confirmed(frozenset({UPN.path, SEX.path}), frozenset({("SEX", "F"), ("SEX", "M")})), ()),
    ],
    ids=["nothing", "one path", "both paths", "one code", "a code of another set", "everything"],
)  # fmt: skip
def test_a_path_is_in_doubt_until_it_and_each_of_its_codes_is_confirmed(confirmed, left):
    assert doubts(FILE, confirmed) == left


def test_material_of_two_files_adds_up():
    one, other = Confirmed(frozenset({UPN.path})), Confirmed(codes=frozenset({("SEX", "F")}), rules=frozenset({"1510"}))
    assert one | other == Confirmed(one.paths, other.codes, other.rules)


def test_the_words_count_and_name_every_path():
    lines = described(doubts(FILE, NOTHING))
    assert lines[0] == warning(2)
    assert "UNVERIFIED LAYOUT: 2 of" in lines[0]
    assert lines[1:] == (UPN.path, f"{SEX.path} (codes F, M)")


def test_without_a_doubt_there_are_no_words():
    assert (described(()), warning(0)) == ((), "")
