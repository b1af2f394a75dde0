"""An office that is asked to erase a pupil, and what somebody without the key can do with what is left.

Belongs here: what the tests of erasing share, on either database. How an office is made is `rights_desk`.
"""

import datetime as dt
import hashlib
import itertools
import re

from exports.duties import DutyState
from exports.erasure import Ruling
from ledger.disclosures import digest
from pipelines.actions import erasing, recipients
from pipelines.actions.context import Context
from tests.pipelines.front_door import EVENING
from tests.pipelines.rights_desk import ME, SIBLING, UPN

DAY = dt.timedelta(days=1)
MINE = {"pupil.surname": "Quillfeather", "pupil.dob": "2015-02-03"}
WHERE = {"joiner.surname": "Quillfeather", "joiner.postcode": "QF9 9ZZ"}
NAMES = ("Quillfeather", "Penhaligon", "Smith", "Jones", "Khan")
POSTCODES = ("QF9 9ZZ", "AB1 2CD", "ZZ99 3WZ")


def asked_to_erase(here):
    """Me and a sibling in a census, me in a return, and a request to erase me that was checked."""
    for flow in (here.trust / "observed").glob("*.yaml"):
        flow.unlink()
    here.told("dfe_autumn_census", {ME: MINE, SIBLING: MINE}, period="2026-autumn", at=EVENING - 2 * DAY)
    here.told("la_new_pupils", {ME: WHERE}, at=EVENING - DAY)
    here.number = here.asked("erasure")
    here.checked(here.number)
    here.keys = {ref: here.installation().pupils.key(ref) for ref in here.installation().pupils.by_upn(UPN)}
    return here


def officer(office):
    return Context(office.installation(), "daniel")


def decided(office, ctx, ruling=Ruling.ERASE, ground=""):
    for one in erasing.to_decide(ctx, office.number):
        erasing.decide(ctx, office.number, ruling, named=one.told.named, ground=ground, why="asked for")


def confirmed(ctx):
    for one in recipients.standing(ctx):
        for to in (DutyState.NOTIFIED, DutyState.CONFIRMED):
            recipients.move(ctx, one.duty.number, to, "by their portal", EVENING.date())


def erased(office):
    ctx = officer(office)
    decided(office, ctx)
    confirmed(ctx)
    assert erasing.erase(ctx, office.number) == 1
    return ctx


def raw(*folders):
    """Every byte of SQLite files with their logs, and of a PostgreSQL server's own files, under some folders."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [path for path in files if "sqlite" in path.name or {"base", "pg_wal"} & set(path.parts)]
    return re.sub(rb"\0{64,}", b"", b"".join(map(_bytes, kept)))  # a log is mostly empty


def _bytes(path):
    """What is in a file; nothing in one that a running server has just put away."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def ways_to_me(office):
    """What leads from me to my reference, as bytes: hashed names and the wrapped key. Only the key holder can say."""
    pupils = office.installation().pupils
    (ref,) = office.keys
    connection = pupils._database.connection
    aliases = [row[0] for row in connection.execute("SELECT hash FROM aliases WHERE ref = ?", (ref,))]
    wrapped = [row[0] for row in connection.execute("SELECT wrapped FROM pupils WHERE ref = ?", (ref,))]
    return [*aliases, *wrapped]


def guesses(line, text, ref):
    """What somebody without the key can make of a name or postcode: plain digests, and keys that are not secret."""
    said = f"{line}\x1f{text}".encode()
    yield hashlib.blake2b(said, digest_size=16).digest()
    yield hashlib.sha256(said).digest()[:16]
    yield hashlib.md5(said, usedforsecurity=False).digest()
    for known in (ref, hashlib.sha256(ref).digest(), UPN.encode(), b"waybill", bytes(32)):
        yield hashlib.blake2b(said, key=known, digest_size=16).digest()


def attacked(office, *folders, key=None):
    """Count dictionary words found in what lies in some folders: by guessing, or with the pupil's own key."""
    found, (ref,) = raw(*folders), office.keys
    words = itertools.product(("pupil.surname", "joiner.surname", "joiner.postcode"), (*NAMES, *POSTCODES))
    hits = 0
    for field, text in words:
        for agreement in ("dfe_autumn_census", "la_new_pupils"):
            line = f"{agreement}.{field}"
            tried = [digest(key, line, text)] if key else guesses(line, text, ref)
            hits += sum(guess in found for guess in tried)
    return hits
