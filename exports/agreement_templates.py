"""A template of an agreement: a working one of the same kind in which everything that is the trust's own is a blank.

Belongs here: which values are blanks, and what each asks for. The working ones are the demonstration trust's, so a
template has the fields, gateways, reasons, format and protection that a file of its kind needs. An agreement with a
blank left does not compile (`exports.yaml_file`); fields the trust does not send, its author strikes out.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exports.yaml_file import BLANK

BLANKS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "": MappingProxyType(
            {
                "starts": "first day the agreement holds, as YYYY-MM-DD",
                "schools": "URN of each school it covers, in quotes, with commas between",
                "purpose_clause": "number of the notice's clause that tells families of the purpose",
                "consent_purpose": "the word under which families' consents are recorded",
            },
        ),
        "recipient": MappingProxyType(
            {
                "id": "a short name for the recipient: small letters, digits, underscores",
                "legal_name": "the one body that receives, as its contract or register has it",
                "number": "its register number: LA number, ODS code, UKPRN or company number",
                "country": "two-letter code of the country the data goes to, such as GB",
                "clause": "number of the notice's clause that names this recipient",
                "sharing_reference": "reference of the signed sharing agreement",
                "ends": "last day of the sharing agreement, as YYYY-MM-DD",
            },
        ),
        "delivery": MappingProxyType(
            {
                "host": "host name of the recipient's server",
                "port": "port of the server, usually 22",
                "user": "the account the recipient gave the trust",
                "key_ref": "reference of the private key, env:NAME or file:NAME; never the key",
                "host_key": "the server's host key, compared by telephone: ssh-ed25519 ... or SHA256:...",
                "directory": "folder on the server, from /",
            },
        ),
        "paperwork": MappingProxyType(
            {
                "reviewed_by": "name and office of who read the whole agreement",
                "reviewed_on": "day of that reading, as YYYY-MM-DD",
                "dpia": "reference of the data protection impact assessment",
                "dpia_on": "its date, as YYYY-MM-DD",
                "article_28": "reference of the processor's contract",
                "policy_document": "reference of the appropriate policy document",
                "transfer_safeguard": "what protects the data abroad, with its reference",
            },
        ),
        "fields": MappingProxyType(
            {
                "clause": "number of the notice's clause that tells families of these fields",
            },
        ),
    },
)
"""What a trust fills in, by section of the file and key."""

_KEY: Final = re.compile(r"^(?P<indent> *(?:- )?)(?P<key>[a-z_0-9]+):(?P<rest>.*)$")
_BLOCK: Final = re.compile(r"\s*(?:[|>][+-]?\d?)?\s*")


def template(text: str) -> str:
    """Turn a working agreement into a template: each value of `BLANKS` becomes a blank that says what it asks for.

    Args:
        text: a YAML agreement in the style of the demonstration's: a key to a line, sections indented.

    """
    section = ""
    lines = []
    for line in text.splitlines():
        found = _KEY.match(line)
        if found and not found["indent"]:
            section = found["key"] if _BLOCK.fullmatch(found["rest"]) else ""
        lines.append(_blanked(found, section) if found else line)
    return "\n".join(lines) + "\n"


def _blanked(found: re.Match[str], section: str) -> str:
    asked = BLANKS.get(section, {}).get(found["key"])
    if asked is None or not found["rest"].strip():
        return found[0]
    blank = f'"{BLANK} {asked}"'
    return f"{found['indent']}{found['key']}: {f'[{blank}]' if found['rest'].lstrip().startswith('[') else blank}"
