"""Watch: look, and tell each route what is new and what is over.

Belongs here: the verbs `watch` and `try_routes`. What is wrong is `pipelines.actions.examining`; who has been told what
is `pipelines.alerting.book`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipelines.actions.examining import Examination, examine
from pipelines.alerting.book import Letter, kept
from pipelines.alerting.post import body, send, title
from pipelines.alerting.routes import AlertsUnreadable, read_routes
from pipelines.clock import today
from pipelines.doctor.symptoms import Symptom
from pipelines.due import reminders_on
from pipelines.handing_over import waits
from pipelines.installation import Installation
from pipelines.settings import SecretMissing, secret
from schemas.census.collection import COLLECTIONS
from schemas.refusal import Refusal

_TRIAL = Letter((), (), ("this is a trial of the route; nothing is wrong.",))


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look found, and what became of the letters: by route, whether it went."""

    open: int
    letters: dict[str, bool]


def watch(asked: Examination) -> Watched:
    """Look, and send what each route is to know.

    Args:
        asked: how to look; a look at MIS, recipients and the whole record is a thorough one.

    """
    found = [*examine(asked)]
    try:
        routes = read_routes(asked.settings.trust)
    except AlertsUnreadable as refusal:
        found.append(Symptom("alerting", "alerts.toml", str(refusal)))
        routes = ()
    reminders, now, letters = _reminders(asked), asked.clock(), {}
    asked.settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with kept(asked.settings.alerts) as book:
        book.enter(found, thorough=asked.online)
        for route in routes:
            letter = book.letter(route, reminders, now)
            if letter is not None:
                letters[route.name] = _post(asked, route.address, letter)
                if letters[route.name]:
                    book.sent(route, letter, reminders, now)
                else:
                    book.failed(route, now)
    return Watched(len(found), letters)


def try_routes(asked: Examination) -> dict[str, bool]:
    """Send a trial letter on every route. Raises AlertsUnreadable."""
    return {route.name: _post(asked, route.address, _TRIAL) for route in read_routes(asked.settings.trust)}


def _post(asked: Examination, reference: str, letter: Letter) -> bool:
    try:
        address = secret(reference, asked.settings)
    except SecretMissing:
        return False
    return send(address, title(letter, _trust(asked)), body(letter))


def _trust(asked: Examination) -> str:
    try:
        return Installation.open(asked.settings, asked.clock).trust.name
    except (Refusal, OSError):
        return "an installation that cannot be opened"


def _reminders(asked: Examination) -> dict[str, str]:
    """The calendar's reminders of the day, for the schools that have still to hand over."""
    try:
        here = Installation.open(asked.settings, asked.clock)
    except (Refusal, OSError):
        return {}
    return dict(_of_today(here))


def _of_today(here: Installation) -> Iterator[tuple[str, str]]:
    day = today(here.clock)
    for one in reminders_on(here.trust.calendar, COLLECTIONS, here.trust.schools, day):
        left = tuple(urn for urn in one.schools if waits(here.ledger, here.trust.agreements, urn, one.subject))
        if left:
            told = replace(one, schools=left)
            yield f"{day}|{one.subject}|{one.what}", f"{told.subject}: {told.what}. Schools: {', '.join(left)}."
