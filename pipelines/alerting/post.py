"""The letters, and sending them: the only module that knows apprise.

Belongs here: words, and one call for each route. A letter says what is wrong, the three answers, and which card has the
steps. It has no pupil's value because a symptom has none.
"""

import logging
from collections.abc import Iterator
from typing import Final

import apprise

from pipelines.alerting.book import Letter
from pipelines.doctor.symptoms import Symptom

_MOST: Final = 20
"""Symptoms that a letter spells out; the rest is counted."""


def title(letter: Letter, trust: str) -> str:
    """What stands in the subject line."""
    parts = []
    if letter.new:
        people = sum(one.of.person for one in letter.new)
        parts.append(f"{len(letter.new)} new" + (f", {people} for a person" if people else ""))
    if letter.over:
        parts.append(f"{len(letter.over)} over")
    if letter.reminders:
        parts.append(f"{len(letter.reminders)} reminders")
    return f"Waybill, {trust}: {'; '.join(parts)}"


def body(letter: Letter) -> str:
    """The letter's text."""
    return "\n".join(_lines(letter))


def _lines(letter: Letter) -> Iterator[str]:
    for failure in dict.fromkeys(one.failure for one in letter.new[:_MOST]):
        yield from _of_class([one for one in letter.new[:_MOST] if one.failure == failure])
    if len(letter.new) > _MOST:
        yield f"And {len(letter.new) - _MOST} more: waybill doctor lists them."
    for one in letter.over[:_MOST]:
        yield f"Over: {one.words}"
    if len(letter.over) > _MOST:
        yield f"And {len(letter.over) - _MOST} more are over."
    yield from (f"Reminder: {words}" for words in letter.reminders)


def _of_class(symptoms: list[Symptom]) -> Iterator[str]:
    of = symptoms[0].of
    yield of.title
    yield from (f"- {one.words}" for one in symptoms)
    yield f"Is data at risk? {of.at_risk} Has anything left? {of.left} May I retry? {of.retry}"
    yield f"Who is needed: {of.who}. Steps: docs/cards/{symptoms[0].failure}.md"
    yield ""


def send(address: str, subject: str, text: str) -> bool:
    """Send one letter; False when it did not go, for whatever reason."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings quote the address, which may hold a password
    post = apprise.Apprise()
    return bool(post.add(address)) and bool(
        post.notify(body=text, title=subject, body_format=apprise.NotifyFormat.TEXT)
    )
