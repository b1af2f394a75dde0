"""How long each class of artefact is kept, and what is overdue: a rule for each, with trigger, period and basis.

Belongs here: the rules (`data/retention.csv`), a trust's own periods with their reasons, and finding what is due. The
periods are guidance but for what a regulation lays down; none of it is legal advice. Removing is `exports.purging`; the
end of a pupil's key, `exports.erasure`.

`kept_in` says who looks: `vault` and `files` by day, `agreement` by the agreement's own retention_days, `keys` by when
a file last named the pupil; `by hand` is shown when overdue and taken away by a person.
"""

import csv
import datetime as dt
import fnmatch
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from schemas.refusal import Refusal
from vault.store import Artefact, Vault

REGISTER: Final = Path(__file__).parent / "data" / "retention.csv"
FILE: Final = "retention.toml"
_NO_SHIFT: Final = dt.timedelta(0)


class RetentionUnfit(Refusal):
    """A trust's own period names no class, gives no reason, or is for a class whose period stands elsewhere."""

    code: ClassVar[str] = "retention_unfit"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one class is kept.

    Attributes:
        kinds: kinds of the vault's artefacts as patterns; for `files` a folder of the installation.
        trigger: what the days are counted from, in words.
        days: None where the agreement says it.
        default: the days before the trust's own period, where it has one.
        reason: the trust's, for its own period; "" for the default.
        confidence: H the law or ours to choose, M guidance, L our reading of it.

    """

    id: str
    title: str
    kept_in: str
    kinds: tuple[str, ...]
    trigger: str
    days: int | None
    basis: str
    source: str
    confidence: str
    default: int | None = None
    reason: str = ""

    def governs(self, kind: str) -> bool:
        """Say whether the rule is for artefacts of a kind."""
        return any(fnmatch.fnmatchcase(kind, pattern) for pattern in self.kinds)

    @property
    def shift(self) -> dt.timedelta:
        """How much later than by the default an artefact is due."""
        if self.days is None or self.default is None:
            return _NO_SHIFT
        return dt.timedelta(days=self.days - self.default)


@dataclass(frozen=True, slots=True)
class Due:
    """An artefact whose day has come, by the rule of its class."""

    artefact: Artefact
    rule: Rule


def load_rules(trust: Path) -> tuple[Rule, ...]:
    """Read the rules, with the trust's own periods (`retention.toml`) in their place. Raises RetentionUnfit."""
    with REGISTER.open(encoding="utf-8", newline="") as register:
        rules = {row["class"]: _rule(row) for row in csv.DictReader(register)}
    path = trust / FILE
    if not path.is_file():
        return tuple(rules.values())
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8")).get("own_period", [])
    except tomllib.TOMLDecodeError as error:
        message = f"{FILE} cannot be read: {error}"
        raise RetentionUnfit(message) from None
    for number, entry in enumerate(own, 1):
        rule = _overridden(rules, number, entry)
        rules[rule.id] = rule
    return tuple(rules.values())


def due(vault: Vault, rules: Sequence[Rule], today: dt.date) -> Iterator[Due]:
    """Give every artefact whose day has come, the oldest first; one of no class on the day it was sealed with."""
    soonest = min((rule.shift for rule in rules), default=_NO_SHIFT)
    for artefact in vault.overdue(today - min(soonest, _NO_SHIFT)):
        rule = rule_of(rules, artefact.kind)
        if artefact.purge_on + rule.shift <= today:
            yield Due(artefact, rule)


def rule_of(rules: Sequence[Rule], kind: str) -> Rule:
    """Return the rule of a kind; one that says so where no class has it."""
    found = next((rule for rule in rules if rule.kept_in in {"vault", "agreement"} and rule.governs(kind)), None)
    return found or Rule("no class", kind, "vault", (kind,), "the day it was sealed with", None, "", "", "")


def files_due(home: Path, rules: Sequence[Rule], today: dt.date, kept_in: str) -> Iterator[tuple[Path, Rule]]:
    """Give files of the installation's own folders whose day has come."""
    for rule in rules:
        if rule.kept_in == kept_in and rule.days is not None:
            last = today - dt.timedelta(days=rule.days)
            for folder in rule.kinds:
                yield from ((path, rule) for path in sorted((home / folder).rglob("*")) if _changed(path) <= last)


def key_rule(rules: Sequence[Rule]) -> Rule:
    """Return the rule of pupils' keys."""
    return next(rule for rule in rules if rule.kept_in == "keys")


def _changed(path: Path) -> dt.date:
    """Return the day a file was last changed; folders are never due."""
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date() if path.is_file() else dt.date.max


def _rule(row: Mapping[str, str]) -> Rule:
    days = int(row["days"]) if row["days"] else None
    kinds = tuple(kind for kind in row["kinds"].split("|") if kind)
    return Rule(
        row["class"], row["title"], row["kept_in"], kinds, row["trigger"], days, row["basis"], row["source"],
        row["confidence"], default=days,
    )  # fmt: skip


def _overridden(rules: Mapping[str, Rule], number: int, entry: Mapping[str, Any]) -> Rule:
    rule = rules.get(str(entry.get("class")))
    days, reason = entry.get("days"), str(entry.get("reason", "")).strip()
    if rule is None:
        message = f"{FILE}: own_period {number} is for no class; classes are {', '.join(rules)}"
    elif rule.days is None:
        message = f"{FILE}: the period of {rule.id} stands in each agreement (retention_days); change it there"
    elif not isinstance(days, int) or isinstance(days, bool) or days < 1 or not reason:
        message = f"{FILE}: own_period {number} ({rule.id}) needs days, at least 1, and its reason"
    else:
        return replace(rule, days=days, reason=reason)
    raise RetentionUnfit(message)
