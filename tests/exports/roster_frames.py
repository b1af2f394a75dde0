"""A small school's roster, made and minimised as the demo's agreement with the learning platform has it."""

from exports.minimise import minimise
from schemas.feeds import roster
from schemas.feeds.dataset import SchoolYear, Taking
from tests.exports.trust_folder import agreement
from tests.schemas.snapshots import day, pupil, snapshot

TERMS = agreement("supplier_roster")
AS_AT = day("2026-10-01")
TAKING = Taking(AS_AT, day("2026-09-01"), (SchoolYear(day("2026-09-02"), day("2027-07-21")),))
_SINCE = day("2026-09-02")
_SCHOOL = {
    "urn": "900004", "la_number": "823", "estab": "4909", "name": 'Ashdown "Vale", Academy', "phase": "SS",
}  # fmt: skip


def child(number, *, year="8", groups=("70",), **fields):
    """One pupil of the school: in year 8 and in one class, unless said otherwise."""
    given = {"email": f"p{number}@ashdown.example.org", **fields}
    members = [{"group_id": group, "start_date": _SINCE} for group in groups]
    return pupil(
        str(number), year=year, fields=given, group_pupil=members, registration_group=[{"name": f"{year} Blue, 1"}]
    )


def whole(*children):
    """The tables of the dataset, before any agreement."""
    held = snapshot(
        *children,
        school=[_SCHOOL],
        teaching_group=[
            {"group_id": "70", "name": "8x/Ma1", "subject": "Mathematics", "nc_year": "8"},
            {"group_id": "71", "name": "12/Fm", "subject": "Further, mathematics", "nc_year": "12"},
        ],
        staff=[
            {"staff_id": "5", "forename": "Ada", "surname": "Byron", "email": "a.byron@ashdown.example.org"},
            {"staff_id": "6", "forename": "Alan", "surname": "Bates"},
        ],
        group_staff=[
            {"group_id": "70", "staff_id": "5", "start_date": _SINCE},
            {"group_id": "71", "staff_id": "6", "start_date": _SINCE},
        ],
        term=[{"term_id": "1", "name": "Autumn", "start_date": _SINCE, "end_date": day("2026-12-18")}],
    )
    return roster.roster(held, TAKING)


def minimised(*children, terms=TERMS):
    """The tables as the agreement lets them leave."""
    return minimise(whole(*children), terms, as_at=AS_AT)
