"""Every page of the desk in one table: its address, what answers, and who may come.

Belongs here: the rows. `console.guard` says what a row means; an address that is not here does not exist.
"""

from typing import Final

from console.guard import Page, Scope
from console.pages import (
    agreements,
    board,
    calendar,
    deliveries,
    disclosures,
    entrance,
    files,
    records,
    returns,
    signing,
    standing,
)
from exports.signing import DECIDING, Role

EVERYBODY: Final = frozenset(Role)
READERS: Final = EVERYBODY - {Role.IT}
DESK: Final = frozenset({Role.DATA_MANAGER, Role.HEAD})
SIGNERS: Final = DESK | {Role.DPO}
DECIDERS: Final = frozenset(DECIDING)
PLANNERS: Final = frozenset({Role.DATA_MANAGER})
KEEPERS: Final = DESK | {Role.IT}
_NOBODY_IN_PARTICULAR: Final[frozenset[Role]] = frozenset()

ROUTES: Final = (
    Page("sign in", "GET", "/sign-in", entrance.sign_in, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("sign in", "POST", "/sign-in", entrance.signed_in, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("sign on", "GET", "/sign-in/trust", entrance.sign_on, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("signed on", "GET", "/sign-in/trust/back", entrance.signed_on, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol", "GET", "/enrol", entrance.enrol, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol", "POST", "/enrol", entrance.invited, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("enrol a passkey", "POST", "/enrol/passkey", entrance.enrolled, Scope.ANYBODY, _NOBODY_IN_PARTICULAR),
    Page("board", "GET", "/", board.show, Scope.SOMEWHERE, EVERYBODY),
    Page("return", "GET", "/schools/{school}/{period}", returns.show, Scope.SCHOOL, READERS),
    Page("explain", "POST", "/schools/{school}/{period}/explain", returns.explain, Scope.SCHOOL, DESK),
    Page("confirm", "POST", "/schools/{school}/{period}/confirm", returns.confirm, Scope.SCHOOL, DESK),
    Page("take out", "POST", "/schools/{school}/{period}/list", returns.take_out, Scope.SCHOOL, DESK),
    Page("totals", "GET", "/schools/{school}/{period}/summary", returns.summary, Scope.SCHOOL, READERS),
    Page("why", "POST", "/schools/{school}/{period}/why", returns.why, Scope.SCHOOL, SIGNERS),
    Page("run", "POST", "/schools/{school}/{period}/run", returns.run, Scope.SCHOOL, DESK),
    Page("run", "GET", "/schools/{school}/{period}/run", returns.running, Scope.SCHOOL, READERS),
    Page("progress", "GET", "/schools/{school}/{period}/run/state", returns.progress, Scope.SCHOOL, READERS),
    Page("read and sign", "GET", "/files/{waybill}/sign", files.sign, Scope.FILE, READERS),
    Page("ask to sign", "POST", "/files/{waybill}/signing", files.ask, Scope.FILE, SIGNERS),
    Page("ask to override", "POST", "/files/{waybill}/override", files.ask_to_override, Scope.FILE, DESK),
    Page("sign", "POST", "/files/{waybill}/signature", files.signature, Scope.FILE, SIGNERS),
    Page("send", "POST", "/files/{waybill}/release", files.release, Scope.FILE, SIGNERS),
    Page("settle", "POST", "/files/{waybill}/resolve", files.resolve, Scope.FILE, KEEPERS),
    Page("signing", "GET", "/signing", signing.waiting, Scope.SOMEWHERE, READERS),
    Page("standing in", "GET", "/delegations", signing.lent, Scope.SOMEWHERE, READERS),
    Page("lend a role", "GET", "/delegations/new", signing.lending, Scope.SOMEWHERE, DECIDERS),
    Page("ask to lend a role", "POST", "/delegations/signing", signing.ask_to_lend, Scope.SOMEWHERE, DECIDERS),
    Page("lend a role", "POST", "/delegations/signature", signing.lend, Scope.SOMEWHERE, DECIDERS),
    Page("end a delegation", "POST", "/delegations/end", signing.end, Scope.SOMEWHERE, DECIDERS),
    Page("standing releases", "GET", "/standing", standing.listed, Scope.SOMEWHERE, READERS),
    Page("propose a standing release", "GET", "/standing/new", standing.proposing, Scope.SOMEWHERE, SIGNERS),
    Page("propose a standing release", "POST", "/standing/new", standing.propose, Scope.SOMEWHERE, SIGNERS),
    Page("standing release", "GET", "/standing/{standing}", standing.show, Scope.STANDING, READERS),
    Page("ask to sign for many", "POST", "/standing/{standing}/signing", standing.ask, Scope.STANDING, SIGNERS),
    Page("sign for many", "POST", "/standing/{standing}/signature", standing.signature, Scope.STANDING, SIGNERS),
    Page("switch off", "POST", "/standing/{standing}/off", standing.off, Scope.STANDING, DECIDERS),
    Page("deliveries", "GET", "/deliveries", deliveries.listed, Scope.SOMEWHERE, EVERYBODY),
    Page("delivery", "GET", "/deliveries/{waybill}", deliveries.show, Scope.FILE, EVERYBODY),
    Page("sent on", "POST", "/deliveries/{waybill}/sent", deliveries.sent, Scope.FILE, SIGNERS),
    Page("confirmed", "POST", "/deliveries/{waybill}/confirmed", deliveries.confirmed, Scope.FILE, SIGNERS),
    Page("tick", "POST", "/deliveries/{waybill}/tick", deliveries.tick, Scope.FILE, SIGNERS),
    Page("answered", "POST", "/deliveries/{waybill}/answer", deliveries.answered, Scope.FILE, SIGNERS, upload=True),
    Page("recall", "POST", "/deliveries/{waybill}/recall", deliveries.recall, Scope.FILE, SIGNERS),
    Page("disclosures", "GET", "/disclosures", disclosures.search, Scope.SOMEWHERE, READERS),
    Page("ask for a pupil", "POST", "/disclosures", disclosures.pupil_asked, Scope.SOMEWHERE, READERS),
    Page("pupil", "GET", "/disclosures/pupils/{pupil}", disclosures.pupil, Scope.SOMEWHERE, READERS),
    Page("who had", "POST", "/disclosures/pupils/{pupil}/who-had", disclosures.who_had, Scope.SOMEWHERE, READERS),
    Page("pupil pack", "POST", "/disclosures/pupils/{pupil}/pack", disclosures.pupil_pack, Scope.SOMEWHERE, READERS),
    Page("file", "GET", "/files/{waybill}", disclosures.file, Scope.FILE, READERS),
    Page("file pack", "POST", "/files/{waybill}/pack", disclosures.file_pack, Scope.FILE, READERS),
    Page("record", "GET", "/record", disclosures.record, Scope.SOMEWHERE, EVERYBODY),
    Page("verify", "POST", "/record", disclosures.verify, Scope.SOMEWHERE, EVERYBODY),
    Page("agreements", "GET", "/agreements", agreements.listed, Scope.SOMEWHERE, EVERYBODY),
    Page("agreement", "GET", "/agreements/{agreement}", agreements.show, Scope.SOMEWHERE, EVERYBODY),
    Page("compare", "GET", "/agreements/{agreement}/compare", agreements.compare, Scope.SOMEWHERE, EVERYBODY),
    Page("proposed text", "GET", "/agreements/{agreement}/text", agreements.text, Scope.SOMEWHERE, EVERYBODY),
    Page("proposed text", "POST", "/agreements/{agreement}/text", agreements.propose, Scope.SOMEWHERE, EVERYBODY),
    Page("records", "GET", "/records", records.overview, Scope.SOMEWHERE, EVERYBODY),
    Page("record of processing", "GET", "/records/processing", records.ropa, Scope.SOMEWHERE, EVERYBODY),
    Page("notice", "GET", "/records/notice", records.notice, Scope.SOMEWHERE, EVERYBODY),
    Page("retention", "GET", "/records/retention", records.retention, Scope.SOMEWHERE, EVERYBODY),
    Page("calendar", "GET", "/calendar", calendar.show, Scope.SOMEWHERE, EVERYBODY),
    Page("change the calendar", "GET", "/calendar/edit", calendar.edit, Scope.TRUST, PLANNERS),
    Page("change the calendar", "POST", "/calendar/edit", calendar.change, Scope.TRUST, PLANNERS),
    Page("sign out", "POST", "/sign-out", entrance.sign_out, Scope.SOMEWHERE, EVERYBODY),
)
