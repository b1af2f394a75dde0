"""How a census file that a MIS made looks when it was checked, compared or adopted, on a terminal of eighty columns.

Belongs here: words and layout. What is true is `pipelines.actions.checking`, `comparing` and `adopting`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import typer

from exports.changes import Change, Changes, Moved
from exports.placing import Fault, FaultKind
from exports.preparation import Outcome, Prepared
from pipelines.actions.checking import Cause, Checked
from pipelines.actions.comparing import Compared, Side
from pipelines.screen import say
from pipelines.screens.spec import say_heard
from schemas.wording import counted

_WORDS = {
    Change.APPEARED: "only in the second",
    Change.VANISHED: "only in the first",
    Change.CHANGED: "not the same",
}
_PLACED = frozenset({FaultKind.UNKNOWN, FaultKind.PLACE, FaultKind.ORDER})


class Meter:
    """How far a long reading is, on the error stream; silent where nobody watches."""

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, what: str, done: int, of: int) -> None:
        """Say it, once for each tenth or each thousand."""
        part = f"{100 * done // of // 10 * 10} %" if of else f"{done // 1000 * 1000} or more" if done else ""
        words = f"{what} {part}".strip()
        if words != self._shown and typer.get_text_stream("stderr").isatty():
            typer.echo(f"{words} ...", err=True)
        self._shown = words


def say_checked(checked: Checked) -> None:
    """The file's form first, then what its values break, what blocks first."""
    say(
        f"{checked.label}: {checked.collection}, school {checked.school}, {counted(checked.pupils, 'pupil')}",
        strong=True,
    )
    say(f"Made by {checked.made_by}.")
    say_faults(checked.faults)
    say_heard(checked.official)
    for cause in checked.causes:
        say("")
        _say_cause(cause)
    say("")
    counts: Counter[str] = Counter()
    for cause in checked.causes:
        counts[cause.kind] += cause.count if cause.evaluated else 0
    unknown = sum(not cause.evaluated for cause in checked.causes)
    say(
        f"{sum(fault.count for fault in checked.faults)} departures from the layout; "
        f"{counted(counts['blocks'], 'finding blocks', 'findings block')}, "
        f"{counted(counts['error'], 'other error')}, {counted(counts['query'], 'query', 'queries')}, "
        f"{counted(counts['local check'], 'local check')}; {counted(unknown, 'rule')} NOT EVALUATED."
    )
    if unknown and not checked.registers:
        say("Registers were not there to compare with: set WAYBILL_TRUST to a trust folder that has them.")
    if not checked.found:
        say("Nothing was found.")


def say_faults(faults: Sequence[Fault]) -> None:
    """Each departure from the layout, with its path."""
    if not faults:
        say("Every element is where the layout has it.")
        return
    say("Not as the layout has it:", strong=True)
    for fault in faults:
        say(f"{fault.path}", 2)
        meant = f", read as {fault.meant}" if fault.meant not in (None, fault.path) else ""
        after = f" (it follows {fault.after})" if fault.after and fault.kind in _PLACED else ""
        line = f", first in line {fault.line}" if fault.line else ""
        say(f"{fault.kind}{after}: {fault.count}{line}{meant}", 6)


def say_compared(compared: Compared) -> None:
    """What differs, by cause: layout, pupils, items, totals, windows and what is told for the first time."""
    for name, side in (("First", compared.left), ("Second", compared.right)):
        _say_side(name, side)
    if compared.same:
        say("They say the same.")
        return
    say_changes(compared.changes)


def say_changes(changes: Changes, indent: int = 0) -> None:
    """Every cause with its count."""
    for words, upns in (("only in the second", changes.added), ("only in the first", changes.removed)):
        if upns:
            say(f"Pupils {words}: {len(upns)}", indent, strong=True)
            _say_upns(upns, indent + 6)
    if changes.without_upn:
        say(f"Pupils matched by name, date of birth and sex, not by UPN: {changes.without_upn}", indent)
    for item in changes.items:
        what = "values" if "." in item.field else "rows"
        say(f"{item.field}  {what} {_WORDS[item.change]}: {item.count}", indent, strong=True)
        _say_upns(item.upns, indent + 6)
    _say_moved("Totals", changes.totals, indent)
    _say_moved("Windows and periods", changes.windows, indent)
    if changes.newly:
        say(f"Told by the second alone: {', '.join(changes.newly)}", indent)


def say_adopted(prepared: Prepared, school: str, period: str) -> None:
    """What became of an adopted file, and what to do next."""
    if prepared.waybill is None:
        say("The file names no pupil: recorded as a nil return.")
        return
    same = " It was adopted before; nothing has changed." if prepared.outcome is Outcome.UNCHANGED else ""
    say(f"Adopted: the file that the MIS made is the return of school {school} for {period}.{same}")
    say(f"Waybill {prepared.waybill.sha256}")
    say(f"Next: waybill findings {school} {period}, then waybill show {prepared.waybill.sha256[:12]}")


def _say_side(name: str, side: Side) -> None:
    say(
        f"{name}: {side.label}, {side.collection}, {counted(side.pupils, 'pupil')}, made by {side.made_by}", strong=True
    )
    say(f"Content {side.content_sha256}", 2)
    if side.faults:
        say_faults(side.faults)


def _say_moved(title: str, moved: Iterable[Moved], indent: int) -> None:
    for number, one in enumerate(moved):
        if not number:
            say(f"{title}:", indent, strong=True)
        say(f"{one.name}: {one.left} in the first, {one.right} in the second", indent + 2)


def _say_upns(upns: Iterable[str | None], indent: int) -> None:
    if named := [upn for upn in upns if upn]:
        say(", ".join(named), indent)


def _say_cause(cause: Cause) -> None:
    kind = cause.kind if cause.evaluated else f"{cause.kind}, NOT EVALUATED"
    say(f"{cause.rule}  {kind}: {cause.count} found", strong=True)
    say(cause.message, 6)
    if cause.where_to_fix:
        say(f"Fix: {cause.where_to_fix}", 6)
    for pupil in cause.pupils:
        say(f"{pupil.upn or 'no UPN':<14}{pupil.name}", 6)
