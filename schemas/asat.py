"""What held on a day: dated rows, spells on roll and the roll itself, never a "current" field (decision 6).

Belongs here: choosing rows by day. Does not belong here: what a return or a feed makes of them.
A row holds from its `start_date` to its `end_date`, both inside. A null start reaches back, a null end reaches on.
When several rows of one pupil hold, the one that began last counts; of those, the last by `source`, so that the
answer does not hang on the order in which a MIS lists its rows.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.dates import certain
from schemas.table import Frames

DAY = pd.ArrowDtype(pa.date32())
GUEST = "G"
_LATER_LAST = [(name, "ascending", "at_start") for name in ("start_date", "source", "row")]


def open_on(frame: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Return the rows that hold on a day."""
    return frame[_holds(frame, pd.Series(day, index=frame.index, dtype=DAY))]


def latest_per_pupil(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the last row of each pupil in the order of `by`; nulls come first, and `source` decides between equals."""
    return in_order_of(frame, [*by, "source"]).drop_duplicates("pupil_id", keep="last").reset_index(drop=True)


def in_order_of(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows in the order of some columns, nulls first; equals stay as they were."""
    keys = pa.table(_arrays(frame, *columns))
    return frame.take(pc.sort_indices(keys, [(name, "ascending", "at_start") for name in columns]).to_numpy())


def as_at(frame: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return, for each row of `asked` (columns `pupil_id`, `day`) and in its order, the row of `frame` that held.

    The result has the columns of `frame` without `pupil_id` and the index of `asked`; it is null where no row held.
    """
    questions = pa.table({**_arrays(asked, "pupil_id", "day"), "question": np.arange(len(asked))})
    answers = pa.table({**_arrays(frame, "pupil_id", "start_date", "end_date", "source"), "row": np.arange(len(frame))})
    both = questions.join(answers, "pupil_id", join_type="inner", use_threads=False)
    begun = pc.or_kleene(pc.is_null(both["start_date"]), pc.less_equal(both["start_date"], both["day"]))
    lasting = pc.or_kleene(pc.is_null(both["end_date"]), pc.greater_equal(both["end_date"], both["day"]))
    held = both.filter(pc.and_kleene(begun, lasting))
    held = held.take(pc.sort_indices(held, _LATER_LAST))
    rows = np.full(len(asked), -1)
    rows[held["question"].to_numpy()] = held["row"].to_numpy()  # of several, the last stays
    return _taken(frame, pa.array(rows, mask=rows < 0), asked)


def row_of(frame: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return, for each row of `asked`, its pupil's row of a frame that has at most one per pupil; null without one.

    The result has the columns of `frame` without `pupil_id` and the index of `asked`.
    """
    pupils = _arrays(frame, "pupil_id")["pupil_id"]
    return _taken(frame, pc.index_in(_arrays(asked, "pupil_id")["pupil_id"], value_set=pupils), asked)


def spells(snapshot: Frames, day: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (on roll, left before) as at a day: the last begun spell of each pupil, guests left out of both.

    A pupil is on roll on the day of entry and on the last day. `day` is a column of the result: the day to judge the
    pupil's rows on, which is the day asked for, or for a leaver the last day on roll. A spell whose day of entry is
    missing has begun, so that the gap is found in the return and not the pupil outside it, unless all that is known of
    the pupil's status begins later; a spell with a day of entry counts before one without.
    """
    begun = _begun(snapshot, day)
    here = begun["leaving_date"].isna() | certain(begun["leaving_date"] >= day)
    present = latest_per_pupil(begun[here], by=["entry_date"])
    gone = begun[~here & ~begun["pupil_id"].isin(present["pupil_id"])]
    left = latest_per_pupil(gone, by=["entry_date", "leaving_date"])
    return (
        _without_guests(snapshot, present.assign(day=pd.Series(day, index=present.index, dtype=DAY))),
        _without_guests(snapshot, left.assign(day=left["leaving_date"])),
    )


def _begun(snapshot: Frames, day: dt.date) -> pd.DataFrame:
    enrolment, status = snapshot["enrolment"], snapshot["enrol_status"]
    known = status[status["start_date"].isna() | certain(status["start_date"] <= day)]
    expected = enrolment["pupil_id"].isin(status["pupil_id"]) & ~enrolment["pupil_id"].isin(known["pupil_id"])
    undated = enrolment["entry_date"].isna() & ~expected
    return enrolment[undated | certain(enrolment["entry_date"] <= day)]


def _without_guests(snapshot: Frames, pupils: pd.DataFrame) -> pd.DataFrame:
    status = as_at(snapshot["enrol_status"], pupils)["status"]
    return pupils[~certain(status == GUEST)].sort_values("pupil_id").reset_index(drop=True)


def _holds(frame: pd.DataFrame, day: pd.Series) -> pd.Series:
    begun = frame["start_date"].isna() | certain(frame["start_date"] <= day)
    return begun & (frame["end_date"].isna() | certain(frame["end_date"] >= day))


def _taken(frame: pd.DataFrame, rows: pa.Array, asked: pd.DataFrame) -> pd.DataFrame:
    columns = _arrays(frame, *(str(name) for name in frame if name != "pupil_id"))
    taken = {name: pd.arrays.ArrowExtensionArray(values.take(rows)) for name, values in columns.items()}
    return pd.DataFrame(taken, index=asked.index, copy=False)


def _arrays(frame: pd.DataFrame, *columns: str) -> dict[str, pa.ChunkedArray]:
    return {name: frame[name].array.__arrow_array__() for name in columns}
