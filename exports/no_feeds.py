"""What the trust declares that it sends to nobody, each with its reason: `no_feeds.yaml` in the trust folder.

Belongs here: reading the declarations, and holding them against the agreements and datasets that there are, so that one
cannot outlive its truth. Does not belong here: what is sent (`exports.agreements`) or seen to go (`exports.observed`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from exports import vocabularies as words
from exports.gateways import Gateway
from exports.notice import Notice
from exports.terms import Agreement
from exports.yaml_file import Entry, Fault, Section, read_yaml
from schemas.refusal import Refusal

FILE: Final = "no_feeds.yaml"
_KEYS: Final = frozenset({"id", "title", "to", "clause", "reason", "unless", "gateways", "words"})


class NoFeedsUnreadable(Refusal):
    """A declaration of no feed is incomplete, or cites what does not exist."""

    code: ClassVar[str] = "no_feeds_unreadable"


@dataclass(frozen=True, slots=True)
class NoFeed:
    """One thing that is not sent.

    Attributes:
        to: who would receive it.
        clause: of the notice, that speaks of it or of its recipient.
        unless: what would make it a feed after all.
        gateways: paragraphs of the register that only this would rest on; empty where others rest on them too.
        words: how an agreement or dataset for it would be called.

    """

    id: str
    title: str
    to: str
    clause: str
    reason: str
    unless: str
    gateways: tuple[str, ...]
    words: tuple[str, ...]


def load_no_feeds(folder: Path, notice: Notice, gateways: Mapping[str, Gateway]) -> tuple[NoFeed, ...]:
    """Read a trust folder's declarations; a folder without the file declares nothing.

    Raises:
        NoFeedsUnreadable: naming every fault by its line.

    """
    path = folder / FILE
    if not path.is_file():
        return ()
    entry, faults = read_yaml(path.read_text(encoding="utf-8"))
    top = Section(entry, "the file", {"no_feeds"}, faults)
    found = tuple(_declared(each, notice, gateways, faults) for each in top.items("no_feeds"))
    if faults:
        listed = "; ".join(f"line {line}: {message}" for line, message in sorted(dict.fromkeys(faults)))
        message = f"{FILE} cannot be used: {listed}"
        raise NoFeedsUnreadable(message)
    return found


def untrue(declared: Sequence[NoFeed], agreements: Sequence[Agreement]) -> Iterator[str]:
    """Say where an agreement or a dataset sends what is declared to be no feed."""
    for one in declared:
        for agreement in agreements:
            cited = sorted({line.gateway for line in agreement.lines} & set(one.gateways))
            if cited:
                yield f"{one.id} is declared as no feed, but agreement {agreement.id} rests on {', '.join(cited)}"
            if _called(one, agreement.id, agreement.title):
                yield f"{one.id} is declared as no feed, but there is the agreement {agreement.id}"
        for name, meaning in words.DATASETS.items():
            if _called(one, name, meaning):
                yield f"{one.id} is declared as no feed, but there is the dataset {name}"


def _declared(entry: Entry, notice: Notice, gateways: Mapping[str, Gateway], faults: list[Fault]) -> NoFeed:
    part = Section(entry, "a declaration", _KEYS, faults)
    found = NoFeed(
        id=part.text("id"),
        title=part.text("title"),
        to=part.text("to"),
        clause=part.text("clause"),
        reason=part.text("reason"),
        unless=part.text("unless"),
        gateways=part.words("gateways") if part.has("gateways") else (),
        words=part.words("words"),
    )
    if found.clause and found.clause not in notice.clauses:
        part.fault(f"the notice (version {notice.version}) has no clause {found.clause}", "clause")
    for name in found.gateways:
        if name not in gateways:
            part.fault(f"there is no gateway {name} in the register", "gateways")
    return found


def _called(one: NoFeed, *names: str) -> bool:
    spoken = " ".join(re.sub(r"[^a-z0-9]+", " ", name.lower()) for name in names)
    return any(re.search(rf"\b{re.escape(word.lower())}\b", spoken) for word in one.words)
