"""The closed lists an agreement may choose from: anything not listed here does not compile.

Belongs here: words and what they mean. Does not belong here: how a file is read (`exports.agreements`) or which
combinations are refused (`exports.agreement_rules`). Sources: the privacy notice's clause 3 for the purposes,
UK GDPR Articles 6 and 9 and the Data Protection Act 2018 Schedule 1 for the conditions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _words(**meanings: str) -> Mapping[str, str]:
    return MappingProxyType(meanings)


PURPOSES: Final = _words(
    support_learning="support pupils' learning",
    keep_children_safe="keep children safe",
    monitor_progress="monitor and report progress",
    pastoral_care="provide pastoral care",
    assess_services="assess the quality of the trust's services",
    comply_with_law="comply with the law on sharing data",
    administration="administration and communication with families",
    legal_duty="a duty to supply that an enactment lays on the school",
)
ARTICLE_6: Final[Mapping[str, str]] = MappingProxyType(
    {
        "6(1)(a)": "consent",
        "6(1)(c)": "legal obligation",
        "6(1)(d)": "vital interests",
        "6(1)(e)": "public task",
    },
)
"""Bases a public authority may use; 6(1)(f) and 6(1)(ea) are not open to it for its own tasks."""

ARTICLE_9: Final[Mapping[str, str]] = MappingProxyType(
    {
        "9(2)(a)": "explicit consent",
        "9(2)(c)": "vital interests",
        "9(2)(f)": "legal claims and courts",
        "9(2)(g)": "substantial public interest",
        "9(2)(h)": "health or social care",
        "9(2)(i)": "public health",
        "9(2)(j)": "archiving, research and statistics",
    },
)
SCHEDULE_1: Final[Mapping[str, str]] = MappingProxyType(
    {
        "2": "health or social care purposes",
        "3": "public health",
        "4": "research",
        "6": "statutory and government purposes",
        "8": "equality of opportunity or treatment",
        "10": "preventing or detecting unlawful acts",
        "17": "counselling",
        "18": "safeguarding of children and of individuals at risk",
    },
)
PARAGRAPHS_OF: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "9(2)(g)": frozenset({"6", "8", "10", "17", "18"}),
        "9(2)(h)": frozenset({"2"}),
        "9(2)(i)": frozenset({"3"}),
        "9(2)(j)": frozenset({"4"}),
    },
)
"""Which Schedule 1 paragraphs can carry which Article 9 condition; a condition not here needs no paragraph."""

POLICY_DOCUMENT_NEEDED: Final = frozenset({"6", "8", "10", "18"})
"""Schedule 1 paragraphs that need an appropriate policy document (Schedule 1 Part 4)."""

RECIPIENT_KINDS: Final = _words(
    dfe="the Department for Education",
    local_authority="a local authority",
    next_school="the school or college a pupil moves to",
    nhs_immunisation="a school-age immunisation team",
    nhs_other="another health service",
    supplier="a supplier of educational IT",
    legal="police, a court or a tribunal",
)
UPN_RECIPIENTS: Final = frozenset({"dfe", "local_authority", "next_school"})
"""The only kinds of recipient that may be told a UPN."""

ROLES: Final = _words(
    controller="decides for itself what the data is for",
    joint_controller="decides together with the trust",
    processor="acts on the trust's instructions only",
)
CADENCES: Final = _words(
    collection="once for each collection of the calendar",
    day="every day",
    week="every week",
    month="every month",
    term="every term",
)
DATASETS: Final = _words(
    census="a school census return as at its reference date",
    roll="the pupils on roll on the day",
    joiner="the pupils whose names were entered in the admission register in the period",
    leaver="the pupils whose names are deleted from the admission register in the period",
)
FORMATS: Final = _words(census_xml="the school census XML file", csv="a comma-separated file")
FORMAT_OF_DATASET: Final[Mapping[str, str]] = MappingProxyType(
    {"census": "census_xml", "roll": "csv", "joiner": "csv", "leaver": "csv"},
)
TERMS: Final = _words(AUT="autumn", SPR="spring", SUM="summer")
TRANSFORMS: Final = _words(
    as_is="the value as it stands",
    date_iso="a date as YYYY-MM-DD",
    date_uk="a date as DD/MM/YYYY",
    yes_no="Y or N",
    nfc="the text in Unicode normal form C, otherwise as it stands",
    name_part="one part of a name in normal form C; parts sharing a column are joined by one space",
    year_number="the year group as a number: 0 for Reception, -1 and -2 for nursery, never padded",
    relationship_words="a relationship code as Mum, Dad, Guardian or other words the recipient reads",
)
POPULATIONS: Final = _words(
    whole_roll="every pupil of the dataset",
    year_groups="every pupil of the year groups named",
    main_registration="pupils whose registration here is their only or main one",
)
COURT_ORDER: Final = _words(
    contacts_withheld="the pupil's row is sent with every address and contact left empty",
    sent="sent in full, for the reason the agreement gives",
    not_in_dataset="the dataset holds no contact of a parent",
)
PARENT_MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "education-act-parent": "everyone with parental responsibility or care (Education Act 1996 s.576)",
        "parental-responsibility": "a person with parental responsibility",
    },
)
WHEN_EMPTY: Final = _words(nil="a nil return is recorded", error="having nothing to send is an error")
ENDS_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "delivered": "the recipient's own server holds the file",
        "handed over": "the trust's own upload point holds the file; a person sends it on",
    },
)
SIGNING_ROLES: Final = _words(
    data_manager="data manager",
    head="head teacher",
    dpo="data protection officer",
)
ENCODINGS: Final[Mapping[str, str]] = MappingProxyType({"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a byte order mark"})
NEWLINES: Final = _words(crlf="carriage return and line feed", lf="line feed")
QUOTING: Final = _words(minimal="only cells that need it", all="every cell")
FORMULA: Final = _words(
    neutralise="a cell a spreadsheet would run as a formula is prefixed with an apostrophe",
    raw="cells are left as they are: the recipient's software does not run them",
)
PROFILES: Final = _words(mavis="the class list of Manage vaccinations in schools")
COUNTRIES_OF_THE_UK: Final = frozenset({"GB"})
