"""What Wonde has of each canonical table, and what no school can get from it.

Belongs here: paths, as data, and the tables that it cannot supply with the reason for each. A value that Wonde gives
without dates says nothing of a census day, so that tables of dated rows are not made of it: it is no source for a
census (facts: mis/wonde.md, mis/census_mapping.csv).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Supply:
    """What feeds one canonical table.

    Attributes:
        collections: paths below the school whose rows feed it.
        include: what must be included with each row.
        each: path to a list inside a row, of which each member is a row of the table; "" = the row itself.
        columns: canonical column -> path; alternatives separated by "|".

    """

    collections: tuple[str, ...]
    include: tuple[str, ...]
    columns: Mapping[str, str]
    each: str = ""


_EDUCATION, _EXTENDED, _REACHED = "education_details", "extended_details", "contact_details"
_PUPILS: Final = ("students", "students-leaver")
_HOME: Final = "contact_details.addresses.home."

SUPPLIES: Final[Mapping[str, Supply]] = MappingProxyType(
    {
        "pupil": Supply(
            _PUPILS, (_EDUCATION, _EXTENDED, _REACHED),
            {
                "surname": "legal_surname|surname", "forename": "legal_forename|forename",
                "middle_names": "middle_names", "preferred_surname": "surname", "preferred_forename": "forename",
                "sex": "gender", "dob": "date_of_birth", "uln": "education_details.learner_number",
                "ethnicity": "extended_details.ethnicity_code|extended_details.ethnicity",
                "language": "extended_details.first_language", "email": "contact_details.emails.email",
                "phone": "contact_details.phones.phone", "dietary": "extended_details.dietary_needs",
            },
        ),
        "upn": Supply(_PUPILS, (_EDUCATION,), {"upn": "education_details.upn"}),
        "enrolment": Supply(
            _PUPILS, (_EDUCATION,),
            {"entry_date": "education_details.admission_date", "leaving_date": "education_details.leaving_date"},
        ),
        "nc_year": Supply(_PUPILS, (_EDUCATION,), {"nc_year": "education_details.current_nc_year"}),
        "address": Supply(
            _PUPILS, (_REACHED,),
            {
                "paon": f"{_HOME}house_number|{_HOME}house_name", "street": f"{_HOME}street", "town": f"{_HOME}town",
                "administrative_area": f"{_HOME}county", "post_town": f"{_HOME}town", "postcode": f"{_HOME}postcode",
            },
        ),
        "contact": Supply(
            _PUPILS, ("contacts", "contacts.contact_details"),
            {
                "contact_id": "id", "title": "title", "forename": "forename", "middle_names": "middle_names",
                "surname": "surname", "priority": "relationship.priority", "relationship": "relationship.relationship",
                "parental_responsibility": "relationship.parental_responsibility",
                "lives_with_pupil": "relationship.lives_with_pupil", "court_order": "relationship.court_order",
                "email": "contact_details.emails.email", "phone": "contact_details.phones.phone",
            },
            each="contacts",
        ),
        "staff": Supply(
            ("employees",), (_REACHED,),
            {
                "staff_id": "id", "title": "title", "forename": "forename", "surname": "surname",
                "email": "contact_details.emails.email",
            },
        ),
    },
)  # fmt: skip

_UNDATED: Final = "only today's value, without dates"
NOT_SUPPLIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fsm": "a flag of today: no periods, no category, no country",
        "sen_status": f"{_UNDATED}; no unit or resourced provision",
        "sen_need": "no ranked needs with dates are documented",
        "service_child": _UNDATED,
        "in_care": f"{_UNDATED}; no caring authority",
        "enrol_status": _UNDATED,
        "attendance_pattern": _UNDATED,
        "boarding": "not exposed",
        "former_surname": "not exposed",
        "top_up": "not exposed", "eypp": "not exposed", "two_year_basis": "not exposed", "young_carer": "not exposed",
        "post16_year": "no post-16 study", "programme_aim": "no post-16 study", "learning_aim": "no post-16 study",
        "work_placement": "no post-16 study",
        "ap_entry": "no alternative provision", "ap_placement": "no alternative provision",
        "suspension": "its fields are not documented well enough to return",
        "attendance_mark": "sessions are there, but which are roll calls of the register is not documented",
    },
)  # fmt: skip
"""Tables of a return that Wonde cannot fill, and why; what else it has not is not documented."""
