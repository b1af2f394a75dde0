"""Exit codes of the `waybill` command: one table, a range for each kind of refusal.

Belongs here: the table alone. Operators can see an exit code where they may not see a log, so each kind of refusal has
its own; a refusal without a row is a fault of the program and a test finds it.

    0 done   1 a fault of the program   2 wrong usage   10-19 set-up   20-29 reading the MIS   30-39 data and agreements
    40-59 signatures and the gate   60-79 the wire   80-89 the record
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FAULT: Final = 1
USAGE: Final = 2
HELD: Final = 3
"""Done, and something waits for a person: findings are open."""

EXIT_CODES: Final[Mapping[str, int]] = MappingProxyType({})
