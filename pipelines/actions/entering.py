"""Who has been at the desk: the record of each sign-in, in the ledger.

Belongs here: the verbs that note who came in, who was refused and whose passkeys changed. Judging a passkey is
`console.passkeys`.
"""

from typing import Final

from exports.approvers import current
from pipelines.installation import Installation

KIND: Final = "desk"
IN, OUT, REFUSED, SHUT = "signed in", "signed out", "refused", "shut"
INVITED, ENROLLED, FORGOTTEN = "invited", "enrolled a passkey", "passkeys forgotten"


def note(here: Installation, what: str, person: str = "") -> None:
    """Write down what happened at the door; `person` is "" where nobody can be told."""
    here.ledger.append(KIND, {"what": what, "by": person}, here.now())
    here.lodged.lodge(here.now())


def called(here: Installation, person: str) -> str:
    """Return the name of somebody in the register; of anybody else, the id."""
    found = current(here.ledger).person(person)
    return found.name if found else person
