"""The closed lists an agreement may choose from: anything not listed here does not compile.

Belongs here: words and what they mean. Does not belong here: how a file is read (`exports.agreements`) or which
combinations are refused (`exports.agreement_rules`). Sources: the privacy notice's clause 3 for the purposes,
UK GDPR Articles 6 and 9 and the Data Protection Act 2018 Schedule 1 for the conditions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.feeds import DATASETS as FEED_DATASETS


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
DATASETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "census": "a school census return as at its reference date",
        **{name: dataset.meaning for name, dataset in FEED_DATASETS.items()},
    },
)
FORMATS: Final = _words(
    census_xml="the school census XML file",
    cme_25="a children missing education message to an authority (CML, CMJ), version 25.0, tags confirmed by nobody",
    cme_26="a children missing education message to an authority (CML, CMJ), version 26.0, tags confirmed by nobody",
    csv="a comma-separated file",
    ctf_25="the Common Transfer File, version 25.0",
    ctf_26="the Common Transfer File, version 26.0",
    oneroster="a OneRoster 1.2 zip",
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
    ages="every pupil of the ages named, in whole years on the day",
    subjects="of a roster: classes of the subjects named, as the MIS names them, and the pupils in one",
    main_registration="pupils whose registration here is their only or main one",
    compulsory_school_age="pupils of compulsory school age on the day (Education Act 1996 s.8)",
    looked_after="pupils looked after by a local authority on the day",
    social_worker="pupils with a social worker on the day",
    consented="pupils for whom the agreement's consent_purpose was consented to, and not withdrawn",
)
PROTECTION: Final = _words(
    safe_address="where the pupil lives must not become known",
    court_order="a court order limits what a parent or other person may know",
    restriction="the pupil's data are restricted (UK GDPR Article 18)",
    objection="the family objects to the sharing (UK GDPR Article 21)",
)
EFFECTS: Final = _words(
    held="the file waits until the safeguarding lead has recorded a decision for the pupil and this agreement",
    contacts_withheld="the pupil's row is sent with every address and contact left empty",
    row_withheld="the pupil is left out of the file",
    sent="sent in full, for the reason the agreement gives",
    not_in_dataset="the file holds no address and no contact",
)
"""What becomes of a protected pupil; an agreement says it for every kind of protection, and nothing has a default."""
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
CHANNELS: Final = _words(
    collect="the Department's COLLECT",
    s2s="the Department's school to school service",
    la_portal="a local authority's portal",
    health_portal="a health team's portal",
    secure_mail="encrypted mail",
)
"""Ways on which a person does the sending."""
SEALS: Final = _words(age="age, to an X25519 public key", openpgp="OpenPGP, to a certificate")
PLACING: Final = _words(
    renamed="written under a temporary name and renamed when every byte is known to be there",
    direct="written under its final name, for a recipient who forbids renaming and waits for the trigger file",
)
LEGACY_ALGORITHMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aes128-cbc": "cipher",
        "aes192-cbc": "cipher",
        "aes256-cbc": "cipher",
        "hmac-sha1": "message authentication",
    },
)
"""Outdated algorithms that an agreement may opt in to; key exchange and host keys have none, nor has MD5 or 3DES."""
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
PROFILES: Final = _words(
    mavis="the class list of Manage vaccinations in schools",
    mavis_cohort="the child records (cohort list) of Manage vaccinations in schools",
    ncmp="the class list for the National Child Measurement Programme",
    school_nursing="the list of a school nursing team",
    vision="the first list for vision screening in Reception",
    dental="the first list for a dental survey",
    immunisation="the list of an immunisation team that has other software",
    oneroster="what no OneRoster package can hold, told pupil by pupil before it is sent",
    fsm_check="the batch check of eligibility for free school meals",
    pupil_return="a return of single pupils to an authority: what it cannot do without, and what is late",
    ctf="what a school's import of a transfer file would refuse, or what would go where nobody looks",
    cme="the same of a children missing education message",
)
WHOLE_YEAR_PROFILES: Final = frozenset(
    {"mavis", "mavis_cohort", "ncmp", "school_nursing", "vision", "dental", "immunisation"},
)
"""Profiles of lists that are whole or not sent: their readers take who is not listed for one who has moved away."""
POSTCODE_FORCED: Final = frozenset({"mavis_cohort"})
"""Profiles of files in which no row goes without a postcode; only there is a withheld one said to be not known."""
COUNTRIES_OF_THE_UK: Final = frozenset({"GB"})
