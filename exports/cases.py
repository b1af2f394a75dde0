"""Reading cases: a YAML file becomes a `Case`, or the list of everything that is wrong with it.

Belongs here: the shape of the file, and the `Agreement` that the gate judges, made from it. Default deny, as for
agreements (`exports.agreements`): what is missing, unknown or contradictory is a fault, and all of them are listed.
Which combinations are refused is `exports.case_rules`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Final

from exports import vocabularies as words
from exports.case_rules import CaseDraft, broken_rules
from exports.case_terms import DATASET, FORMAT, KINDS, Case, CompiledCase, Informed, Request, Span, Withheld
from exports.drafts import REMEMBERED, Ground, TrustSchool
from exports.gateways import Gateway
from exports.notice import Notice
from exports.terms import Agreement, Effect, Line, Paperwork, Recipient, Route
from exports.yaml_file import Entry, Fault, Section, read_yaml
from schemas.canonical import CANONICAL
from schemas.refusal import Refusal
from schemas.table import Sensitivity

FOLDER: Final = "cases"
NAME: Final = re.compile(r"case_[a-z0-9]+(?:_[a-z0-9]+)*")

_KEYS: Final = frozenset(
    {
        "title", "asked_on", "answer_by", "schools", "pupils", "asked_by", "law", "necessity", "asked", "not_released",
        "span", "subject_informed", "withheld_from_access", "protection_considered", "decision", "signing",
        "retention_days", "fields",
    },
)  # fmt: skip
_ASKED_BY_KEYS: Final = frozenset(
    {"id", "body", "number", "clause", "kind", "officer", "rank", "authorised_by", "reference", "form", "power",
     "public_key"},
)  # fmt: skip
_LAW_KEYS: Final = frozenset({"basis", "exemption", "article_10", "policy_document"})
_GROUP_KEYS: Final = frozenset({"why", "article_9", "schedule_1", "items"})
_LONGEST: Final = 26 * 366
"""Days that a pupil's record is kept at most: an answer is not kept beyond it."""


class CaseFaulty(Refusal):
    """A case file does not compile."""

    code: ClassVar[str] = "case_faulty"


def compile_cases(
    folder: Path, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> tuple[CompiledCase, ...]:  # fmt: skip
    """Compile every case of a trust folder (`cases/*.yaml`); none when it has no such folder."""
    ground = Ground.of(notice, gateways, schools)
    return tuple(_compiled(path.read_bytes(), path.stem, ground) for path in sorted((folder / FOLDER).glob("*.yaml")))


def compile_case(
    data: bytes, name: str, notice: Notice, gateways: Mapping[str, Gateway], schools: Mapping[str, TrustSchool],
) -> CompiledCase:  # fmt: skip
    """Compile the bytes of one case; `name` is its id and stands in every fault."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        entry, faults = read_yaml(data.decode("utf-8"))
    except UnicodeDecodeError:
        return CompiledCase(name, sha256, None, (f"{name}.yaml: the file is not UTF-8 text",))
    if not NAME.fullmatch(name):
        faults.append((1, "the name of a case is case_ and small letters, digits and underscores, such as case_2026_4"))
    if entry is None:
        return CompiledCase(name, sha256, None, _sentences(name, faults))
    draft = _draft(name, sha256, entry, faults)
    faults.extend(broken_rules(draft, notice, gateways, schools))
    return CompiledCase(name, sha256, None if faults else draft.case, _sentences(name, faults))


def compiled_case(compiled: CompiledCase) -> Case:
    """Return the case, or refuse with every fault.

    Raises:
        CaseFaulty: it does not compile.

    """
    if compiled.case is None:
        message = f"{compiled.id} does not compile: {'; '.join(compiled.faults)}"
        raise CaseFaulty(message)
    return compiled.case


@lru_cache(REMEMBERED)
def _compiled(data: bytes, name: str, ground: Ground) -> CompiledCase:
    return compile_case(data, name, ground.notice, ground.gateways, ground.schools)


def _sentences(name: str, faults: list[Fault]) -> tuple[str, ...]:
    return tuple(f"{name}.yaml line {line}: {message}" for line, message in sorted(dict.fromkeys(faults)))


def _draft(name: str, sha256: str, entry: Entry, faults: list[Fault]) -> CaseDraft:
    top = Section(entry, "the case", _KEYS, faults)
    asked_by = Section(top.raw("asked_by"), "asked_by", _ASKED_BY_KEYS, faults)
    law = Section(top.raw("law"), "law", _LAW_KEYS, faults)
    request = _request(asked_by)
    lines, line_at = _lines(name, top, asked_by.text("clause"), law.text("exemption"), faults)
    agreement = _agreement(
        name, sha256=sha256, top=top, asked_by=asked_by, law=law, request=request, lines=lines,
        decision=_decision(top, law, faults),
    )  # fmt: skip
    case = Case(
        agreement=agreement,
        request=request,
        pupils=top.number("pupils", 1, 50),
        necessity=top.text("necessity"),
        asked=top.words("asked"),
        not_released=top.optional("not_released"),
        span=_span(top, faults),
        informed=_informed(top, faults),
        withheld=_withheld(top, faults),
        article_10=law.optional_choice("article_10", words.SCHEDULE_1),
    )
    case = replace(case, agreement=replace(agreement, withheld=case.withheld.reason if case.withheld else None))
    places = {key: top.at(key) for key in _KEYS}
    places |= {f"asked_by.{key}": asked_by.at(key) for key in _ASKED_BY_KEYS}
    places |= {f"law.{key}": law.at(key) for key in _LAW_KEYS}
    return CaseDraft(case, places, line_at)


def _request(part: Section) -> Request:
    return Request(
        kind=part.choice("kind", KINDS),
        officer=part.text("officer"),
        rank=part.text("rank"),
        authorised_by=part.optional("authorised_by"),
        reference=part.text("reference"),
        form=part.text("form"),
        power=part.text("power"),
        public_key=part.text("public_key"),
    )


def _agreement(  # noqa: PLR0913  the parts of one file
    name: str, *, sha256: str, top: Section, asked_by: Section, law: Section, request: Request,
    lines: tuple[Line, ...], decision: Paperwork,
) -> Agreement:  # fmt: skip
    """Return the agreement that the gate judges: it ends when the answer is due and is handed over, never sent."""
    considered = Effect("sent", top.text("protection_considered"))
    return Agreement(
        id=name,
        title=top.text("title"),
        version="1",
        starts=top.day("asked_on"),
        schools=top.words("schools"),
        recipient=Recipient(
            id=asked_by.text("id"),
            legal_name=asked_by.text("body"),
            number=asked_by.text("number"),
            kind="legal",
            role="controller",
            country="GB",
            clause=asked_by.text("clause"),
            sharing_reference=request.reference,
            ends=top.day("answer_by"),
        ),
        purpose="comply_with_law",
        purpose_clause=asked_by.text("clause"),
        basis=law.choice("basis", words.ARTICLE_6),
        cadence="",
        terms=(),
        dataset=DATASET,
        format=FORMAT,
        dialect=None,
        profile=None,
        lines=lines,
        population=(),
        protection=dict.fromkeys(words.PROTECTION, considered),
        consent_purpose=None,
        when_empty="nil",
        delivery=_handed_over(name, request.public_key),
        signing=top.words("signing", words.SIGNING_ROLES),
        retention_days=top.number("retention_days", 1, _LONGEST),
        paperwork=decision,
        sha256=sha256,
    )


def _handed_over(name: str, public_key: str) -> Route:
    """Return where the sealed bundle is laid: the installation's own folder, under the case, for a person to take."""
    return Route(
        host="handed-over",
        port=0,
        user="",
        key_ref="",
        host_key=public_key,  # pinned like any host key: another one voids what was signed
        directory=f"/{name}",
        filename="{urn}_{period}_{version:03d}.zip.age",
        read_back=True,
        ends_as="handed over",
    )


def _decision(top: Section, law: Section, faults: list[Fault]) -> Paperwork:
    part = Section(top.raw("decision"), "the decision", frozenset({"by", "on"}), faults)
    decided_on = part.day("on")
    return Paperwork(
        reviewed_by=part.text("by"),
        reviewed_on=decided_on,
        dpia="a single disclosure, decided by itself",
        dpia_on=decided_on,
        policy_document=law.optional("policy_document"),
    )


def _span(top: Section, faults: list[Fault]) -> Span | None:
    if not top.has("span"):
        return None
    part = Section(top.raw("span"), "the span", frozenset({"first", "last"}), faults)
    return Span(part.day("first"), part.day("last"))


def _informed(top: Section, faults: list[Fault]) -> Informed:
    part = Section(top.raw("subject_informed"), "subject_informed", frozenset({"told", "why"}), faults)
    return Informed(told=part.flag("told"), why=part.optional("why"))


def _withheld(top: Section, faults: list[Fault]) -> Withheld | None:
    if not top.has("withheld_from_access"):
        return None
    keys = frozenset({"reason", "review_on"})
    part = Section(top.raw("withheld_from_access"), "withheld_from_access", keys, faults)
    return Withheld(part.text("reason"), part.day("review_on"))


def _lines(
    name: str, top: Section, clause: str, exemption: str, faults: list[Fault]
) -> tuple[tuple[Line, ...], tuple[int, ...]]:
    placed: list[tuple[Line, int]] = []
    for entry in top.items("fields"):
        group = Section(entry, "a group of fields", _GROUP_KEYS, faults)
        shared = Line(
            id="",
            field="",
            output=None,
            transform="as_is",
            clause=clause,
            gateway=exemption,
            why=group.text("why"),
            sensitivity=Sensitivity.REFERENCE,
            article_9=group.optional_choice("article_9", words.ARTICLE_9),
            schedule_1=group.optional_choice("schedule_1", words.SCHEDULE_1),
        )
        for item in group.items("items"):
            field = item.value if isinstance(item.value, str) else ""
            if not field:
                faults.append((item.line, "a field of a case is written table.column and nothing else"))
            placed.append((_line(name, shared, field), item.line))
    return tuple(line for line, _ in placed), tuple(at for _, at in placed)


def _line(name: str, shared: Line, field: str) -> Line:
    table, _, column = field.partition(".")
    declared = CANONICAL.get(table)
    known = declared is not None and column in declared
    return replace(
        shared,
        id=f"{name}.{field}",
        field=field,
        sensitivity=declared[column].sensitivity if declared is not None and known else Sensitivity.PROTECTED,
    )
