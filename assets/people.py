"""Who owns what the UI shows, as Dagster names owners.

Belongs here: the names of the two teams. Who is in them is the approver register's to say, never Dagster's.
"""

from typing import Final

DATA_MANAGERS: Final = "team:data-managers"
PROTECTION: Final = "team:data-protection"
