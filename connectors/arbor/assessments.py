"""What the statutory assessments of a school are in the terms of a transfer file.

Belongs here: one row for each assessment, by the code under which Arbor lists it: "stage subject method component
status qualifier". Arbor's codes are each school's own, as first set up; `MisSettings.codes` adds to them. The subjects,
components and qualifiers beside those of the times tables check are weak (facts: ctf/ctf_items.csv, rows 145 to 156).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PARTS: Final = ("stage", "subject", "method", "component", "status", "qualifier")

_GOALS: Final = (
    "COM", "COM", "PSE", "PSE", "PSE", "PHY", "PHY", "LIT", "LIT", "LIT", "MAT", "MAT", "UTW", "UTW", "UTW", "EXP",
    "EXP",
)  # fmt: skip
"""The area of each of the seventeen early learning goals, in order."""

STATUTORY: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{f"EYFSP_ELG{n:02d}": f"FSP {area} TA E{n:02d} R NL" for n, area in enumerate(_GOALS, start=1)},
        "PHONICS_MARK": "PHO PHO TT SUB R NM",
        "PHONICS_OUTCOME": "PHO PHO TT OUT R NL",
        "KS1_READING_TA": "KS1 REA TA SUB R NL",
        "KS1_WRITING_TA": "KS1 WRI TA SUB R NL",
        "KS1_MATHS_TA": "KS1 MAT TA SUB R NL",
        "KS1_SCIENCE_TA": "KS1 SCI TA SUB R NL",
        "MTC": "MTC MAT TT MTC R MT",
        "KS2_READING_SCORE": "KS2 REA TT SUB R NS",
        "KS2_GPS_SCORE": "KS2 GPS TT SUB R NS",
        "KS2_MATHS_SCORE": "KS2 MAT TT SUB R NS",
        "KS2_WRITING_TA": "KS2 WRI TA SUB R NL",
        "KS2_SCIENCE_TA": "KS2 SCI TA SUB R NL",
    },
)
