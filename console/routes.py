"""Every page of the desk in one table: its address, what answers, and who may come.

Belongs here: the rows. `console.guard` says what a row means; an address that is not here does not exist.
"""

from typing import Final

from console.guard import Page, Scope
from console.pages import board, entrance, files, returns
from exports.signing import Role

EVERYBODY: Final = frozenset(Role)
READERS: Final = EVERYBODY - {Role.IT}
DESK: Final = frozenset({Role.DATA_MANAGER, Role.HEAD})
SIGNERS: Final = DESK | {Role.DPO}
KEEPERS: Final = DESK | {Role.IT}
_NOBODY_IN_PARTICULAR: Final[frozenset[Role]] = frozenset()

ROUTES: Final = (
    Page("sign in", "GET", "/sign-in", entrance.sign_in, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("sign in", "POST", "/sign-in", entrance.signed_in, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol", "GET", "/enrol", entrance.enrol, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol", "POST", "/enrol", entrance.invited, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol a passkey", "POST", "/enrol/passkey", entrance.enrolled, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("board", "GET", "/", board.show, Scope.SOMEWHERE, EVERYBODY),
    Page("return", "GET", "/schools/{school}/{period}", returns.show, Scope.SCHOOL, READERS),
    Page("explain", "POST", "/schools/{school}/{period}/explain", returns.explain, Scope.SCHOOL, DESK),
    Page("confirm", "POST", "/schools/{school}/{period}/confirm", returns.confirm, Scope.SCHOOL, DESK),
    Page("take out", "POST", "/schools/{school}/{period}/list", returns.take_out, Scope.SCHOOL, DESK),
    Page("totals", "GET", "/schools/{school}/{period}/summary", returns.summary, Scope.SCHOOL, READERS),
    Page("run", "POST", "/schools/{school}/{period}/run", returns.run, Scope.SCHOOL, DESK),
    Page("run", "GET", "/schools/{school}/{period}/run", returns.running, Scope.SCHOOL, READERS),
    Page("progress", "GET", "/schools/{school}/{period}/run/state", returns.progress, Scope.SCHOOL, READERS),
    Page("read and sign", "GET", "/files/{waybill}/sign", files.sign, Scope.FILE, READERS),
    Page("ask to sign", "POST", "/files/{waybill}/signing", files.ask, Scope.FILE, SIGNERS),
    Page("sign", "POST", "/files/{waybill}/signature", files.signature, Scope.FILE, SIGNERS),
    Page("send", "POST", "/files/{waybill}/release", files.release, Scope.FILE, SIGNERS),
    Page("settle", "POST", "/files/{waybill}/resolve", files.resolve, Scope.FILE, KEEPERS),
    Page("sign out", "POST", "/sign-out", entrance.sign_out, Scope.SOMEWHERE, EVERYBODY),
)
