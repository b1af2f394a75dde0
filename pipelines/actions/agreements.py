"""Agreements: reading them before anything is sent under them. Needs no keys and no ledger.

Belongs here: the verbs `agreements check | show | diff | new`: which files are meant, and what a person is told of
them. Compiling is `exports.agreements`, comparing `exports.agreement_changes`, blanks `exports.agreement_templates`.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exports.agreement_changes import Comparison, compare
from exports.agreement_templates import template
from exports.agreements import compile_folder, compile_text
from exports.gateways import Gateway, load_gateways
from exports.terms import Agreement, Compiled, Line
from pipelines.trust import Trust, load_trust
from schemas.refusal import Refusal

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "trusts" / "demo"
"""The demonstration's trust folder: one working agreement for each kind of file, from which templates are made."""


class NoSuchAgreement(Refusal):
    """There is no agreement, or no template, of the name that was given."""

    code = "no_such_agreement"


class DoesNotCompile(Refusal):
    """An agreement that was to be shown or compared does not compile."""

    code = "does_not_compile"


@dataclass(frozen=True, slots=True)
class Ground:
    """Fields that leave for one reason, under one clause and one law.

    Attributes:
        lines: with the same clause, gateway, condition and reason.
        clause: the clause's text.
        gateway: the paragraph of the register that opens the way.
        in_force: whether the gateway is in force on the day asked.

    """

    lines: tuple[Line, ...]
    clause: str
    gateway: Gateway
    in_force: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One agreement as a data protection officer reads it.

    Attributes:
        schools: name of each school it covers, by URN.
        recipient_clause: text of the clause that names the recipient, and `purpose_clause` of the one of the purpose.
        notice: version of the notice in force.
        in_force: whether it holds on the day asked, and `days_left` for how many more days.

    """

    agreement: Agreement
    schools: dict[str, str]
    recipient_clause: str
    purpose_clause: str
    notice: str
    in_force: bool
    days_left: int
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template, and what else there is: `others` for recipients of the same kind, each with its title."""

    name: str
    text: str
    others: dict[str, str]


def check(trust: Trust, folder: Path | None = None) -> tuple[Compiled, ...]:
    """Compile the trust's agreements, or those of another folder against the trust's schools and notice."""
    if folder is None:
        return trust.agreements
    return compile_folder(folder, trust.notice, load_gateways(), trust.schools)


def show(trust: Trust, name: str | Path, today: dt.date) -> Page:
    """Return the page of one agreement.

    Args:
        trust: the trust folder.
        name: the agreement's id; a path for a file, which no page may name.
        today: the day for which "in force" is answered.

    Raises:
        NoSuchAgreement, DoesNotCompile: it cannot be shown.

    """
    agreement = _agreement(trust, name)
    clauses, ends = trust.notice.clauses, agreement.recipient.ends
    return Page(
        agreement=agreement,
        schools={urn: trust.schools[urn].name for urn in agreement.schools},
        recipient_clause=clauses[agreement.recipient.clause],
        purpose_clause=clauses[agreement.purpose_clause],
        notice=trust.notice.version,
        in_force=agreement.in_force(today),
        days_left=max((ends - today).days, 0),
        grounds=tuple(_grounds(trust, agreement, today)),
    )


def diff(trust: Trust, old: str | Path, new: str | Path) -> Comparison:
    """Compare two agreements, each named as in `show`. Raises NoSuchAgreement, DoesNotCompile."""
    return compare(_agreement(trust, old), _agreement(trust, new))


def proposed(trust: Trust, name: str, text: str) -> Comparison:
    """Compare an agreement of the trust with a text that is to replace it; nothing is kept of the text.

    Raises NoSuchAgreement, DoesNotCompile.
    """
    entry = compile_text(text.encode(), name, trust.notice, load_gateways(), trust.schools)
    if entry.agreement is None:
        message = f"the text does not compile: {'; '.join(entry.faults)}"
        raise DoesNotCompile(message)
    return compare(_agreement(trust, name), entry.agreement)


def new(kind: str) -> Template:
    """Return a template: of an example's id, of a kind of recipient, or of a dataset.

    Raises:
        NoSuchAgreement: nothing of that name; the message lists what there is.

    """
    examples = {each.id: each.agreement for each in load_trust(EXAMPLES).agreements if each.agreement is not None}
    fitting = {name: each for name, each in examples.items() if kind in {name, each.recipient.kind, each.dataset}}
    if not fitting:
        kinds = sorted({each.recipient.kind for each in examples.values()})
        message = f"there is no template {kind!r}. Name a kind of recipient ({', '.join(kinds)}) or one of these: "
        raise NoSuchAgreement(message + ", ".join(sorted(examples)))
    name = kind if kind in fitting else min(fitting)
    file = EXAMPLES / "agreements" / f"{name}.yaml"
    others = {each: fitting[each].title for each in sorted(fitting) if each != name}
    return Template(name, template(file.read_text(encoding="utf-8")), others)


def _agreement(trust: Trust, name: str | Path) -> Agreement:
    """Return the agreement of an id of the trust, or of a file anywhere: a text is an id and never opens a file."""
    entry = _of_file(trust, name) if isinstance(name, Path) else _of_id(trust, name)
    if entry.agreement is None:
        faults = "; ".join(entry.faults)
        message = f"{entry.id} does not compile, so nothing can leave under it: {faults}"
        raise DoesNotCompile(message)
    return entry.agreement


def _of_id(trust: Trust, name: str) -> Compiled:
    for each in trust.agreements:
        if each.id == name:
            return each
    message = f"{trust.name} has no agreement {name!r}. Its agreements are {_known(trust)}."
    raise NoSuchAgreement(message)


def _of_file(trust: Trust, file: Path) -> Compiled:
    if not file.is_file():
        missing = f"{trust.name} has no agreement {str(file)!r}, and there is no such file."
        message = f"{missing} Its agreements are {_known(trust)}."
        raise NoSuchAgreement(message)
    return compile_text(file.read_bytes(), file.stem, trust.notice, load_gateways(), trust.schools)


def _grounds(trust: Trust, agreement: Agreement, today: dt.date) -> Iterable[Ground]:
    register = load_gateways()
    groups: dict[tuple[str | None, ...], list[Line]] = {}
    for line in agreement.lines:
        groups.setdefault((line.clause, line.gateway, line.article_9, line.schedule_1, line.why), []).append(line)
    for lines in groups.values():
        gateway = register[lines[0].gateway]
        yield Ground(tuple(lines), trust.notice.clauses[lines[0].clause], gateway, gateway.in_force(today))


def _known(trust: Trust) -> str:
    return ", ".join(each.id for each in trust.agreements)
