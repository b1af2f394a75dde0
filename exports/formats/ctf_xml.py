"""The Common Transfer File, versions 26.0 and 25.0: its entries in the registry of formats, and its file names.

Belongs here: what an agreement must name to be written so, the two values that the format itself supplies, and the rule
of file names. Elements and their order are `schemas.ctf.layout`; turning tables into bytes is
`exports.formats.census_xml`, which knows nothing of either; reading back is `exports.reread_ctf`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from exports.formats.census_xml import render_census
from exports.formats.facts import Format
from exports.reread_ctf import disagreements
from exports.terms import Agreement
from schemas.census.layout import Item
from schemas.census.spec import Emitted
from schemas.ctf.layout import VERSIONS, ctf_layout
from schemas.table import Frames

DOCUMENT_NAME: Final = "Common Transfer File"
SUPPLIED: Final = frozenset({"document_name", "version"})
"""Columns of the header that the format supplies: they are the same in every file of a version."""

TYPES: Final[Mapping[str, str]] = MappingProxyType({"transfer": "CTF", "cml": "CML", "cmj": "CMJ"})
"""What a file of each family is called in its name."""

_NAME: Final = re.compile(
    r"(?P<sender>[0-9]{7})_(?P<type>CTF|CML|CMJ|PHO|FSP|KS1|KS2|ULN|FSM|MTC)"
    r"_(?P<receiver>[0-9]{7}|[0-9]{3}LLLL|X{7}|M{7})_(?P<number>[0-9]{3})\.xml",
)
_CHANGES_EACH_TIME: Final = re.compile(rb"<DateTime>[^<]*</DateTime>")


def misnamed(name: str, frames: Frames, agreement: Agreement) -> Iterator[str]:
    """Yield what is wrong with a file's name: the exchange sends by name, and the header must say the same.

    Args:
        name: as it is delivered.
        frames: minimised tables of the one file.
        agreement: whose dataset is the family.

    """
    family = agreement.dataset
    found = _NAME.fullmatch(name)
    if found is None:
        yield "the file is not named <sender>_<type>_<receiver>_<three digits>.xml"
        return
    header = frames[f"{family}_header"].iloc[0]
    if found["type"] != TYPES[family]:
        yield f"a file of this kind has {TYPES[family]} in its name"
    if found["sender"] != header["la_number"] + header["estab"]:
        yield "the sender in the name is not the one in the header"
    if found["receiver"] != header["dest_la"] + header["dest_estab"]:
        yield "the receiver in the name is not the one in the header"


def filename_of(family: str) -> str:
    """Return the template that every agreement of a family has for its file names."""
    return f"{{la}}{{estab}}_{TYPES[family]}_{{dest}}_{{serial:03d}}.xml"


def ctf_format(version: str, families: frozenset[str]) -> Format:
    """Return the entry of one version."""
    return Format(
        kind="xml",
        datasets=families,
        mismatches=partial(_mismatches, version, families),
        render=partial(_render, version),
        content=_content,
        disagreements=partial(_disagreements, version),
        emitted=_emitted,
        misnamed=misnamed,
    )


def _render(version: str, frames: Frames, agreement: Agreement) -> bytes:
    return render_census(_supplied(frames, agreement.dataset, version), ctf_layout(version, agreement.dataset))


def _supplied(frames: Frames, family: str, version: str) -> Frames:
    name = f"{family}_header"
    header = frames[name].assign(document_name=DOCUMENT_NAME, version=version)
    return {**frames, name: header.astype(dict.fromkeys(sorted(SUPPLIED), header["date_time"].dtype))}


def _content(data: bytes) -> bytes:
    """Leave out when the MIS was read: what is left tells an unchanged file."""
    head, end, rest = data.partition(b"</Header>")
    return _CHANGES_EACH_TIME.sub(b"", head) + end + rest


def _disagreements(version: str, data: bytes, frames: Frames, agreement: Agreement) -> tuple[str, ...]:
    layout = ctf_layout(version, agreement.dataset)
    supplied = {"document_name": DOCUMENT_NAME, "version": version}
    return disagreements(data, frames, layout, frozenset(agreement.fields), supplied)


def _emitted(_frames: Frames) -> Emitted:
    return Emitted()


def _mismatches(version: str, families: frozenset[str], agreement: Agreement) -> Iterator[str]:
    """Yield what in an agreement could never be written in this version."""
    family = agreement.dataset
    if family not in families:
        return
    items = ctf_layout(version, family).items
    yield from _fields(version, agreement, {item.field for item in items})
    if missing := [item.field for item in items if _needed(item, agreement) and item.field not in agreement.fields]:
        yield f"a transfer file of version {version} always has {', '.join(missing)}"
    yield from _rows_without_place(agreement)
    if agreement.delivery.filename not in {"", filename_of(family)}:
        yield f"the exchange sends by file name, which is {filename_of(family)}"


def _fields(version: str, agreement: Agreement, known: set[str]) -> Iterator[str]:
    if extra := [field for field in agreement.fields if field not in known and field.startswith(agreement.dataset)]:
        yield f"version {version} of a transfer file has no place for {', '.join(extra)}"
    if changed := [line.field for line in agreement.lines if line.transform not in {"", "as_is"}]:
        yield f"a transfer file holds values as they stand: take the transform from {', '.join(changed)}"


def _needed(item: Item, agreement: Agreement) -> bool:
    always = (f"{agreement.dataset}_header", f"{agreement.dataset}_pupil")
    return item.cardinality == "1" and item.column not in SUPPLIED and item.table in {*always, *agreement.tables}


def _rows_without_place(agreement: Agreement) -> Iterator[str]:
    layout = ctf_layout(next(iter(VERSIONS)), agreement.dataset)
    for block in layout.blocks:
        above = layout.parent_of(block)
        if block.table in agreement.tables and above is not None and above.table not in agreement.tables:
            yield f"the rows of {block.table} stand inside those of {above.table}, of which the agreement names nothing"


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {f"ctf_{number}": ctf_format(version, frozenset({"transfer"})) for version, number in VERSIONS.items()},
)
"""One entry for each version: `ctf_26` and `ctf_25`."""
