"""One agreement's tables taken apart: one file, waybill and release for each destination, where a dataset has several.

Belongs here: which rows go where. Who may receive at all is the agreement; that a destination exists is the dataset's
business, which looks it up in the register of schools.
"""

from typing import Final

import pandas as pd

from schemas.table import Frames

SEND_TO: Final = "destination"
"""The column that organises a dataset with several destinations: LA and establishment number, or the sender's way of
saying that there is none (facts: ctf/ctf.md section 3)."""


def parts(minimised: Frames) -> dict[str, Frames]:
    """Return the tables of each file by destination, in order; "" is the one file of a dataset without destinations.

    A dataset with destinations but no row makes no file.
    """
    divided = [frame for frame in minimised.values() if SEND_TO in frame]
    if not divided:
        return {"": minimised}
    places = sorted({str(place) for frame in divided for place in frame[SEND_TO].unique()})
    return {place: {name: _bound_for(frame, place) for name, frame in minimised.items()} for place in places}


def _bound_for(frame: pd.DataFrame, place: str) -> pd.DataFrame:
    if SEND_TO not in frame:
        return frame
    return frame[frame[SEND_TO] == place].reset_index(drop=True)
