"""The register of requests: who asked for what about which pupil, what was checked, and where each one stands.

Belongs here: what a request must say, its steps, and keeping both. The ledger has the kind, the days and the pupil's
reference; who asked, in which words, and what was checked is sealed, for it names people. By when an answer is due is
`exports.rights_clock`; who must be told of its outcome is `exports.duties`; who may do what is
`pipelines.actions.rights`.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from exports.rights_clock import Clock, Pause, one_month, school_days
from ledger.store import Event, Ledger, Tx
from schemas.refusal import Refusal
from schemas.school_days import Span
from vault.store import ArtefactGone, Vault

REQUEST: Final = "rights request"
STEP: Final = "rights step"
KEEP: Final = dt.timedelta(days=6 * 366)
"""As long as a claim can be brought (Limitation Act 1980); the same for complaints."""
EDUCATIONAL_RECORD_DAYS: Final = 15
"""School days: the promise of a trust that has made none of its own. The 2005 Regulations do not bind academies."""


class Right(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    EDUCATIONAL_RECORD = "educational_record"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    CONSENT_WITHDRAWN = "consent_withdrawn"


MEANINGS: Final[Mapping[Right, str]] = MappingProxyType(
    {
        Right.ACCESS: "to see what is held and who was told (Article 15)",
        Right.EDUCATIONAL_RECORD: "to see the educational record, as the trust promises",
        Right.RECTIFICATION: "to have something put right (Article 16)",
        Right.ERASURE: "to have data erased (Article 17)",
        Right.RESTRICTION: "to have data kept and not used (Article 18)",
        Right.OBJECTION: "to have a use stopped (Article 21)",
        Right.CONSENT_WITHDRAWN: "to take back a consent (Article 7(3))",
    },
)
CAPACITY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "able": "the child understands what is asked for, and speaks for themselves",
        "not_able": "the child does not understand it yet; whoever has parental responsibility speaks for them",
        "adult": "the person is an adult",
    },
)
NO_ORDERS: Final = "none"
"""What stands for court orders when somebody looked and found none."""


class Step(StrEnum):
    """What can happen to a request."""

    CHECKED = "checked"
    IDENTITY_ASKED = "identity asked"
    IDENTITY_PROVED = "identity proved"
    FEE_ASKED = "fee asked"
    FEE_PAID = "fee paid"
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    EXEMPTED = "exempted"
    REPORTED = "reported"
    ANSWERED = "answered"
    REFUSED = "refused"


ENDS: Final = frozenset({Step.ANSWERED, Step.REFUSED})
_AWAITS: Final[Mapping[Step, Step]] = MappingProxyType(
    {Step.IDENTITY_ASKED: Step.IDENTITY_PROVED, Step.FEE_ASKED: Step.FEE_PAID, Step.PAUSED: Step.RESUMED},
)
_NEEDS_WORDS: Final = frozenset({Step.PAUSED, Step.EXTENDED, Step.EXEMPTED, Step.REFUSED})


class RequestUnfit(Refusal):
    """A request, or a step of one, lacks something or contradicts what is recorded."""

    code: ClassVar[str] = "rights_request_unfit"


class RequestUnknown(Refusal):
    """The register has no request of that number."""

    code: ClassVar[str] = "rights_request_unknown"


class RequestNotReady(Refusal):
    """Identity, authority, the child's capacity or court orders have not been checked, so nothing may be answered."""

    code: ClassVar[str] = "rights_request_not_ready"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and in which words; all of it is sealed.

    Attributes:
        relation: to the pupil: the pupil, a parent, a solicitor.
        contact: where an answer goes.
        words: what is asked for, as it was said or written.

    """

    requester: str
    relation: str
    contact: str
    words: str


@dataclass(frozen=True, slots=True)
class Checks:
    """What a person looked at before anything is answered; all of it is sealed.

    Attributes:
        identity: how it was established who asks.
        authority: why they may ask for this pupil: parental responsibility seen, the pupil's own request, a mandate.
        capacity: a word of `CAPACITY`.
        views: the child's own, or why they were not asked.
        court_orders: what any order says of who may know, or `NO_ORDERS`.

    """

    identity: str
    authority: str
    capacity: str
    views: str
    court_orders: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was taken.

    Attributes:
        words: None where there were none, or where they have been erased.
        named: the disclosure that an exemption keeps out of the report; "" for any other step.

    """

    step: Step
    on: dt.date
    by: str
    at: dt.datetime
    words: str | None
    named: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stands.

    Attributes:
        number: of its event in the ledger.
        subjects: references of the pupil.
        asked: None when it has been erased with the pupil.
        checks: the latest; None when nothing is checked, or when it has been erased.
        steps: oldest first.

    """

    number: int
    right: Right
    school: str
    subjects: tuple[bytes, ...]
    received: dt.date
    by: str
    asked: Asked | None
    checks: Checks | None
    steps: tuple[Taken, ...]

    @property
    def ended(self) -> Taken | None:
        """The step that ended it; None while it is open."""
        return next((taken for taken in self.steps if taken.step in ENDS), None)

    def last(self, step: Step) -> Taken | None:
        """Return the latest of one kind of step."""
        return next((taken for taken in reversed(self.steps) if taken.step is step), None)

    @property
    def exempted(self) -> frozenset[str]:
        """Disclosures that an exemption keeps out of the report, by waybill or number of the entry."""
        return frozenset(taken.named for taken in self.steps if taken.step is Step.EXEMPTED)

    def clock(self, terms: Sequence[Span], promised: int = EDUCATIONAL_RECORD_DAYS) -> Clock:
        """Return its clock.

        Args:
            terms: of the school.
            promised: school days within which the trust gives the educational record.

        """
        if self.right is Right.EDUCATIONAL_RECORD:
            return school_days(self.received, promised, terms)
        return one_month(
            self.received,
            awaited=[*self._awaited(Step.IDENTITY_ASKED), *self._awaited(Step.FEE_ASKED)],
            pauses=list(self._pauses()),
            extended=self.last(Step.EXTENDED) is not None,
        )

    def _awaited(self, asked: Step) -> Iterator[dt.date | None]:
        if self.last(asked) is not None:
            came = self.last(_AWAITS[asked])
            yield None if came is None else came.on

    def _pauses(self) -> Iterator[Pause]:
        resumed = [taken.on for taken in self.steps if taken.step is Step.RESUMED]
        begun = [taken.on for taken in self.steps if taken.step is Step.PAUSED]
        for number, since in enumerate(begun):
            yield Pause(since, resumed[number] if number < len(resumed) else None)


def receive(  # noqa: PLR0913  a request names all it hangs on
    ledger: Ledger, vault: Vault, right: Right, asked: Asked, subjects: Sequence[bytes],
    *, school: str, received: dt.date, by: str, at: dt.datetime,
) -> int:  # fmt: skip
    """Enter a request; returns its number. Raises RequestUnfit, naming everything that is missing."""
    faults = [f"{name} is blank" for name, value in asdict(asked).items() if not value.strip()]
    faults += ["the day lies in the future"] if received > at.date() else []
    if faults:
        message = f"nothing was entered: {'; '.join(faults)}"
        raise RequestUnfit(message)
    address = _seal(vault, asdict(asked), at)
    body = {"right": right.value, "school": school, "subjects": sorted(ref.hex() for ref in subjects)}
    told = body | {"received": received.isoformat(), "by": by, "artefact": address}
    return ledger.append(REQUEST, told, at).seq


def check(ledger: Ledger, vault: Vault, number: int, checks: Checks, *, by: str, on: dt.date, at: dt.datetime) -> None:
    """Record what was checked; a later check replaces an earlier one. Raises RequestUnfit, RequestUnknown."""
    faults = [f"{name} is blank" for name, value in asdict(checks).items() if not value.strip()]
    if checks.capacity not in CAPACITY:
        faults.append(f"capacity is none of {', '.join(CAPACITY)}")
    if faults:
        message = f"nothing was recorded: {'; '.join(faults)}. Where there are no court orders say {NO_ORDERS!r}."
        raise RequestUnfit(message)
    _open(ledger, vault, number)
    _record(ledger, number, Step.CHECKED, _seal(vault, asdict(checks), at), by=by, on=on, at=at)


def step(  # noqa: PLR0913  a step names all it hangs on
    ledger: Ledger, vault: Vault, number: int, taken: Step,
    *, words: str, by: str, on: dt.date, at: dt.datetime, named: str = "",
) -> None:  # fmt: skip
    """Record one step of a request that is open. Raises RequestUnfit, RequestUnknown."""
    found = _open(ledger, vault, number)
    for fault in _misplaced(found, taken, words, on):
        raise RequestUnfit(fault)
    address = _seal(vault, {"words": words, "named": named}, at) if words.strip() else None
    _record(ledger, number, taken, address, by=by, on=on, at=at)


def requests(
    ledger: Ledger | Tx, vault: Vault, *, schools: Collection[str] | None = None, ended: bool = True,
    most: int | None = None,
) -> tuple[Request, ...]:  # fmt: skip
    """Return requests, oldest first; what is not asked for is not unsealed.

    Args:
        ledger: where they are entered.
        vault: where who asked is sealed.
        schools: of these; None for all.
        ended: ended ones too.
        most: so many of the latest; None for all.

    """
    steps: dict[int, list[Event]] = {}
    for event in ledger.events(STEP):
        steps.setdefault(int(str(event.body["request"])), []).append(event)
    found = [
        event
        for event in ledger.events(REQUEST)
        if (schools is None or event.body["school"] in schools)
        and (ended or not any(one.body["step"] in ENDS for one in steps.get(event.seq, [])))
    ]
    return tuple(_request(vault, event, steps.get(event.seq, [])) for event in found[-most if most else None :])


def request(ledger: Ledger | Tx, vault: Vault, number: int) -> Request:
    """Return one request. Raises RequestUnknown."""
    for event in ledger.events(REQUEST):
        if event.seq == number:
            return _request(vault, event, ledger.events(STEP, request=number))
    message = f"there is no request {number}. List them with: waybill rights list"
    raise RequestUnknown(message)


def ready(found: Request) -> Checks:
    """Return what was checked before an answer. Raises RequestNotReady."""
    if found.checks is None:
        message = (
            f"request {found.number} may not be answered yet: record identity, authority, the child's capacity and "
            "views, and court orders with 'waybill rights check'"
        )
        raise RequestNotReady(message)
    return found.checks


def _open(ledger: Ledger, vault: Vault, number: int) -> Request:
    found = request(ledger, vault, number)
    if found.ended is not None:
        message = f"request {number} was {found.ended.step} on {found.ended.on}: enter a new request"
        raise RequestUnfit(message)
    return found


def _misplaced(found: Request, taken: Step, words: str, on: dt.date) -> Iterator[str]:
    """Give why a step cannot follow."""
    latest = max([found.received, *(one.on for one in found.steps)])
    opener = next((asked for asked, answer in _AWAITS.items() if answer is taken), None)
    if on < found.received or (opener is not None and on < latest):
        yield f"{taken} cannot lie before what was recorded for {latest}"
    if taken in _NEEDS_WORDS and not words.strip():
        yield f"{taken} needs its reason (--why)"
    if taken is Step.PAUSED and found.right is not Right.ACCESS:
        yield "only the clock of an access request stops while somebody is asked which data are meant"
    if taken in _AWAITS and _count(found, taken) > _count(found, _AWAITS[taken]):
        yield f"{taken} is recorded already, and waits for {_AWAITS[taken]}"
    if opener is not None and _count(found, opener) <= _count(found, taken):
        yield f"{taken} has nothing to follow: {opener} was not recorded"
    if taken is Step.EXTENDED and found.last(Step.EXTENDED) is not None:
        yield "it was extended already, and the law allows that once"


def _count(found: Request, wanted: Step) -> int:
    return sum(taken.step is wanted for taken in found.steps)


def _record(
    ledger: Ledger, number: int, taken: Step, address: str | None, *, by: str, on: dt.date, at: dt.datetime
) -> None:
    subjects = next(event.body["subjects"] for event in ledger.events(REQUEST) if event.seq == number)
    body = {"request": number, "step": taken.value, "on": on.isoformat(), "by": by, "subjects": subjects}
    ledger.append(STEP, body | {"artefact": address}, at)


def _seal(vault: Vault, body: Mapping[str, str], at: dt.datetime) -> str:
    return vault.seal(json.dumps(body).encode(), kind=REQUEST, purge_on=at.date() + KEEP).address


def _opened(vault: Vault, address: object) -> dict[str, str] | None:
    """Return what was sealed; None when it is gone, erased with the pupil or at the end of its time."""
    if address is None:
        return None
    try:
        opened: dict[str, str] = json.loads(vault.open(str(address)))
    except ArtefactGone:
        return None
    return opened


def _request(vault: Vault, event: Event, steps: Sequence[Event]) -> Request:
    body, asked = event.body, _opened(vault, event.body["artefact"])
    checked = [one for one in steps if one.body["step"] == Step.CHECKED]
    checks = _opened(vault, checked[-1].body["artefact"]) if checked else None
    return Request(
        number=event.seq,
        right=Right(str(body["right"])),
        school=str(body["school"]),
        subjects=subjects_of(event),
        received=dt.date.fromisoformat(str(body["received"])),
        by=str(body["by"]),
        asked=Asked(**asked) if asked else None,
        checks=Checks(**checks) if checks else None,
        steps=tuple(_taken(vault, one) for one in steps),
    )


def subjects_of(event: Event) -> tuple[bytes, ...]:
    """Return the references that an event names."""
    named: Sequence[str] = event.body["subjects"]  # type: ignore[assignment]
    return tuple(bytes.fromhex(ref) for ref in named)


def _taken(vault: Vault, event: Event) -> Taken:
    body, kind = event.body, Step(str(event.body["step"]))
    opened = None if kind is Step.CHECKED else _opened(vault, body["artefact"])
    on = dt.date.fromisoformat(str(body["on"]))
    said = opened or {}
    return Taken(kind, on, str(body["by"]), event.at, said.get("words"), said.get("named", ""))
