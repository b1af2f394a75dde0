"""Children missing education: the messages CML (leavers) and CMJ (joiners) to a local authority, as XML.

Belongs here: the registry's entries and what a person must be told of them. That the messages exist, that they have the
versions of the transfer file and its shape, is known; not one tag of theirs has been seen. They are written in the tags
of the transfer file, every one marked low in `schemas.ctf.layout`, and their signers are told so. The comma-separated
return is the one to rely on.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exports.formats.ctf_xml import ctf_format
from exports.formats.facts import Format
from schemas.ctf.layout import PROVISIONAL, VERSIONS

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {f"cme_{number}": ctf_format(version, PROVISIONAL) for version, number in VERSIONS.items()},
)
"""One entry for each version: `cme_26` and `cme_25`."""

NOT_PROVEN: Final = (
    "no published example of the messages CML and CMJ was found: their tags are those of the transfer file. Send one "
    "as a trial, ask the authority whether their software took every element, and keep sending the comma-separated "
    "return until they say yes"
)
"""What the signers of such a file are told."""
