"""How the page that a person signs looks on a terminal of eighty columns.

Belongs here: words and layout of one waybill's statement. What it states is `pipelines.actions.signing`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pipelines.actions import signing
from pipelines.actions.findings import Pupil
from pipelines.screen import SHOWN_HASH, say
from pipelines.screens.findings import say_cause

_NO_NAMES: Final[Mapping[str, Pupil]] = MappingProxyType({})


def say_statements(page: signing.Statements) -> None:
    """The page a person signs."""
    waybill, tally = page.waybill, page.waybill.tally
    say(f"Waybill {waybill.sha256[:8]} {waybill.sha256[8:]}", strong=True)
    say(f"{page.purpose}: school {waybill.school}, {waybill.period}, version {waybill.release_version}")
    say(f"To {page.recipient}. It ends as: {page.ends_as}. It is now: {page.state}")
    say(f"{tally.pupils} pupils, {tally.cells} values, {waybill.length} bytes in {waybill.remote_name}")
    say("SHA-256 of the file:")
    say(waybill.file_sha256, 2)
    if tally.unverified_paths:
        say(
            f"UNVERIFIED LAYOUT: {tally.unverified_paths} of its element paths were not confirmed by the department. "
            "It may be rejected where it is loaded.",
            strong=True,
        )
    say("What leaves, by clause of the privacy notice:")
    for clause, fields in page.fields.items():
        say(f"{clause}: {', '.join(fields)}", 2)
    _say_since(page)
    say(
        f"Findings: {tally.blocking} block, {tally.errors} errors, {tally.queries} queries, "
        f"{tally.unexplained} without an explanation, {tally.not_evaluated} not evaluated"
    )
    for cause in page.causes:
        say_cause(cause, _NO_NAMES)
    _say_signed(page)


def _say_since(page: signing.Statements) -> None:
    since = page.since
    if since is None:
        say("This is the first file under this agreement for the school: all of it is new.")
        return
    say(
        f"Since the last file ({since.period}, version {since.version}, waybill {since.waybill[:SHOWN_HASH]}): "
        f"{since.joined} pupils are new, {since.left} are no longer in it, {len(page.newly)} fields are new."
    )
    if page.newly:
        say(", ".join(page.newly), 2)


def _say_signed(page: signing.Statements) -> None:
    for who, role in page.signed:
        say(f"Signed by {who} as {role}.")
    for who, role in page.overriding:
        say(f"{who} as {role} lets the blocking errors stand.")
    missing = [role for role in page.signing if role not in {role for _, role in page.signed}]
    say(f"Still to sign: {', '.join(missing)}" if missing else "Every role has signed.")
