"""What the way to a recipient may not be: host, keys, folders, names, and what departs from the usual order of steps.

Belongs here: the rules about an agreement's `delivery`. The other rules about a whole agreement are
`exports.agreement_rules`; what a transport does with a route is `exports.transports`.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Final

from exports import vocabularies as words
from exports.drafts import Draft, TrustSchool
from exports.notice import Notice
from exports.parts import SEND_TO
from exports.sealing import ENDINGS, unfit
from exports.terms import FILENAME_PLACEHOLDERS, placeholders
from exports.yaml_file import NO_DATE, Fault
from schemas.feeds import FEEDS

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_USER: Final = re.compile(r"[A-Za-z0-9._-]+")
_KEY_REF: Final = re.compile(r"env:[A-Z][A-Z0-9_]*|file:[^\s]+")
_FINGERPRINT: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_DIRECTORY: Final = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
_FILENAME: Final = re.compile(r"[A-Za-z0-9._{}:-]+")
_TRIGGER: Final = re.compile(r"\.[a-z0-9]{1,12}")
_ED25519: Final = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
_LONGEST_LEGACY: Final = dt.timedelta(days=366)


def _route(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    route = draft.agreement.delivery
    for name, value, pattern, meaning in (
        ("host", route.host, _HOST, "a host name or address"),
        ("user", route.user, _USER, "one word"),
        ("key_ref", route.key_ref, _KEY_REF, "a reference, env:NAME or file:PATH, never the key itself"),
        ("directory", route.directory, _DIRECTORY, "an absolute folder without . or .. parts, such as /incoming"),
        ("filename", route.filename, _FILENAME, "letters, digits, . _ - and placeholders only"),
    ):
        if value and not pattern.fullmatch(value):
            yield draft.at(f"delivery.{name}"), f"the delivery's {name} must be {meaning}"
    if draft.agreement.recipient.kind == "dfe" and route.ends_as == "delivered":
        yield (
            draft.at("delivery.ends_as"),
            "a file for the Department ends as 'handed over': a person uploads it, nothing here can know more",
        )


def _host_key(text: str) -> bool:
    if _FINGERPRINT.fullmatch(text):
        return True
    kind, _, encoded = text.partition(" ")
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return kind == "ssh-ed25519" and blob.startswith(_ED25519) and len(blob) == len(_ED25519) + 32


def _filename(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    template, at = draft.agreement.delivery.filename, draft.at("delivery.filename")
    if not template:
        return
    try:
        used = placeholders(template)
        draft.agreement.delivery.remote_name(la="823", estab="1009", urn="900001", period="2026-autumn", version=1)
    except (ValueError, KeyError, IndexError, AttributeError):
        yield at, f"filename may use only {', '.join(sorted(FILENAME_PLACEHOLDERS))}, each in a pair of braces"
        return
    numbered = {"period", "version"} <= used or used & {"serial", "yy"}
    if not numbered or not ("urn" in used or {"la", "estab"} <= used):
        yield (
            at,
            "filename needs {period} and {version}, {serial} or {yy}; and {urn} or {la}{estab}: two could share a name",
        )
    if ("dest" in used) != any(SEND_TO in FEEDS[name] for name in draft.agreement.tables if name in FEEDS):
        yield at, "filename names {dest} if, and only if, the dataset makes one file for each destination"


def _host_keys(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    route = draft.agreement.delivery
    for name, value in (("host_key", route.host_key), ("next_host_key", route.next_host_key)):
        if value and not _host_key(value):
            at = draft.at(f"delivery.{name}")
            yield at, f"{name} must be 'ssh-ed25519 <base64>' or 'SHA256:<fingerprint>', complete"
    if route.next_host_key and route.next_host_key == route.host_key:
        yield draft.at("delivery.next_host_key"), "next_host_key is the host_key: leave it out once the change is made"


def _placing(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    route = draft.agreement.delivery
    if route.trigger is not None and route.trigger and not _TRIGGER.fullmatch(route.trigger):
        yield draft.at("delivery.trigger"), "trigger must be an ending such as .done: a dot, small letters and digits"
    if route.placing == "direct" and route.trigger is None:
        yield (
            draft.at("delivery.placing"),
            "a file that is not renamed needs a trigger: nothing else tells the recipient that it is whole",
        )
    if route.staging is None or not route.staging:
        return
    at = draft.at("delivery.staging")
    if route.placing == "direct":
        yield at, "a file that is written under its final name has no staging folder"
    if not _DIRECTORY.fullmatch(route.staging) or route.staging == route.directory:
        yield at, "staging must be another absolute folder of the same server, without . or .. parts"


def _legacy(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    agreement, legacy = draft.agreement, draft.agreement.delivery.legacy
    if legacy is None or NO_DATE in {legacy.until, agreement.recipient.ends, agreement.paperwork.reviewed_on}:
        return
    last = min(agreement.recipient.ends, agreement.paperwork.reviewed_on + _LONGEST_LEGACY)
    if legacy.until > last:
        yield (
            draft.at("delivery.legacy"),
            f"outdated algorithms end by {last.isoformat()}: with the agreement, and a year after its last review",
        )


def _sealed(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    """A file that is sealed says so by its name, and no other does."""
    route, at = draft.agreement.delivery, draft.at("delivery.filename")
    if route.seal is None:
        if route.filename.endswith(tuple(ending for endings in ENDINGS.values() for ending in endings)):
            yield at, "filename ends as that of a sealed file does, and the delivery names no seal"
        return
    if not (route.seal.kind and route.seal.key):
        return
    if why := unfit(route.seal):
        yield draft.at("delivery.seal"), why
    if route.filename and not route.filename.endswith(ENDINGS[route.seal.kind]):
        yield at, f"the file is sealed, so its filename ends in {' or '.join(ENDINGS[route.seal.kind])}"


def _by_hand(draft: Draft, _notice: Notice, _schools: Mapping[str, TrustSchool]) -> Iterator[Fault]:
    """The Department's two services are the Department's; what goes by mail is sealed."""
    route, kind = draft.agreement.delivery, draft.agreement.recipient.kind
    if route.by_hand is None or not kind:
        return
    channel, at = route.by_hand.channel, draft.at("delivery.by_hand")
    wanted = {"collect": "dfe", "s2s": "next_school", "la_portal": "local_authority"}.get(channel, kind)
    if kind != wanted:
        yield at, f"{channel} is no way to {words.RECIPIENT_KINDS[kind]}"
    if channel == "health_portal" and not kind.startswith("nhs_"):
        yield at, f"{channel} is no way to {words.RECIPIENT_KINDS[kind]}"
    if channel == "secure_mail" and route.seal is None:
        yield at, "a file that goes by mail is sealed to the recipient: give the delivery its seal"


ROUTE_RULES: Final = (_route, _host_keys, _placing, _legacy, _filename, _sealed, _by_hand)
