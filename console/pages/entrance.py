"""Signing in and out, and enrolling a passkey by an invitation.

Belongs here: the pages anybody may reach. Each attempt is judged by `console.passkeys`, held against `console.limits`,
and written down in the ledger by `pipelines.actions.entering`; an attempt by nobody known is counted and noted once,
when it shuts the door, so that a stranger cannot fill the ledger.
"""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from console import limits, passkeys, sessions
from console import sign_on as single
from console.passkeys import Asked, NotAccepted
from console.store import CEREMONY
from console.visit import Visit, go
from exports.approvers import current
from pipelines.actions import entering
from pipelines.desk_address import SignOn

_SHUT: Final = 429
_NOT_ACCEPTED: Final = 401
_UNKNOWN_CODE: Final = "This code is not known, was used, or is over. Ask trust IT for another."
_NO_GATEWAY: Final = 502
_NO_PROVIDER: Final = "The trust's single sign-on cannot be reached. Try again, or use a passkey."
_NOT_SIGNED_ON: Final = "The trust's single sign-on let nobody in whom the desk knows. Ask trust IT."
_NO_ANSWER: Final = "The passkey was not accepted. Try again; if it goes on, ask trust IT for a new invitation."


def sign_in(visit: Visit) -> Response:
    """The page that asks for a passkey."""
    if _shut(visit):
        return _door_shut(visit)
    return _asking(visit, passkeys.ask_to_sign_in(visit.desk), "")


def signed_in(visit: Visit) -> Response:
    """Take the passkey's answer, and let somebody in."""
    if _shut(visit):
        return _door_shut(visit)
    try:
        person = passkeys.sign_in(visit.desk, *_answer(visit))
    except NotAccepted as refused:
        _failed(visit, refused.person)
        return _asking(visit, passkeys.ask_to_sign_in(visit.desk), _NO_ANSWER, _NOT_ACCEPTED)
    if limits.shut(visit.desk, f"person {person}"):
        return _door_shut(visit)
    here = visit.desk.installation()
    if current(here.ledger).person(person) is None:
        _failed(visit, person)
        return _asking(visit, passkeys.ask_to_sign_in(visit.desk), _NO_ANSWER, _NOT_ACCEPTED)
    entering.note(here, entering.IN, person)
    answer = go("/")
    sessions.begin(visit.desk, person, answer)
    return answer


def sign_on(visit: Visit) -> Response:
    """Send the browser to the trust's provider of single sign-on."""
    provider = _provider(visit)
    if _shut(visit):
        return _door_shut(visit)
    try:
        begun = single.begin(visit.desk, provider)
    except NotAccepted:
        return _asking(visit, passkeys.ask_to_sign_in(visit.desk), _NO_PROVIDER, _NO_GATEWAY)
    answer = RedirectResponse(begun.address, 303)
    sessions.give_sign_on(answer, begun.token, CEREMONY)
    return answer


def signed_on(visit: Visit) -> Response:
    """Take what the provider says, and let somebody in; the page leads on, since another site sent the browser here."""
    provider = _provider(visit)
    if _shut(visit):
        return _door_shut(visit)
    token = visit.request.cookies.get(sessions.SIGN_ON_COOKIE, "")
    here = visit.desk.installation()
    try:
        person = single.finish(visit.desk, provider, token, visit.request.query_params)
    except NotAccepted:
        person = ""
    if not person or current(here.ledger).person(person) is None:
        _failed(visit, person)
        return _asking(visit, passkeys.ask_to_sign_in(visit.desk), _NOT_SIGNED_ON, _NOT_ACCEPTED)
    entering.note(here, entering.IN, person)
    answer = visit.page("signed_on.html", "You have signed in", name=entering.called(here, person))
    sessions.begin(visit.desk, person, answer)
    return answer


def sign_out(visit: Visit) -> Response:
    """End the session."""
    answer = go("/sign-in", "out")
    if visit.who is not None:
        sessions.end(visit.desk, visit.who, answer)
        entering.note(visit.desk.installation(), entering.OUT, visit.who.person)
    return answer


def enrol(visit: Visit) -> Response:
    """The page that asks for an invitation's code."""
    if _shut(visit):
        return _door_shut(visit)
    return visit.page("enrol.html", "Set up a passkey", fault="")


def invited(visit: Visit) -> Response:
    """Take the code, and ask for a passkey to be made."""
    if _shut(visit):
        return _door_shut(visit)
    code = visit.form.get("code", "")
    person = visit.desk.store.invited(code, visit.desk.now())
    if person is None:
        _failed(visit)
        return visit.page("enrol.html", "Set up a passkey", status=_NOT_ACCEPTED, fault=_UNKNOWN_CODE)
    name = entering.called(visit.desk.installation(), person)
    asked = passkeys.ask_to_enrol(visit.desk, person, name, code)
    answer = visit.page("enrol_passkey.html", "Make your passkey", options=asked.options, name=name)
    sessions.give_ceremony(answer, asked.token, CEREMONY)
    return answer


def enrolled(visit: Visit) -> Response:
    """Take the new passkey."""
    if _shut(visit):
        return _door_shut(visit)
    try:
        made = passkeys.enrol(visit.desk, *_answer(visit))
    except NotAccepted as refused:
        _failed(visit, refused.person)
        return visit.page("enrol.html", "Set up a passkey", status=_NOT_ACCEPTED, fault=_NO_ANSWER)
    here = visit.desk.installation()
    entering.note(here, entering.ENROLLED, made.person)
    public = passkeys.public(visit.desk, made)
    held = current(here.ledger).person(made.person)
    return visit.page("enrolled.html", "Your passkey is set up", passkey=made, public=public, held=held)


def _provider(visit: Visit) -> SignOn:
    found = visit.desk.address.sign_on
    if found is None:
        raise HTTPException(404)
    return found


def _asking(visit: Visit, asked: Asked, fault: str, status: int = 200) -> Response:
    answer = visit.page(
        "sign_in.html",
        "Sign in",
        status=status,
        options=asked.options,
        fault=fault,
        sign_on=visit.desk.address.sign_on is not None,
    )
    sessions.give_ceremony(answer, asked.token, CEREMONY)
    return answer


def _answer(visit: Visit) -> tuple[str, str]:
    return visit.request.cookies.get(sessions.CEREMONY_COOKIE, ""), visit.form.get("answer", "")


def _address(visit: Visit) -> str:
    client = visit.request.client
    return f"address {client.host if client else ''}"


def _shut(visit: Visit) -> bool:
    return limits.shut(visit.desk, _address(visit))


def _door_shut(visit: Visit) -> Response:
    answer = visit.page("shut.html", "Too many attempts", status=_SHUT)
    answer.headers["Retry-After"] = str(int(limits.SHUT_FOR.total_seconds()))
    return answer


def _failed(visit: Visit, person: str = "") -> None:
    """Count a failed attempt; it is noted where it was somebody known, or where it shuts the door."""
    here = visit.desk.installation()
    subjects = [_address(visit)] + ([f"person {person}"] if person else [])
    if limits.failed(visit.desk, *subjects):
        entering.note(here, entering.SHUT, person)
    elif person:
        entering.note(here, entering.REFUSED, person)
