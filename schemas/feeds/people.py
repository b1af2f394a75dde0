"""A school's roll as at a day: the tables from which every feed that is not the census is minimised.

Belongs here: the declaration of the tables and, below them, how they are made from a snapshot (`roll_tables`).
One row per pupil with the two first contacts beside it, because every recipient's file has that shape.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from schemas.asat import as_at as held_on
from schemas.asat import spells
from schemas.dates import certain, within
from schemas.table import Column, Frames, Sensitivity, Table, boolean, date, tables, text

REF, IDENT, PERS = Sensitivity.REFERENCE, Sensitivity.IDENTIFIER, Sensitivity.PERSONAL
CONT, SPEC, PROT = Sensitivity.CONTACT, Sensitivity.SPECIAL, Sensitivity.PROTECTED


def _contact(n: int) -> tuple[Column, ...]:
    who = {1: "first", 2: "second"}[n]
    return (
        text(f"contact{n}_title", CONT, f"Title of the {who} contact"),
        text(f"contact{n}_forename", CONT, f"First name of the {who} contact"),
        text(f"contact{n}_surname", CONT, f"Surname of the {who} contact"),
        text(f"contact{n}_relationship", CONT, f"Relationship of the {who} contact, CTF code"),
        text(f"contact{n}_email", CONT, f"E-mail of the {who} contact"),
        text(f"contact{n}_phone", CONT, f"Telephone of the {who} contact"),
        text(f"contact{n}_address", CONT, f"Address of the {who} contact, one line; null when it is the pupil's"),
        boolean(f"contact{n}_lives_with_pupil", CONT, f"The pupil normally lives with the {who} contact"),
    )


_PERSON: tuple[Column, ...] = (
    text("pupil_id", REF, "The MIS's own id of the pupil", required=True),
    text("urn", REF, "URN of the school", "200003", required=True),
    text("school_name", REF, "Name of the school", "200039"),
    text("upn", IDENT, "UPN on the day", "100001"),
    text("uln", IDENT, "ULN", "100016"),
    text("nhs_number", IDENT, "NHS number"),
    text("surname", PERS, "Legal surname", "100003"),
    text("forename", PERS, "Legal first name", "100004"),
    text("middle_names", PERS, "Middle names", "100006"),
    text("preferred_surname", PERS, "Preferred surname, null when the MIS holds none", "100011"),
    text("preferred_forename", PERS, "Preferred first name, null when the MIS holds none"),
    text("sex", PERS, "M or F", "100008"),
    date("dob", PERS, "Date of birth", "100007"),
    text("nc_year", PERS, "Year group on the day, codeset NCYEAR", "100068"),
    text("registration_group", PERS, "Registration group on the day"),
    text("enrol_status", PERS, "Codeset ENROL_STATUS", "100060"),
    text("boarder", PERS, "Codeset BOARDER", "100067"),
    date("entry_date", PERS, "Day of joining", "100063"),
    text("line1", CONT, "Address line 1"),
    text("line2", CONT, "Address line 2"),
    text("town", CONT, "Town"),
    text("postcode", CONT, "Postcode", "100121"),
    boolean("court_order", PROT, "A contact of the pupil has an access note in the MIS"),
    *_contact(1),
    *_contact(2),
)

ROLL = Table("roll", "one pupil on roll on the day (guests left out)", _PERSON, key=("pupil_id",))
JOINER = Table(
    "joiner",
    "one pupil whose name was entered in the admission register in the feed's window",
    (*_PERSON, date("due", PERS, "Last day for the new pupil return: the fifth day after the day of entry")),
    key=("pupil_id",),
)
LEAVER = Table(
    "leaver",
    "one pupil whose name is deleted from the admission register in the feed's window",
    (
        *_PERSON,
        date("leaving_date", PERS, "Last day on roll", "100064"),
        text("removal_ground", PERS, "SI 2024/208 regulation 9(1) ground: a to o"),
        text("destination", PERS, "Name of the destination school"),
        date("destination_start", PERS, "First day at the destination school"),
        date("due", PERS, "Day by which the deletion return is due: the day of deletion itself"),
    ),
    key=("pupil_id",),
)

FEEDS = tables(ROLL, JOINER, LEAVER)
"""Every feed table, by name."""

RETURN_DAYS = 5
"""A new pupil return is due by the end of the fifth day after the day of entry (SI 2024/208 regulation 13(1))."""


class SchoolYear(NamedTuple):
    """First and last day of one school year, as the school keeps it."""

    first: dt.date
    last: dt.date


def roll_tables(
    snapshot: Frames,
    *,
    as_at: dt.date,
    window_start: dt.date,
    years: Iterable[SchoolYear],
    apart: Collection[str] = (),
) -> dict[str, pd.DataFrame]:
    """Return the roll, joiner and leaver tables of one school.

    Args:
        snapshot: the tables of `schemas.canonical`.
        as_at: the day of the feed, also the last day of its window.
        window_start: first day whose entries and deletions the feed tells of.
        years: school years that the window touches. By regulation 13 a pupil who starts in the most junior class on
            the first day of one, or who leaves having completed the most senior class, needs no return. A MIS may
            date the first from 1 August on and the second until 31 August.
        apart: ids of records set apart (`schemas.separation`): neither joiner nor leaver, for the one beside the
            other would give away that they are the same child.

    """
    known = tuple(years)
    present, left = spells(snapshot, as_at)
    anybody = pd.concat([present, left], ignore_index=True).sort_values("pupil_id").reset_index(drop=True)
    joined = anybody[within(anybody["entry_date"], window_start, as_at)]
    gone = anybody[within(anybody["leaving_date"], window_start, as_at)]
    joiners = _people(snapshot, joined[~joined["pupil_id"].isin(list(apart))])
    leavers = _people(snapshot, gone[~gone["pupil_id"].isin(list(apart))])
    joiners = joiners[~_started_with_the_year(snapshot, joiners, known)]
    leavers = leavers[~_completed_the_school(snapshot, leavers, known)]
    due = joiners["entry_date"] + pd.Timedelta(days=RETURN_DAYS)
    return {
        "roll": _rows(ROLL, _people(snapshot, present)),
        "joiner": _rows(JOINER, joiners.assign(due=due)),
        "leaver": _rows(LEAVER, leavers.assign(due=leavers["leaving_date"])),
    }


def _people(snapshot: Frames, who: pd.DataFrame) -> pd.DataFrame:
    """Return what the three tables share, each pupil as at `who.day`, with the columns of the spell."""
    spell = who.reset_index(drop=True)
    school = snapshot["school"].iloc[0]
    held = snapshot["pupil"].drop(columns="source")
    return (
        spell.drop(columns="source")
        .merge(held, on="pupil_id", how="left")
        .assign(
            urn=school["urn"],
            school_name=school["name"],
            upn=held_on(snapshot["upn"], spell)["upn"],
            nc_year=held_on(snapshot["nc_year"], spell)["nc_year"],
            registration_group=held_on(snapshot["registration_group"], spell)["name"],
            enrol_status=held_on(snapshot["enrol_status"], spell)["status"],
            boarder=held_on(snapshot["boarding"], spell)["boarder"],
            court_order=_court_order(snapshot["contact"], spell),
            **_address(held_on(snapshot["address"], spell)),
            **_contacts(snapshot["contact"], spell),
        )
    )


def _address(address: pd.DataFrame) -> dict[str, pd.Series]:
    """Return an address as two lines and a town, whether the MIS holds it structured or as lines."""
    saon, paon, named = (address[name].fillna("") + " " for name in ("saon", "paon", "street"))
    street = (saon + paon + named).str.replace(r" +", " ", regex=True).str.strip()
    return {
        "line1": address["line1"].fillna(street.mask(street == "")),
        "line2": address["line2"].fillna(address["locality"]),
        "town": address["post_town"].fillna(address["town"]).fillna(address["line3"]),
        "postcode": address["postcode"],
    }


def _contacts(contact: pd.DataFrame, who: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the first and second contact in emergency order beside each pupil; a contact without an order is last."""
    ordered = contact.sort_values(["pupil_id", "priority", "contact_id"], na_position="last")
    place = ordered.groupby("pupil_id").cumcount() + 1
    found: dict[str, pd.Series] = {}
    for n in (1, 2):
        beside = who[["pupil_id"]].merge(ordered[place == n], on="pupil_id", how="left")
        found |= {column.name: beside[column.name.removeprefix(f"contact{n}_")] for column in _contact(n)}
    return found


def _court_order(contact: pd.DataFrame, who: pd.DataFrame) -> pd.Series:
    """Return true with any access note; null, not false, where there is no contact or a contact's note is not known."""
    noted = contact.loc[certain(contact["court_order"]), "pupil_id"]
    unknown = contact.loc[contact["court_order"].isna(), "pupil_id"]
    has_note = who["pupil_id"].isin(noted)
    not_known = ~who["pupil_id"].isin(contact["pupil_id"]) | who["pupil_id"].isin(unknown)
    return has_note.astype(ROLL["court_order"].dtype).mask(~has_note & not_known)


def _started_with_the_year(snapshot: Frames, people: pd.DataFrame, years: tuple[SchoolYear, ...]) -> pd.Series:
    junior = certain(people["nc_year"] == snapshot["school"]["lowest_nc_year"].iloc[0])
    return junior & _in_any(people["entry_date"], [(dt.date(year.first.year, 8, 1), year.first) for year in years])


def _completed_the_school(snapshot: Frames, people: pd.DataFrame, years: tuple[SchoolYear, ...]) -> pd.Series:
    senior = certain(people["nc_year"] == snapshot["school"]["highest_nc_year"].iloc[0])
    return senior & _in_any(people["leaving_date"], [(year.last, dt.date(year.last.year, 8, 31)) for year in years])


def _in_any(days: pd.Series, windows: list[tuple[dt.date, dt.date]]) -> pd.Series:
    inside = [within(days, start, end).to_numpy() for start, end in windows]
    return pd.Series(np.logical_or.reduce([np.zeros(len(days), dtype=bool), *inside]), index=days.index)


def _rows(table: Table, people: pd.DataFrame) -> pd.DataFrame:
    ordered = people.sort_values("pupil_id").reset_index(drop=True)
    return table.frame({name: ordered[name] for name in table.names})
