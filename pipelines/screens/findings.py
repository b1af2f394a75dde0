"""How findings and their explanations look on a terminal of eighty columns.

Belongs here: words and layout. The same as a file for people is `pipelines.screens.lists`.
"""

import re
from collections.abc import Mapping, Sequence

from exports.explanations import Library
from pipelines.actions.findings import Cause, FindingsResult, Found, Pupil, Stream
from pipelines.actions.noting import Written
from pipelines.screen import say
from pipelines.screens.spec import say_unverified
from schemas.wording import counted

FEW = 5
"""How many pupils of a cause are named unasked: enough to begin with, few enough to keep the page readable."""
_WHOLE_SCHOOL = "the school"
_DIGITS = re.compile(r"\d+")


def say_findings(result: FindingsResult, texts: Library, *, everyone: bool | None = None) -> None:
    """Every cause, errors first, whom it is about and where to fix it; then what it means for money and release.

    Args:
        texts: the trust's library; offered where words are missing.
        everyone: name every pupil, none (False), or the first few of each cause (None).

    """
    say(f"{result.name}, {result.school}, {result.period}", strong=True)
    for cause in result.causes:
        say("")
        say_cause(cause, result.pupils, shown=0 if everyone is False else None if everyone else FEW)
        _say_texts(cause, texts)
    say("")
    _say_streams(result.streams)
    say_unverified(result.unverified, FEW)
    if not result.named:
        say("Names are shown to the school's data manager and head only.")
    _say_standing(result)


def say_cause(cause: Cause, pupils: Mapping[str, Pupil], shown: int | None = FEW) -> None:
    """One rule's findings.

    Args:
        pupils: those who may be named; others are listed by their id in the MIS.
        shown: how many pupils to list; None for all.

    """
    say(f"{cause.rule}  {_heading(cause)}", strong=True)
    say(cause.message, 6)
    if cause.where_to_fix:
        say(f"Fix: {cause.where_to_fix}", 6)
    if cause.funding:
        say(f"Bears on funding: {cause.funding}.", 6)
    if cause.pupils and shown != 0:
        _say_pupils(cause, pupils, shown)
    for text in cause.explanations:
        say(f"Explained: {text}", 6)
    for period, text in dict.fromkeys((one.carried.period, one.carried.text) for one in cause.found if one.carried):
        say(f"Carried forward from {period}, confirm: {text}", 6)


def say_written(written: Sequence[Written]) -> None:
    """Every explanation with its author and time; those that wait to be confirmed say so."""
    for one in written:
        say(f"{one.rule}  {counted(one.count, 'finding')}", strong=True)
        say(one.note.text, 6)
        say(f"{_by(one)}, {one.note.at:%d %B %Y %H:%M} UTC", 6)
        if not one.confirmed:
            say(f"carried forward from {one.note.period}, confirm", 6)
    waiting = sum(not one.confirmed for one in written)
    say(f"Explanations: {len(written)}" + (f", of which {waiting} wait to be confirmed." if waiting else "."))


def say_library(texts: Library, rule: str | None) -> None:
    """The trust's texts by rule, each with the number it is used by."""
    for number, words in texts.items():
        if rule in {None, number}:
            say(number, strong=True)
            for place, text in enumerate(words, 1):
                say(f"{place}  {text}", 6)
    if not texts.keys() & ({rule} if rule else texts.keys()):
        say("There is no text. Write some into explanations.csv of the trust folder, with columns rule,text.")


def _by(one: Written) -> str:
    return f"confirmed by {one.note.author} from {one.note.confirms}" if one.note.confirms else f"by {one.note.author}"


def _heading(cause: Cause) -> str:
    kind = f"{cause.kind} (error)" if cause.kind != "blocks" and cause.severity == "error" else cause.kind
    kind += "" if cause.evaluated else ", NOT EVALUATED"
    waiting = f", {cause.to_confirm} to confirm" if cause.to_confirm else ""
    return f"{kind}: {cause.count} found, {cause.explained} explained{waiting}"


def _say_pupils(cause: Cause, pupils: Mapping[str, Pupil], shown: int | None) -> None:
    listed = cause.pupils[:shown]
    named = [pupils[one] for one in listed if one in pupils]
    rows = _rows(cause.found)
    for pupil in sorted(named, key=_by_group):
        say(_pupil(pupil, rows.get(pupil.pupil_id, ())), 6)
        if pupil.page:
            say(pupil.page, 8)
    unnamed = [one for one in listed if one not in pupils]
    if unnamed:
        say(f"Pupils, by their id in the MIS: {', '.join(unnamed)}", 6)
    if more := len(cause.pupils) - len(listed):
        say(f"and {more} more (--pupils lists all, --xlsx FILE too)", 6)


def _by_group(pupil: Pupil) -> tuple[str, str, str]:
    return by_number(pupil.registration_group), pupil.surname or "", pupil.forename or ""


def by_number(group: str | None) -> str:
    """What to sort a registration group by, so that 10B comes after 9B."""
    return _DIGITS.sub(lambda found: found[0].zfill(3), group or "")


def _pupil(pupil: Pupil, rows: Sequence[str]) -> str:
    parts = (
        f"{pupil.surname or '(no surname)'} {pupil.forename or '(no forename)'}",
        f"year {pupil.nc_year}" if pupil.nc_year else None,
        pupil.registration_group,
        f"UPN {pupil.upn}" if pupil.upn else "no UPN",
        f"entry {'; '.join(rows)}" if rows else None,
    )
    return ", ".join(part for part in parts if part)


def _rows(found: Sequence[Found]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for one in found:
        if one.pupil is not None and one.row is not None:
            rows.setdefault(one.pupil, []).append(one.row)
    return rows


def _say_texts(cause: Cause, texts: Library) -> None:
    if cause.kind == "blocks" or cause.explained + cause.to_confirm == cause.count:
        return
    for number, text in enumerate(texts.get(cause.rule, ()), 1):
        say(f"If it is right: --text-from-library {number}: {text}", 6)


def _say_streams(streams: Sequence[Stream]) -> None:
    if not streams:
        return
    say("Findings that bear on funding (what a return is paid for is decided on all of it):", strong=True)
    for stream in streams:
        who = counted(stream.pupils, "pupil") if stream.pupils else _WHOLE_SCHOOL
        say(f"{stream.funding}: {who} concerned", 6)
        if stream.product is not None:
            say(f"{counted(stream.pupils, 'pupil')} concerned x £{stream.rate:,}, the rate entered by the trust: "
                f"£{stream.product:,}", 8)  # fmt: skip


def _say_standing(result: FindingsResult) -> None:
    standing, school = result.verdict, f"{result.school} {result.period}"
    say(
        f"{counted(standing.blocking_open, 'finding blocks', 'findings block')}, {standing.unexplained} "
        "wait for a fix or an explanation, "
        f"{standing.not_evaluated} could not be evaluated."
    )
    if waiting := sum(cause.to_confirm for cause in result.causes):
        _say_command(f"{waiting} have an explanation of an earlier collection. If it is still right:",
                     f"waybill notes confirm {school}")  # fmt: skip
    if standing.blocked or standing.needs_explanation:
        _say_command("A list of what its office must put right:",
                     f"waybill findings {school} --office --by DATE --xlsx FILE")  # fmt: skip
    if standing.needs_explanation:
        _say_command("Next: where it is right as it is, explain it:", f'waybill note {school} RULE "why"')
    if standing.blocked:
        _say_command("Next: what blocks is corrected in the MIS; then:",
                     f"waybill prepare {result.period} --school {result.school}")  # fmt: skip
    if not (standing.blocked or standing.needs_explanation):
        say("Nothing holds the release. Next: waybill status, then waybill show WAYBILL")


def _say_command(when: str, command: str) -> None:
    """Say when to run what; the command has a line of its own, to be copied."""
    say(when)
    say(command, 2)
