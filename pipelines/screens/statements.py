"""How the page that a person signs looks on a terminal of eighty columns.

Belongs here: words and layout of one waybill's statement. What it states is `pipelines.actions.signing`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exports.protection import MEANINGS, Flag
from exports.vocabularies import EFFECTS
from pipelines.actions import signing
from pipelines.actions.findings import Pupil
from pipelines.screen import SHOWN_HASH, say
from pipelines.screens.files import say_changes
from pipelines.screens.findings import say_cause
from pipelines.screens.spec import say_heard, say_unverified
from schemas.wording import counted

_NO_NAMES: Final[Mapping[str, Pupil]] = MappingProxyType({})


def say_statements(page: signing.Statements) -> None:
    """The page a person signs."""
    waybill, tally = page.waybill, page.waybill.tally
    say(f"Waybill {waybill.sha256[:8]} {waybill.sha256[8:]}", strong=True)
    say(f"{page.purpose}: school {waybill.school}, {waybill.period}, version {waybill.release_version}")
    if page.provisional:
        say(f"PROVISIONAL LAYOUT: {page.provisional}", strong=True)
    if waybill.supersedes:
        say(f"It replaces waybill {waybill.supersedes[:SHOWN_HASH]}, which the recipient has.", strong=True)
    say(f"To {page.recipient}. It ends as: {page.ends_as}. It is now: {page.state}")
    say(
        f"{counted(tally.pupils, 'pupil')}, {counted(tally.cells, 'value')}, {waybill.length} bytes in "
        f"{waybill.remote_name}"
    )
    if page.made_by:
        say(f"FILE MADE BY THE MIS ({page.made_by}), not by Waybill; adopted and held to the agreement.", strong=True)
    say("SHA-256 of the file:")
    say(waybill.file_sha256, 2)
    say_unverified(page.unverified)
    say_heard(page.official)
    say("What leaves, by clause of the privacy notice:")
    for clause, fields in page.fields.items():
        say(f"{clause}: {', '.join(fields)}", 2)
    _say_protected(page)
    _say_since(page)
    say(
        f"Findings: {tally.blocking} block, {counted(tally.errors, 'error')}, "
        f"{counted(tally.queries, 'query', 'queries')}, "
        f"{tally.unexplained} without an explanation, {tally.not_evaluated} not evaluated"
    )
    for cause in page.causes:
        say_cause(cause, _NO_NAMES)
    _say_signed(page)


def _say_protected(page: signing.Statements) -> None:
    for kind in page.protected:
        why = f" ({kind.why})" if kind.why else ""
        say(f"Protection, {MEANINGS[Flag(kind.kind)]}: {counted(kind.pupils, 'pupil')}; {EFFECTS[kind.effect]}{why}")


def _say_since(page: signing.Statements) -> None:
    since = page.since
    if since is None:
        say("This is the first file under this agreement for the school: all of it is new.")
        return
    say(
        f"Since the last file ({since.period}, version {since.version}, waybill {since.waybill[:SHOWN_HASH]}): "
        f"{counted(since.joined, 'new pupil', 'new pupils')}, {since.left} no longer in it, "
        f"{counted(len(page.newly), 'new field', 'new fields')}."
    )
    if page.newly:
        say(", ".join(page.newly), 2)
    _say_values(since)
    if since.changes and not since.changes.none:
        say("What this file (the second) says otherwise than that one (the first):", 2)
        say_changes(since.changes, 4)


def _say_values(since: signing.Since) -> None:
    if since.values is None:
        say("Which values are new cannot be said: the last file's digests are past their retention.", 2)
        return
    told = ", ".join(f"{field} {count}" for field, count in since.values.items())
    say(f"Values that the last file did not tell: {sum(since.values.values())}{': ' + told if told else ''}", 2)


def _say_signed(page: signing.Statements) -> None:
    if page.held:
        say("It does not leave under its standing release, and needs signatures of its own:", strong=True)
    for why in page.held:
        say(f"- {why}", 2)
    for who, role in page.signed:
        say(f"Signed by {who} as {role}.")
    for who, role in page.overriding:
        say(f"{who} as {role} lets stand what blocks it.")
    missing = [role for role in page.signing if role not in {role for _, role in page.signed}]
    say(f"Still to sign: {', '.join(missing)}" if missing else "Every role has signed.")
