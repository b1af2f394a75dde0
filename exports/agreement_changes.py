"""What one agreement lets happen that another did not: for whoever has to approve the change.

Belongs here: comparing two agreements that compiled. Does not belong here: how the answer looks (`pipelines.screens`),
or whether either may be (`exports.agreement_rules`).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields

from exports.terms import Agreement, Effect, Line, Predicate

_NOT_TERMS = frozenset({"id", "lines", "sha256"})
_GROUNDS = ("clause", "gateway", "article_9", "schedule_1", "output", "transform", "why")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the two say otherwise; "" stands for nothing said."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Regrounded:
    """Fields that leave under both, of which one and the same thing changed."""

    change: Change
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the new agreement differs from the old.

    Attributes:
        newly: lines whose field leaves under the new agreement only.
        no_longer: lines whose field left under the old one only.
        regrounded: fields that leave under both with another clause, gateway, condition, column, transform or reason.
        terms: every other change: recipient, route, population, protection, paperwork and so on.
        voids: what was signed under the old agreement holds no longer, because who receives or the route has changed.

    """

    newly: tuple[Line, ...]
    no_longer: tuple[Line, ...]
    regrounded: tuple[Regrounded, ...]
    terms: tuple[Change, ...]
    voids: bool

    @property
    def none(self) -> bool:
        """Say whether the two say the same."""
        return not (self.newly or self.no_longer or self.regrounded or self.terms)


def compare(old: Agreement, new: Agreement) -> Comparison:
    """Compare two agreements, line by line and term by term."""
    before, after = _by_field(old), _by_field(new)
    return Comparison(
        newly=tuple(line for field, line in after.items() if field not in before),
        no_longer=tuple(line for field, line in before.items() if field not in after),
        regrounded=tuple(_regrounded(before, after)),
        terms=tuple(_changed_terms(dict(_terms(old)), dict(_terms(new)))),
        voids=old.recipient_lock != new.recipient_lock,
    )


def _by_field(agreement: Agreement) -> dict[str, Line]:
    return {line.field: line for line in agreement.lines}


def _regrounded(before: dict[str, Line], after: dict[str, Line]) -> Iterator[Regrounded]:
    found: dict[Change, tuple[str, ...]] = {}
    for field in (each for each in after if each in before):
        for name in _GROUNDS:
            change = Change(name, _text(getattr(before[field], name)), _text(getattr(after[field], name)))
            if change.before != change.after:
                found[change] = (*found.get(change, ()), field)
    yield from (Regrounded(change, same) for change, same in found.items())


def _changed_terms(before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        change = Change(name, before.get(name, ""), after.get(name, ""))
        if change.before != change.after:
            yield change


def _terms(agreement: Agreement) -> Iterator[tuple[str, str]]:
    """Yield every term as the file's author knows it: `recipient.number`, `protection.objection`, `population`."""
    for name in (field.name for field in fields(agreement) if field.name not in _NOT_TERMS):
        value = getattr(agreement, name)
        if name in {"recipient", "delivery", "paperwork"} or (name == "dialect" and value is not None):
            yield from ((f"{name}.{part.name}", _text(getattr(value, part.name))) for part in fields(value))
        elif name == "protection":
            yield from ((f"{name}.{kind}", _text(effect)) for kind, effect in value.items())
        else:
            yield name, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, Predicate):
        return f"{value.name} ({', '.join(value.values)})" if value.values else value.name
    if isinstance(value, Effect):
        return f"{value.name}: {value.why}" if value.why else value.name
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
