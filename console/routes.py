"""Every page of the desk in one table: its address, what answers, and who may come.

Belongs here: the rows. `console.guard` says what a row means; an address that is not here does not exist.
"""

from typing import Final

from console.guard import Page, Scope
from console.pages import board, entrance
from exports.signing import Role

EVERYBODY: Final = frozenset(Role)
READERS: Final = EVERYBODY - {Role.IT}
DESK: Final = frozenset({Role.DATA_MANAGER, Role.HEAD})
_NOBODY_IN_PARTICULAR: Final[frozenset[Role]] = frozenset()

ROUTES: Final = (
    Page("sign in", "GET", "/sign-in", entrance.sign_in, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("sign in", "POST", "/sign-in", entrance.signed_in, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol", "GET", "/enrol", entrance.enrol, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol", "POST", "/enrol", entrance.invited, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol a passkey", "POST", "/enrol/passkey", entrance.enrolled, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("board", "GET", "/", board.show, Scope.SOMEWHERE, EVERYBODY),
    Page("sign out", "POST", "/sign-out", entrance.sign_out, Scope.SOMEWHERE, EVERYBODY),
)
