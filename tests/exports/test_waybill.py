"""The manifest: one spelling, everything in it counts, and names that no system can misread."""

import contextlib
import datetime as dt
import json
from dataclasses import fields, replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from exports.waybill import RemoteNameRefused, Waybill, WaybillMalformed, parse, remote_name, utc_text


@pytest.fixture
def waybill(desk):
    return desk.waybill()


def test_what_was_written_reads_back_the_same(waybill):
    assert parse(waybill.canonical) == waybill
    assert parse(waybill.canonical).sha256 == waybill.sha256
    assert rfc8785.dumps(json.loads(waybill.canonical)) == waybill.canonical


OTHER = {
    "school": "149002",
    "period": "2026-10-21",
    "agreement": "other",
    "recipient": "other",
    "destination": "8234909",
    "release_version": 2,
    "supersedes": "e" * 64,
    "length": 7,
    "remote_name": "other.csv",
    "tally": None,
    "fields": ("other",),
    "notice_version": "4",
    "prepared_at": dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
    "nonce": "e" * 32,
} | dict.fromkeys(Waybill.HASHES, "e" * 64)


@pytest.mark.parametrize("name", [field.name for field in fields(Waybill)])
def test_every_member_counts_in_the_hash(desk, name):
    waybill = desk.waybill(release_version=3)
    value = replace(waybill.tally, unverified_paths=1) if name == "tally" else OTHER[name]
    assert replace(waybill, **{name: value}).sha256 != waybill.sha256


@pytest.mark.parametrize(
    "changes",
    [{name: "xyz"} for name in Waybill.HASHES]
    + [{name: "E" * 64} for name in Waybill.HASHES]
    + [{"nonce": "1"}, {"length": 0}, {"release_version": 0}, {"supersedes": "e" * 64}, {"supersedes": "x"}],
)
def test_what_could_not_be_compared_exactly_is_refused(desk, changes):
    with pytest.raises(WaybillMalformed):
        desk.waybill(**changes)


def edited(waybill, **changes):
    body = json.loads(waybill.canonical) | changes
    return rfc8785.dumps({key: value for key, value in body.items() if value != "-"})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"[]",
        lambda _: b"\xff",
        lambda waybill: waybill.canonical[:-1],
        lambda waybill: waybill.canonical + b" ",
        lambda waybill: waybill.canonical.replace(b",", b", ", 1),
        lambda waybill: edited(waybill, type="receipt"),
        lambda waybill: edited(waybill, format_version=2),
        lambda waybill: edited(waybill, extra=1),
        lambda waybill: edited(waybill, nonce="-"),
        lambda waybill: edited(waybill, tally={}),
        lambda waybill: edited(waybill, prepared_at="2026-10-20"),
    ],
)
def test_anything_but_a_canonical_waybill_is_refused(waybill, spoil):
    with pytest.raises(WaybillMalformed):
        parse(spoil(waybill))


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_flipped_bit_reads_back_as_the_same_waybill(place, bit):
    original = _WAYBILL.canonical
    data = bytearray(original)
    data[place % len(data)] ^= 1 << bit
    with contextlib.suppress(WaybillMalformed, RemoteNameRefused):
        assert parse(bytes(data)).sha256 != _WAYBILL.sha256


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(WaybillMalformed):
        utc_text(dt.datetime(2026, 10, 20, 9, 0))  # noqa: DTZ001
    summer = dt.timezone(dt.timedelta(hours=1))
    assert utc_text(dt.datetime(2026, 10, 20, 10, 0, tzinfo=summer)) == "2026-10-20T09:00:00Z"


@pytest.mark.parametrize(
    "name", ["a", "8731234_SC_2026-autumn_001.xml", "149001_classlist_2026-10-20_001.csv", "a.b.c.d", "9"]
)
def test_names_every_system_can_hold_are_kept(name):
    assert remote_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../a", "a/b", "a\\b", "/a", "-a", ".a", "a.", "a..b", "a b", "a\x00b", "a\nb", "a\n", "é",
        "CON", "con.txt", "nul.csv", "LPT1.xml", "com9", "a" * 101, "a.b.c.d.e", "a:b", "a*b", "~a", "%2e",
        "a\u202eb", "\uff41",
    ],
)  # fmt: skip
def test_names_that_could_be_misread_are_refused_and_not_repeated(name):
    with pytest.raises(RemoteNameRefused) as caught:
        remote_name(name)
    assert len(name) < 4 or name not in str(caught.value)


@given(st.text(max_size=30))
def test_whatever_is_accepted_stays_inside_one_directory(name):
    try:
        kept = remote_name(name)
    except RemoteNameRefused:
        return
    assert kept.isascii()
    assert not set(kept) & set('/\\:*?"<>| \0\n~%')
    assert kept[0] not in ".-"
    assert ".." not in kept


def _waybill() -> Waybill:
    from tests.exports.desk import Desk  # noqa: PLC0415

    class Register:
        sha256 = "a" * 64

    return Desk(None, Register()).waybill()


_WAYBILL = _waybill()
