"""Reading who gets the data and which papers stand behind it: the same keys in an agreement and in an observed flow.

Belongs here: the shape of the keys `recipient` and `paperwork`. Which combinations are refused is for those who read a
whole file: `exports.agreement_rules`, `exports.observed`.
"""

from typing import Final

from exports import vocabularies as words
from exports.terms import Paperwork, Recipient
from exports.yaml_file import Fault, Section

_RECIPIENT_KEYS: Final = frozenset(Recipient.__dataclass_fields__)
_PAPERWORK_KEYS: Final = frozenset(Paperwork.__dataclass_fields__)
_ENDS: Final = "ends"


def read_recipient(top: Section, faults: list[Fault], until: str = "") -> Recipient:
    """Read the recipient.

    Args:
        top: the whole file.
        faults: to be added to.
        until: key of the whole file that holds the last day; "" where the recipient's own `ends` does.

    """
    keys = _RECIPIENT_KEYS - {_ENDS} if until else _RECIPIENT_KEYS
    part = Section(top.raw("recipient"), "the recipient", keys, faults)
    return Recipient(
        id=part.text("id"),
        legal_name=part.text("legal_name"),
        number=part.text("number"),
        kind=part.choice("kind", words.RECIPIENT_KINDS),
        role=part.choice("role", words.ROLES),
        country=part.text("country"),
        clause=part.text("clause"),
        sharing_reference=part.text("sharing_reference"),
        ends=top.day(until) if until else part.day(_ENDS),
    )


def read_paperwork(top: Section, faults: list[Fault]) -> Paperwork:
    """Read the paperwork."""
    part = Section(top.raw("paperwork"), "the paperwork", _PAPERWORK_KEYS, faults)
    return Paperwork(
        reviewed_by=part.text("reviewed_by"),
        reviewed_on=part.day("reviewed_on"),
        dpia=part.text("dpia"),
        dpia_on=part.day("dpia_on"),
        article_28=part.optional("article_28"),
        policy_document=part.optional("policy_document"),
        transfer_safeguard=part.optional("transfer_safeguard"),
        parent_means=part.optional_choice("parent_means", words.PARENT_MEANS),
    )
