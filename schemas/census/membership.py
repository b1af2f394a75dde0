"""Who is in a return: on roll on census day, and which leavers are reported as no longer on roll.

Belongs here: the inclusion tests. Does not belong here: what is reported of a pupil.
"""

from collections.abc import Iterable

import pandas as pd

from schemas.asat import as_at, spells
from schemas.census.collection import Collection
from schemas.census.tables import OFF_ROLL, ON_ROLL
from schemas.dates import age_on, certain, within
from schemas.table import Frames

ATTENDANCE_AGES = (4, 15)
NOT_BOARDING = "N"


def candidates(snapshot: Frames, collection: Collection) -> pd.DataFrame:
    """Return everybody on roll on census day and everybody who left before, with what selections need of them.

    Columns: pupil_id, section, entry_date, leaving_date, day (census day, or the leaver's last day), dob, age,
    attendance_age, nc_year, enrol_status and boarder (null where no row held on the day). On roll comes first.
    """
    present, left = spells(snapshot, collection.reference_date)
    columns = ["pupil_id", "section", "entry_date", "leaving_date", "day"]
    sections = [present.assign(section=ON_ROLL), left.assign(section=OFF_ROLL)]
    who = pd.concat(sections, ignore_index=True)[columns]
    who = who.merge(snapshot["pupil"][["pupil_id", "dob"]], on="pupil_id", how="left")
    return who.assign(
        section=who["section"].astype(who["pupil_id"].dtype),
        age=age_on(who["dob"], collection.age_date),
        attendance_age=age_on(who["dob"], collection.attendance_age_date),
        nc_year=as_at(snapshot["nc_year"], who)["nc_year"],
        enrol_status=as_at(snapshot["enrol_status"], who)["status"],
        boarder=as_at(snapshot["boarding"], who)["boarder"],
    )


def attends(who: pd.DataFrame) -> pd.Series:
    """Say whose attendance is reported: 4 to 15 at the 31 August before the reported period, and no boarder."""
    of_age = certain(who["attendance_age"].between(*ATTENDANCE_AGES))
    return of_age & (who["boarder"].fillna(NOT_BOARDING) == NOT_BOARDING).astype(bool)


def off_roll_grounds(
    leavers: pd.DataFrame,
    collection: Collection,
    *,
    excluded: Iterable[str],
    with_aims: Iterable[str],
    with_fam: Iterable[str],
    with_support: Iterable[str],
    placed: Iterable[str],
) -> pd.DataFrame:
    """Say on which grounds each leaver is reported as no longer on roll (the test of rule 1925Q).

    Args:
        leavers: candidates who left before census day.
        collection: gives the starts of the current and the previous term.
        excluded: ids of pupils with a suspension or exclusion in the window.
        with_aims: ids of pupils with a programme aim in the window (autumn).
        with_fam: ids of pupils with a learner funding and monitoring pair.
        with_support: ids of pupils with learner support (spring and summer).
        placed: ids of pupils with a school-arranged placement in the window.

    Returns:
        One bool column per ground, on the index of `leavers`; who has none is not in the return.

    """
    here_before = leavers["entry_date"].isna() | certain(leavers["entry_date"] < collection.current_term_start)
    left_since = within(leavers["leaving_date"], collection.previous_term_start, collection.reference_date)
    pupil = leavers["pupil_id"]
    return pd.DataFrame(
        {
            "exclusion": pupil.isin(set(excluded)),
            "attendance": here_before & left_since & attends(leavers),
            "programme_aim": pupil.isin(set(with_aims)),
            "learner_fam": pupil.isin(set(with_fam)),
            "learner_support": pupil.isin(set(with_support)),
            "ap_placement": pupil.isin(set(placed)),
        },
        index=leavers.index,
        dtype=bool,
    )
