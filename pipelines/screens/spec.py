"""How the department's material looks on a terminal of eighty columns.

Belongs here: words and layout. What is true is `pipelines.actions.spec`'s.
"""

from collections.abc import Sequence
from itertools import groupby

from exports.learning import Learned
from exports.official import Comparison
from pipelines.actions.spec import Heard, Kept, Shown
from pipelines.screen import SHOWN_HASH, say
from schemas.census.new_year import NewYear
from schemas.wording import counted

_FEW = 12


def say_spec(shown: Shown) -> None:
    """Coverage, confidence and what was imported."""
    known = shown.coverage
    say(f"School census {known.academic_year}", strong=True)
    for term, items in known.items.items():
        counts = ", ".join(f"{count} {confidence}" for confidence, count in items.items())
        say(f"{term}: {sum(items.values())} items, by confidence: {counts}", 2)
    say(f"{known.not_emitted} known items are not in the layout", 2)
    say(
        f"{known.confirmed} of {known.paths} element paths and {counted(known.codes, 'code')} are "
        "confirmed from outside",
        2,
    )
    rules = known.rules
    say(
        f"Rules: {rules['listed']} listed, {rules['implemented']} of them implemented, {rules['not_implemented']} not; "
        f"{counted(rules['shape_rules'], 'rule')} of shape besides",
        2,
    )
    say(f"{rules['blocking']} block; {known.rules_confirmed} are confirmed by an imported workbook", 2)
    say("Imported:" if shown.imported else "Nothing has been imported: waybill spec import FILE")
    for each in shown.imported:
        replaced = "" if each.sha256 in shown.in_use else ", replaced since"
        say(f"{each.kind}: {each.name}{replaced}", 2)
        say(f"{each.imported_at:%Y-%m-%d %H:%M} UTC by {each.by}; from {each.source or 'a source not named'}", 4)
        say(f"SHA-256 {each.sha256}", 4)


def say_kept(kept: Kept, year: str, *, everything: bool) -> None:
    """What was found in a file, and what it has otherwise than we."""
    reading = kept.reading
    say(f"{kept.imported.name}: {reading.kind}, SHA-256 {kept.imported.sha256[:SHOWN_HASH]}", strong=True)
    for line in reading.seen:
        say(line, 2)
    confirms = reading.confirms
    say(
        f"It confirms {counted(len(confirms.paths), 'path')}, {counted(len(confirms.codes), 'code')} and "
        f"{counted(len(confirms.rules), 'rule')}.",
        2,
    )
    for what, group in groupby(reading.differences, key=lambda each: each.what):
        listed = list(group)
        say(f"{len(listed)} {what}:", 2, strong=True)
        for each in listed if everything else listed[:_FEW]:
            say(each.subject, 4)
            for side, words in (("theirs", each.theirs), ("ours", each.ours)):
                if words:
                    say(f"{side}: {words}", 6)
        if not everything and len(listed) > _FEW:
            say(f"and {len(listed) - _FEW} more (--all)", 4)
    if kept.fresh:
        say(f"Kept under spec/{year} of the trust folder. What waits for signatures: prepare it again.")
    else:
        say("The very same file is in use already. Nothing was changed.")


def say_unverified(described: Sequence[str], few: int | None = None) -> None:
    """The warning of an unverified layout, and its paths; the first few where the signing page lists them all."""
    shown = described if few is None else described[: few + 1]
    for line, text in enumerate(shown):
        say(text, 2 if line else 0, strong=not line)
    if len(shown) < len(described):
        say(f"and {len(described) - len(shown)} more: waybill show lists them", 2)


def say_heard(heard: Heard) -> None:
    """What the department's own schema and stylesheets said of a file, beside our findings."""
    if not heard.used:
        return
    say(f"The department's own material was run over it: {', '.join(heard.used)}", strong=True)
    for fault in heard.faults:
        say(f"IT IS REFUSED: {fault.text}", 2)
    for standing, group in groupby(sorted(heard.rules, key=_standing), key=_standing):
        rules = ", ".join(f"{each.rule} ({each.theirs} theirs, {each.ours} ours)" for each in group)
        say(f"{standing}: {rules}", 2)
    if heard.unread:
        say(
            f"{counted(heard.unread, 'line of its report names', 'lines of its report name')} no rule that "
            "can be read here: look at them in COLLECT",
            2,
        )


def _standing(comparison: Comparison) -> str:
    return comparison.standing


def say_learned(learned: Learned) -> None:
    """What a file of an MIS teaches: what it bears out, and what it has otherwise."""
    say(f"Written by {learned.made_by}", strong=True)
    say(
        f"It has {len(learned.paths)} element paths of our layout as we have them, and "
        f"{counted(len(learned.codes), 'code')}.",
        2,
    )
    for proposal in learned.proposals:
        say(f"{proposal.kind}: {proposal.path}", 2, strong=True)
        for line in proposal.text.splitlines():
            say(line, 4)


def say_new_year(made: NewYear) -> None:
    """What a person has to decide."""
    say(f"Written: schemas/census/{made.folder}, {counted(len(made.files), 'file')}, in the source tree.", strong=True)
    say("Nothing can be prepared for it yet. Now decide:")
    for number, each in enumerate(made.to_decide, 1):
        say(f"{number}. {each}", 2)
