"""A school's roster: who is taught by whom in which class, from which a supplier makes accounts and classes.

Belongs here: the tables of the dataset `roster`, in the words of OneRoster 1.2, and how they are made. Writing them is
`exports.formats.oneroster`. Pupils and staff have tables of their own, because an agreement answers for the fields of
each. No sex or ethnicity can be held here for a supplier: the binding's demographics have no table.
An id is also the user name (`schemas.feeds.roster_ids`), so that no address is told by way of it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import pandas as pd

from schemas.asat import open_on, spells
from schemas.canonical import CANONICAL
from schemas.feeds.dataset import Dataset, Reads, SchoolYear, Taking
from schemas.feeds.people import people
from schemas.feeds.people import reads as reads_people
from schemas.feeds.roster_ids import RosterIds
from schemas.table import Column, Frames, Sensitivity, Table, boolean, date, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT = Sensitivity.CONTACT

_ID: Final = text("sourced_id", PERS, "Id of the row in a roster, the same every time", required=True)
_ORG: Final = text("org_sourced_id", REF, "Id of the school in the roster")
_USER: Final = text("user_sourced_id", PERS, "Id of the person in the roster")
_PUPIL: Final = text("pupil_id", REF, "The MIS's own id of the pupil", required=True)
_ROLE: Final = (
    _USER,
    text("role_type", REF, "primary: everybody has one role, at their own school"),
    text("role", REF, "student or teacher"),
    date("begin_date", PERS, "First day of it"),
    _ORG,
)
_ENROLMENT: Final = (
    text("class_sourced_id", PERS, "Id of the class in the roster"),
    text("school_sourced_id", REF, "Id of the school in the roster"),
    _USER,
    text("role", REF, "student or teacher"),
    date("begin_date", PERS, "First day in the class"),
)


def _person(who: str) -> tuple[Column, ...]:
    return (
        _ID,
        boolean("enabled_user", REF, "true: whoever is in a roster may sign in"),
        text("username", PERS, "The id again: no address is told by way of the user name"),
        text("identifier", PERS, f"The MIS's own id of the {who}"),
        text("given_name", PERS, f"Legal first name of the {who}"),
        text("family_name", PERS, f"Legal surname of the {who}"),
        text("email", CONT, f"The {who}'s own e-mail address at the school"),
        text("primary_org_sourced_id", REF, "Id of the school in the roster"),
    )


ORG = Table(
    "roster_org",
    "the school",
    (
        _ID,
        text("name", REF, "Name of the school", "200039"),
        text("type", REF, "school"),
        text("identifier", REF, "URN of the school", "200003"),
    ),
    key=("sourced_id",),
)
SESSION = Table(
    "roster_session",
    "the school year, or one term of it",
    (
        _ID,
        text("title", REF, "Name of the year or term"),
        text("type", REF, "schoolYear or term"),
        date("start_date", REF, "First day"),
        date("end_date", REF, "Last day"),
        text("parent_sourced_id", REF, "Id of the year a term belongs to"),
        text("school_year", REF, "Calendar year in which the school year ends"),
    ),
    key=("sourced_id",),
)
COURSE = Table(
    "roster_course",
    "one subject in one year group",
    (
        _ID,
        text("school_year_sourced_id", REF, "Id of the school year"),
        text("title", REF, "Subject, All subjects for a class taught together, or Registration"),
        text("grades", REF, "Year group, codeset NCYEAR"),
        _ORG,
    ),
    key=("sourced_id",),
)
CLASS = Table(
    "roster_class",
    "one teaching group or registration group with a pupil in it on the day",
    (
        _ID,
        text("title", PERS, "Name of the group"),
        text("grades", REF, "Year group, codeset NCYEAR"),
        text("course_sourced_id", REF, "Id of its course"),
        text("class_code", PERS, "The MIS's own id of the group"),
        text("class_type", REF, "scheduled, or homeroom for a registration group"),
        text("school_sourced_id", REF, "Id of the school in the roster"),
        text("term_sourced_ids", REF, "Ids of the terms, comma between them"),
    ),
    key=("sourced_id",),
)
PUPIL = Table(
    "roster_pupil",
    "one pupil on roll on the day",
    (
        _PUPIL,
        text("urn", REF, "URN of the school", "200003", required=True),
        text("upn", IDENT, "UPN, by which the disclosure is found again; no roster can hold it", "100001"),
        *_person("pupil"),
        text("middle_name", PERS, "Middle names", "100006"),
        text("preferred_given_name", PERS, "Preferred first name, null when the MIS holds none"),
        text("preferred_family_name", PERS, "Preferred surname, null when the MIS holds none", "100011"),
        text("grades", PERS, "Year group on the day, codeset NCYEAR", "100068"),
        text("nc_year", PERS, "The same, by which an agreement chooses year groups", "100068"),
        text("enrol_status", PERS, "Codeset ENROL_STATUS, by which an agreement chooses registrations", "100060"),
        date("dob", PERS, "Date of birth, which places a pupil without a year group; no roster can hold it", "100007"),
    ),
    key=("pupil_id",),
)
STAFF = Table("roster_staff", "one member of staff who teaches a class of the roster", _person("member of staff"))
PUPIL_ROLE = Table("roster_pupil_role", "what a pupil is at the school", (_PUPIL, _ID, *_ROLE), key=("pupil_id",))
STAFF_ROLE = Table("roster_staff_role", "what a member of staff is at the school", (_ID, *_ROLE))
PUPIL_ENROLMENT = Table(
    "roster_pupil_enrolment",
    "one pupil in one class",
    (
        _PUPIL,
        _ID,
        *_ENROLMENT,
        text("class_subject", PERS, "Subject of the class, by which an agreement chooses classes"),
    ),
)
STAFF_ENROLMENT = Table("roster_staff_enrolment", "one teacher of one class", (_ID, *_ENROLMENT))

TABLES: Final = (
    ORG, SESSION, COURSE, CLASS, PUPIL, STAFF, PUPIL_ROLE, STAFF_ROLE, PUPIL_ENROLMENT, STAFF_ENROLMENT,
)  # fmt: skip

_REGISTRATION: Final = "Registration"
_EVERYTHING: Final = "All subjects"
_SEPTEMBER: Final = 9
_NAMED_OTHERWISE: Final[Mapping[str, str]] = {
    "given_name": "forename",
    "family_name": "surname",
    "middle_name": "middle_names",
    "preferred_given_name": "preferred_forename",
    "preferred_family_name": "preferred_surname",
}
"""Columns of the pupil, which the MIS knows by other names."""
_ALWAYS: Final = ("registration_group", "teaching_group", "group_pupil", "group_staff", "staff", "term")


def roster(snapshot: Frames, taking: Taking) -> dict[str, pd.DataFrame]:
    """Return the roster of the pupils on roll on the day: complete in itself, every id it refers to is in it."""
    school = snapshot["school"].iloc[0]
    at = RosterIds(str(school["urn"]))
    present, _ = spells(snapshot, taking.as_at)
    pupils = people(snapshot, present).sort_values("pupil_id").reset_index(drop=True)
    groups, members = _groups(snapshot, taking.as_at, pupils, at)
    sessions = _sessions(snapshot, taking, at)
    made = {
        ORG.name: _school(school, at),
        SESSION.name: sessions,
        COURSE.name: _courses(groups, str(sessions["sourced_id"].iloc[0]), at),
        CLASS.name: _classes(groups, sessions, at),
        PUPIL.name: _pupils(pupils, at),
        STAFF.name: _staff(snapshot, at),
        PUPIL_ROLE.name: _roles(pupils["pupil_id"], "pupil", "student", at, pupils["entry_date"]),
        STAFF_ROLE.name: _roles(snapshot["staff"]["staff_id"], "staff", "teacher", at),
        PUPIL_ENROLMENT.name: _enrolments(members, "pupil", "student", at),
        STAFF_ENROLMENT.name: _enrolments(_teachers(snapshot, taking.as_at, at), "staff", "teacher", at),
    }
    return pruned({table.name: _framed(table, made[table.name]) for table in TABLES})


def pruned(frames: Frames) -> dict[str, pd.DataFrame]:
    """Return a roster without what none of its pupils needs: classes of none, their courses, and who teaches no other.

    To be called again when rows of `roster_pupil` were left out.
    """
    left = dict(frames)
    pupils = left[PUPIL.name]["pupil_id"]
    for name in (PUPIL_ROLE.name, PUPIL_ENROLMENT.name):
        left[name] = _kept(left[name], "pupil_id", pupils)
    left[CLASS.name] = _kept(left[CLASS.name], "sourced_id", left[PUPIL_ENROLMENT.name]["class_sourced_id"])
    left[STAFF_ENROLMENT.name] = _kept(left[STAFF_ENROLMENT.name], "class_sourced_id", left[CLASS.name]["sourced_id"])
    left[COURSE.name] = _kept(left[COURSE.name], "sourced_id", left[CLASS.name]["course_sourced_id"])
    teachers = left[STAFF_ENROLMENT.name]["user_sourced_id"]
    left[STAFF.name] = _kept(left[STAFF.name], "sourced_id", teachers)
    left[STAFF_ROLE.name] = _kept(left[STAFF_ROLE.name], "user_sourced_id", teachers)
    return left


def reads(fields: frozenset[str]) -> Reads:
    """Return what these fields ask of the MIS: the groups and their members always, of a person only what is named."""
    pupil = {field.partition(".")[2] for field in fields if field.startswith(f"{PUPIL.name}.")}
    wanted = reads_people(f"{PUPIL.name}.{_NAMED_OTHERWISE.get(column, column)}" for column in pupil)
    return wanted | {name: frozenset(CANONICAL[name].names) for name in _ALWAYS}


def _school(school: pd.Series, at: RosterIds) -> pd.DataFrame:
    return pd.DataFrame(
        {"sourced_id": [at.school], "name": [school["name"]], "type": ["school"], "identifier": [at.urn]}
    )


def _groups(snapshot: Frames, day: dt.date, pupils: pd.DataFrame, at: RosterIds) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (groups, members): teaching groups as the MIS has them, and registration groups, which have names only."""
    taught = snapshot["teaching_group"]
    groups = taught[["group_id", "name", "nc_year"]].assign(
        sourced_id=at.of("class", taught["group_id"]),
        subject=taught["subject"].fillna(_EVERYTHING),
        class_type="scheduled",
    )
    held = open_on(snapshot["group_pupil"], day)
    known = held["pupil_id"].isin(pupils["pupil_id"]) & held["group_id"].isin(taught["group_id"])
    held = held[known].drop_duplicates(["group_id", "pupil_id"])
    members = held[["pupil_id", "start_date"]].assign(class_sourced_id=at.of("class", held["group_id"]))

    formed = pupils[pupils["registration_group"].notna()]
    forms = at.made_of("registration", formed["registration_group"])
    named = pd.DataFrame({"sourced_id": forms, "name": formed["registration_group"]}).assign(
        subject=_REGISTRATION, class_type="homeroom"
    )
    own = pd.DataFrame({"pupil_id": formed["pupil_id"], "class_sourced_id": forms})
    everyone = pd.concat([groups, named.drop_duplicates("sourced_id")], ignore_index=True)
    subjects = everyone[["sourced_id", "subject"]].set_axis(["class_sourced_id", "class_subject"], axis=1)
    return everyone, pd.concat([members, own], ignore_index=True).merge(subjects, on="class_sourced_id", how="left")


def _teachers(snapshot: Frames, day: dt.date, at: RosterIds) -> pd.DataFrame:
    held = open_on(snapshot["group_staff"], day)
    held = held[held["staff_id"].isin(snapshot["staff"]["staff_id"])].drop_duplicates(["group_id", "staff_id"])
    return held[["staff_id", "start_date"]].assign(class_sourced_id=at.of("class", held["group_id"]))


def _sessions(snapshot: Frames, taking: Taking, at: RosterIds) -> pd.DataFrame:
    """Return the school year of the day, first, and the terms that begin in it."""
    year = _year(taking)
    terms = snapshot["term"]
    inside = terms[((terms["start_date"] >= year.first) & (terms["start_date"] <= year.last)).fillna(value=False)]
    whole = f"{at.urn}.year.{year.last.year}"
    named = f"{year.first.year}/{year.last:%y}"
    rows = pd.DataFrame(
        {
            "sourced_id": [whole, *at.of("term", inside["term_id"])],
            "title": [named, *inside["name"].fillna(named)],
            "type": ["schoolYear", *["term"] * len(inside)],
            "start_date": [year.first, *inside["start_date"]],
            "end_date": [year.last, *inside["end_date"]],
            "parent_sourced_id": [None, *[whole] * len(inside)],
        }
    )
    return rows.assign(school_year=str(year.last.year))


def _year(taking: Taking) -> SchoolYear:
    """Return the school year of the day, or the last before it; 1 September to 31 August where the trust has none."""
    begun = [year for year in taking.years if year.first <= taking.as_at]
    if begun:
        return max(begun)
    first = taking.as_at.year - (taking.as_at.month < _SEPTEMBER)
    return SchoolYear(dt.date(first, _SEPTEMBER, 1), dt.date(first + 1, _SEPTEMBER - 1, 31))


def _course_ids(groups: pd.DataFrame, at: RosterIds) -> pd.Series:
    return at.made_of("course", groups["subject"], groups["nc_year"])


def _courses(groups: pd.DataFrame, year: str, at: RosterIds) -> pd.DataFrame:
    courses = groups.assign(sourced_id=_course_ids(groups, at)).drop_duplicates("sourced_id")
    return courses.assign(
        school_year_sourced_id=year,
        title=courses["subject"],
        grades=courses["nc_year"],
        org_sourced_id=at.school,
    )


def _classes(groups: pd.DataFrame, sessions: pd.DataFrame, at: RosterIds) -> pd.DataFrame:
    terms = sessions["sourced_id"][sessions["type"] == "term"]
    return groups.assign(
        title=groups["name"],
        grades=groups["nc_year"],
        course_sourced_id=_course_ids(groups, at),
        class_code=groups["group_id"],
        school_sourced_id=at.school,
        term_sourced_ids=",".join(terms if len(terms) else sessions["sourced_id"]),
    )


def _pupils(pupils: pd.DataFrame, at: RosterIds) -> pd.DataFrame:
    own = {column: pupils[held] for column, held in _NAMED_OTHERWISE.items()}
    return _users(pupils, "pupil", at).assign(**own, grades=pupils["nc_year"])


def _staff(snapshot: Frames, at: RosterIds) -> pd.DataFrame:
    staff = snapshot["staff"]
    return _users(staff, "staff", at).assign(given_name=staff["forename"], family_name=staff["surname"])


def _users(persons: pd.DataFrame, kind: str, at: RosterIds) -> pd.DataFrame:
    ids = at.of(kind, persons[f"{kind}_id"])
    return persons.assign(
        sourced_id=ids,
        enabled_user=True,
        username=ids,
        identifier=persons[f"{kind}_id"],
        primary_org_sourced_id=at.school,
    )


def _roles(own: pd.Series, kind: str, role: str, at: RosterIds, since: pd.Series | None = None) -> pd.DataFrame:
    ids = at.of(kind, own)
    made = pd.DataFrame({f"{kind}_id": own, "sourced_id": ids + ".role", "user_sourced_id": ids})
    return made.assign(role_type="primary", role=role, begin_date=since, org_sourced_id=at.school)


def _enrolments(members: pd.DataFrame, kind: str, role: str, at: RosterIds) -> pd.DataFrame:
    users = at.of(kind, members[f"{kind}_id"])
    return members.assign(
        sourced_id=members["class_sourced_id"] + "/" + users,
        school_sourced_id=at.school,
        user_sourced_id=users,
        role=role,
        begin_date=members["start_date"],
    )


def _kept(frame: pd.DataFrame, column: str, known: pd.Series) -> pd.DataFrame:
    return frame[frame[column].isin(known)].reset_index(drop=True)


def _framed(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows.sort_values("sourced_id").reset_index(drop=True)
    return table.frame({name: ordered[name] for name in table.names if name in ordered})


DATASETS: Final = (
    Dataset(
        "roster",
        "the pupils on roll on the day, their classes and who teaches them",
        TABLES,
        roster,
        reads,
        whole=pruned,
    ),
)
