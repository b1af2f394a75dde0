"""How answers from the record look on a terminal: lists of files, one file, one cell, who had a value, a breach.

Belongs here: words and layout. What is true is `pipelines.actions.looking_up`; a pupil's trace is `pipelines.screen`.
"""

from collections.abc import Sequence

from exports.cell import Cell
from exports.grounds import Ground
from exports.sent import Sent, Whole
from pipelines.actions.looking_up import Breach, Had
from pipelines.screen import SHOWN_HASH, say
from schemas.wording import counted


def say_sent(found: Sequence[Sent]) -> None:
    """A list of files that left."""
    for one in found:
        _say_line(one)
    say(f"Files: {len(found)}, pupils in them: {sum(one.pupils for one in found)}. This look-up is recorded.")


def say_under_clause(found: Sequence[tuple[Sent, tuple[Ground, ...]]]) -> None:
    """The same, with the fields that a clause covers in each."""
    for one, grounds in found:
        _say_line(one)
        say(f"Under the clause: {', '.join(ground.field for ground in grounds)}", 2)
    say(f"Files: {len(found)}. This look-up is recorded.")


def say_whole(found: Whole) -> None:
    """One file with everything it rests on."""
    waybill = found.waybill
    say(f"{waybill.remote_name}: {found.state}", strong=True)
    say(f"Waybill {waybill.sha256}", 2)
    say(f"To {found.grounds.recipient} ({waybill.recipient}): {found.grounds.title}", 2)
    say(f"School {waybill.school}, {waybill.period}, version {waybill.release_version}, under {waybill.agreement}", 2)
    say(f"{counted(waybill.tally.pupils, 'pupil')}, {counted(waybill.tally.cells, 'value')}, {waybill.length} bytes", 2)
    say(f"SHA-256 of the file {waybill.file_sha256}", 2)
    say(f"Agreement {waybill.agreement_sha256}", 2)
    say(f"Notice, version {waybill.notice_version}, {waybill.notice_sha256}", 2)
    say(
        f"Findings: {counted(waybill.tally.errors, 'error')}, "
        f"{counted(waybill.tally.queries, 'query', 'queries')}, {waybill.findings_sha256}",
        2,
    )
    if found.sent and found.sent.standing:
        say(f"Signed by {_signed(found.sent)}", 2)
    for name, value in (found.receipt or {}).items():
        say(f"Receipt: {name} {value}", 2)
    for step in found.steps:
        say(f"Event {step.seq}, {step.at:%Y-%m-%d %H:%M:%S} UTC: {step.kind}{step.by and f' by {step.by}'}", 2)
    for line, ground in found.grounds.lines.items():
        say(f"{line}: notice {ground.clause}, {ground.gateway}: {ground.why}", 4)


def say_each(found: Sequence[Whole]) -> None:
    """Each file with everything it rests on."""
    for one in found:
        say_whole(one)


def say_cell(found: Cell) -> None:
    """One cell, traced back."""
    waybill = found.file.waybill
    say(f"{', '.join(found.lines)} in {waybill.remote_name}: {found.file.state}", strong=True)
    say(f"Object {found.object or 'no longer known: purged'} of the MIS, read by {found.read_at or 'unknown'}", 2)
    for source in found.sources:
        say(f"{source.column} from {source.resource} ({source.path}), at revision {source.revision}", 4)
    for line, steps in found.steps.items():
        say(f"{line}: {' > '.join(steps)}", 2)
    _say_rules(found)
    for line, ground in found.lines.items():
        say(f"Agreement {waybill.agreement}, line {line}: {ground.why}", 2)
        say(f"Notice clause {ground.clause}, version {waybill.notice_version}; gateway {ground.gateway}", 4)
    if found.file.sent:
        say(f"Signed by {_signed(found.file.sent)}", 2)
    for name, value in (found.file.receipt or {}).items():
        say(f"Receipt: {name} {value}", 2)
    say("The value itself is not kept: waybill who-had ... --value says whether it was a given one.")


def say_had(found: Sequence[Had]) -> None:
    """Who was told a field."""
    for one in found:
        told = one.holder.disclosure
        say(f"{one.recipient}: {told.state}, {told.at:%Y-%m-%d %H:%M} UTC", strong=True)
        say(f"{one.holder.line}, value {one.value}; waybill {told.waybill[:SHOWN_HASH]}, {told.slot.period}", 2)
        if one.withheld:
            say(f"NOT FOR THE FAMILY'S REPORT: {one.withheld}", 2, strong=True)
    say(f"Tellings: {len(found)}. Equal numbers are equal values of the same line. This look-up is recorded.")


def say_breach(found: Breach) -> None:
    """What a report of a breach needs."""
    say_whole(found.file)
    say(f"Pupils: {len(found.subjects)}", strong=True)
    for kind, lines in found.kinds.items():
        say(f"{kind}: {', '.join(lines)}", 2)
    for upn in found.among:
        say(f"In the file: {upn}", 2)
    say("The record knows pupils by reference only: ask about UPNs of the school's roll with --upns.")
    say("Article 33 gives 72 hours from becoming aware. This look-up is recorded.")


def _say_rules(found: Cell) -> None:
    if found.results is None:
        say("Results of rules: no longer known, purged with the file", 2)
        return
    say(f"Rules that found something in it: {len(found.results)}", 2)
    for result in found.results:
        say(f"{result.rule} ({result.severity}): {result.message}", 4)


def _say_line(one: Sent) -> None:
    slot = one.release.slot
    say(f"{slot.recipient}, {one.at:%Y-%m-%d %H:%M} UTC: {one.release.state}", strong=True)
    say(f"{slot.agreement}, {slot.period}, version {slot.version}, in {one.remote_name}", 2)
    say(f"{counted(one.pupils, 'pupil')}, {counted(one.cells, 'value')}, signed by {_signed(one)}", 2)
    say(f"Waybill {one.release.waybill}", 2)


def _signed(one: Sent) -> str:
    people = ", ".join(f"{who} as {role}" for who, role in one.signers)
    return f"{people}, in standing release {one.standing[:SHOWN_HASH]}" if one.standing else people
