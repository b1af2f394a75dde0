"""What each column of a return is made from: columns of the MIS as read, or a file that a person fills in.

Belongs here: that declaration, for tracing a value back. Making the values is `schemas.census.conform`; a test changes
each column named here and looks whether the return changes. Rows that only decide whether a value is taken (the day of
entry, the year group) are not its source.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.canonical import CANONICAL
from schemas.census.school_file import OF_THE_SCHOOL
from schemas.census.supplement import ONE_PER_PUPIL, WHERE_THE_MIS_HOLDS_NONE
from schemas.census.tables import SCHOOL_BLOCKS

SNAPSHOT: Final = "snapshot"
ON_THE_DAY: Final = "on-the-day file"
SCHOOL_FILE: Final = "school file"
HERE: Final = "made here"
_TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {"fsm_period": "fsm", "exclusion": "suspension", "funding_basis": "two_year_basis"}
)
"""Tables of which most columns have the same name under another table."""
_ADDRESS: Final = tuple(
    name for name in CANONICAL["address"].names if name not in {"pupil_id", "source", "start_date", "end_date"}
)
_HOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "qual_hrs": "qual_hours", "non_qual_hrs": "non_qual_hours", "qual_hrs_previous_year": "qual_hours",
        "non_qual_hrs_previous_year": "non_qual_hours", "t_level_qual_hrs": "t_level_qual_hours",
        "ft_emp": "full_time_employed",
    },
)  # fmt: skip
_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "header.lea": ("school.la_number",),
        "header.estab": ("school.estab",),
        "header.urn": ("school.urn",),
        "school.school_name": ("school.name",),
        "school.phone_no": ("school.phone",),
        "pupil.upn": ("upn.upn",),
        "pupil.former_upn": ("upn.upn",),
        "pupil.former_surname": ("former_surname.surname",),
        "pupil.preferred_surname": ("pupil.preferred_surname", "pupil.surname"),
        "pupil.service_child": ("service_child.status",),
        "pupil.young_carer": ("young_carer.status",),
        "pupil.eyppr": ("eypp.start_date",),
        "pupil.eyppbf": ("eypp.basis",),
        "pupil.top_up_funding": ("top_up.start_date",),
        "pupil.enrol_status": ("enrol_status.status",),
        "pupil.entry_date": ("enrolment.entry_date",),
        "pupil.leaving_date": ("enrolment.leaving_date",),
        "pupil.part_time": ("attendance_pattern.part_time",),
        "pupil.boarder": ("boarding.boarder",),
        "pupil.nc_year_actual": ("nc_year.nc_year",),
        "pupil.nc_year_leaving": ("nc_year.nc_year",),
        "pupil.t_level_non_qual_hrs": ("pupil.t_level_non_qual_hours",),
        "pupil.sen_provision": ("sen_status.provision",),
        "pupil.sen_unit": ("sen_status.sen_unit",),
        "pupil.resourced": ("sen_status.resourced",),
        "pupil.prev_urn": ("ap_entry.prev_urn",),
        "pupil.ap_reason": ("ap_entry.reason",),
        "pupil.ap_sen_entry": ("ap_entry.sen_provision",),
        **{f"pupil.{column}": (f"address.{column}",) for column in _ADDRESS},
        **{f"pupil.{column}": (f"post16_year.{source}",) for column, source in _HOURS.items()},
        "exclusion.sen_provision": ("sen_status.provision",),
        "attendance.period": ("attendance_mark.date",),
        "attendance.sessions_possible": ("attendance_mark.code",),
        "session_detail.period": ("attendance_mark.date",),
        "session_detail.code": ("attendance_mark.code",),
        "session_detail.sessions": ("attendance_mark.code",),
        "ap_placement.entry_date": ("ap_placement.start_date",),
        "ap_placement.leaving_date": ("ap_placement.end_date",),
        "ap_placement.sen_entry": ("sen_status.provision",),
        "ap_placement.sen_leaving": ("sen_status.provision",),
    },
)


def made_from(field: str) -> tuple[str, ...]:
    """Return the columns of `schemas.canonical` that a column of a return, `<table>.<column>`, is made from."""
    table, _, column = field.partition(".")
    if field in _ELSEWHERE:
        return _ELSEWHERE[field]
    source = CANONICAL.get(_TABLES.get(table, table))
    return (f"{source.name}.{column}",) if source is not None and column in source else ()


def given_by(field: str) -> str:
    """Return where the value of a column of a return was first written down."""
    table, _, column = field.partition(".")
    of_the_day = table in {"learner_fam", "learner_support"} or (table == "pupil" and column in ONE_PER_PUPIL)
    if of_the_day:
        both = f"{SNAPSHOT}, or {ON_THE_DAY} where the MIS holds none"
        return both if column in WHERE_THE_MIS_HOLDS_NONE else ON_THE_DAY
    if table in SCHOOL_BLOCKS or (table == "school" and column in OF_THE_SCHOOL):
        return SCHOOL_FILE
    return SNAPSHOT if made_from(field) else HERE
