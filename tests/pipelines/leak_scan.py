"""Look for planted values in everything that a run wrote, however it is wrapped.

Files are read raw, page by page as it were, so a deleted row or a write-ahead log hides nothing; a SQLite database is
read once more through SQLite, which puts together what lies across pages. What a piece of data may hold in another
form (compressed, base64, hex, UTF-16, escaped) is unwrapped and looked through in turn.
"""

import base64
import binascii
import hashlib
import io
import json
import re
import shutil
import sqlite3
import struct
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

DEPTH = 3
SHORTEST = 6
_PREFIX = 6
_LONG = 400
_LONGEST_FRACTION = 20
_HASH_BITS = 22
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MASK = np.uint64((1 << (8 * _PREFIX)) - 1)

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}(?:(?:\r?\n|\\n)[A-Za-z0-9+/_-]{4,})*")
_FRACTION = re.compile(rb"\d\.\d*\Z")  # a duration has the digits of any number sooner or later
_BREAK = re.compile(rb"\r?\n|\\n")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){6,}")
_WIDE_LITTLE = re.compile(rb"(?:[\x20-\x7e]\x00){6,}")
_WIDE_BIG = re.compile(rb"(?:\x00[\x20-\x7e]){6,}")
_ESCAPED = re.compile(rb"\\+u([0-9a-fA-F]{4})|\\+x([0-9a-fA-F]{2})|\\+([/\"'])")
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_GZIP = re.compile(rb"\x1f\x8b\x08")
_MEMBER = re.compile(rb"PK\x03\x04")


class Needles:
    """The planted values, looked for all at once, in either case and in UTF-8 and both UTF-16."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = [(value, form) for value in values for form in (value, value.upper(), value.lower())]
        self._values = {
            form.encode(encoding).lower(): value
            for value, form in forms
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        }
        if short := [value for value in self._values if len(value) < SHORTEST]:
            message = f"{len(short)} planted values are too short to be told from chance"
            raise ValueError(message)
        self._lengths: dict[int, set[int]] = {}
        for value in self._values:
            self._lengths.setdefault(int.from_bytes(value[:_PREFIX], "little"), set()).add(len(value))
        self._prefixes = np.array(sorted(self._lengths), dtype=np.uint64)
        self._likely = np.zeros(1 << _HASH_BITS, dtype=bool)
        self._likely[_hashed(self._prefixes)] = True

    def within(self, data: bytes) -> set[str]:
        """Return the values that stand in the data as they are."""
        if len(data) < SHORTEST:
            return set()
        lowered = data.lower()
        padded = lowered + bytes(16)
        return {
            self._values[value]
            for offset in range(8)
            for place in self._places(padded, offset)
            for length in self._lengths[int.from_bytes(padded[place : place + _PREFIX], "little")]
            if (value := lowered[place : place + length]) in self._values
            and not (value.isdigit() and _FRACTION.search(lowered, max(place - _LONGEST_FRACTION, 0), place))
        }

    def _places(self, padded: bytes, offset: int) -> list[int]:
        words = np.frombuffer(padded, dtype="<u8", offset=offset, count=(len(padded) - offset) // 8) & _MASK
        likely = np.flatnonzero(self._likely[_hashed(words)])
        nearest = np.searchsorted(self._prefixes, words[likely])
        sure = likely[self._prefixes[np.minimum(nearest, len(self._prefixes) - 1)] == words[likely]]
        return [offset + 8 * int(n) for n in sure]


def _hashed(words: "np.ndarray[Any, np.dtype[np.uint64]]") -> "np.ndarray[Any, np.dtype[np.uint64]]":
    return (words * _ODD) >> np.uint64(64 - _HASH_BITS)


class Scan:
    """One search; what was looked through once is not looked through again."""

    def __init__(self, values: Iterable[str]) -> None:
        self._needles = Needles(values)
        self._known: dict[tuple[bytes, int], frozenset[str]] = {}

    def leaks(self, root: Path, exclude: Iterable[Path] = ()) -> dict[str, frozenset[str]]:
        """Return the planted values found below a folder, or in a file, by path."""
        skipped = [path.resolve() for path in exclude]
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        chosen = (f for f in files if not any(f.resolve().is_relative_to(path) for path in skipped))
        found = {str(file): self.in_file(file) for file in chosen}
        return {path: values for path, values in found.items() if values}

    def in_file(self, file: Path) -> frozenset[str]:
        """Return the planted values in one file, its name included."""
        data = file.read_bytes()
        parts = [data, file.name.encode()]
        if data.startswith(b"SQLite format 3\x00"):
            cells = list(_cells(file))
            parts += [cell for cell in cells if len(cell) >= _LONG]
            parts.append(b"\x00".join(cell for cell in cells if len(cell) < _LONG))
        return frozenset[str]().union(*map(self.in_bytes, parts))

    def in_bytes(self, data: bytes, depth: int = DEPTH) -> frozenset[str]:
        """Return the planted values in some bytes, as they are or wrapped up to `depth` times."""
        key = hashlib.blake2b(data, digest_size=16).digest(), depth
        if key not in self._known:
            found = {value for text in _as_text(data) for value in self._needles.within(text)}
            inner = (self.in_bytes(form, depth - 1) for form in _forms(data)) if depth else ()
            self._known[key] = frozenset(found).union(*inner)
        return self._known[key]


def _as_text(data: bytes) -> Iterator[bytes]:
    """Yield the data as it is and with its escapes undone."""
    yield data
    if _ESCAPED.search(data):
        yield _unescaped(data)
    if _PERCENT.search(data):
        yield urllib.parse.unquote_to_bytes(data)


def _forms(data: bytes) -> Iterator[bytes]:
    """Yield what the data holds in another form; texts that were unwrapped in the same way come as one."""
    for pieces in (_wide(data), _base64(data), _hex(data)):
        joined = b"\x00\x00".join(pieces)
        if joined:
            yield joined
    yield from _compressed(data)


def _wide(data: bytes) -> Iterator[bytes]:
    for pattern, first in ((_WIDE_LITTLE, 0), (_WIDE_BIG, 1)):
        for match in pattern.finditer(data):
            yield match.group()[first::2]


def _base64(data: bytes) -> Iterator[bytes]:
    """Decode every run that may be base64, from each of the four places at which it may begin."""
    for match in _BASE64.finditer(data):
        run = _BREAK.sub(b"", match.group()).replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            whole = run[start : start + (len(run) - start) // 4 * 4]
            rest = run[start + len(whole) :]
            tail = rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
            yield binascii.a2b_base64(whole + tail)


def _hex(data: bytes) -> Iterator[bytes]:
    for match in _HEX.finditer(data):
        run = match.group()
        yield binascii.unhexlify(run)
        yield binascii.unhexlify(run[1:-1])


def _unescaped(data: bytes) -> bytes:
    """Undo the escapes of JSON and of Python's repr, however often they were doubled."""

    def plain(match: re.Match[bytes]) -> bytes:
        wide, narrow, kept = match.groups()
        return kept or chr(int(wide or narrow, 16)).encode("utf-8", "surrogatepass")

    return _ESCAPED.sub(plain, data)


def _compressed(data: bytes) -> Iterator[bytes]:
    for match in _ZLIB.finditer(data):
        yield from _inflated(data, match.start(), zlib.MAX_WBITS)
    for match in _GZIP.finditer(data):
        yield from _inflated(data, match.start(), 16 + zlib.MAX_WBITS)
    for match in _MEMBER.finditer(data):
        head = data[match.start() : match.start() + 30]
        if len(head) == 30:
            name, extra = struct.unpack("<HH", head[26:30])
            yield from _inflated(data, match.start() + 30 + name + extra, -zlib.MAX_WBITS)


def _inflated(data: bytes, begin: int, window: int) -> Iterator[bytes]:
    """Yield what can be inflated, even of a stream that is cut short."""
    machine, parts = zlib.decompressobj(window), []
    try:
        for start in range(begin, len(data), 512):
            parts.append(machine.decompress(data[start : start + 512]))
            if machine.eof:
                break
    except zlib.error:
        pass
    text = b"".join(parts)
    if len(text) >= SHORTEST:
        yield text


def _cells(file: Path) -> Iterator[bytes]:
    """Yield every text and blob of a database, its write-ahead log included; a copy is read, so nothing changes."""
    with tempfile.TemporaryDirectory() as folder:
        for sibling in file.parent.glob(f"{file.name}*"):
            shutil.copy(sibling, folder)
        connection = sqlite3.connect(Path(folder) / file.name)
        connection.text_factory = bytes
        try:
            tables = [
                name.decode() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            for table in tables:
                for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  names from the file itself
                    yield from (cell for cell in row if isinstance(cell, bytes))
        finally:
            connection.close()


def wrappings() -> dict[str, Callable[[str], bytes]]:
    """Return ways to wrap a value, by name: each must be found again."""
    return {
        "plain": lambda v: b"x" + v.encode() + b"y",
        "upper case": lambda v: v.upper().encode(),
        "utf-16": lambda v: v.encode("utf-16"),
        "utf-16 big endian": lambda v: b"q" + v.encode("utf-16-be"),
        "json": lambda v: json.dumps({"k": v}).encode(),
        "json in json": lambda v: json.dumps(json.dumps([v])).encode(),
        "python repr": lambda v: ascii([v]).encode(),
        "hex": lambda v: b"0x" + v.encode().hex().encode() + b"0",
        "hex, upper case": lambda v: v.encode().hex().upper().encode(),
        "base64": lambda v: base64.b64encode(v.encode()),
        "base64 within a word": lambda v: b"data/abc" + base64.b64encode(b"zz" + v.encode() + b"zz"),
        "base64 for addresses": lambda v: base64.urlsafe_b64encode(b"\xff\xfe\xfd" + v.encode()),
        "base64 in lines": lambda v: base64.encodebytes(b"." * 50 + v.encode() + b"." * 50),
        "percent": lambda v: urllib.parse.quote("/?" + v + "#").encode(),
        "zlib": lambda v: b"head" + zlib.compress(b"." * 9 + v.encode()) + b"tail",
        "zlib, not compressed": lambda v: zlib.compress(v.encode(), 0),
        "gzip": lambda v: zlib.compress(v.encode(), wbits=31),
        "base64 of zlib of utf-16": lambda v: base64.b64encode(zlib.compress(v.encode("utf-16-le"))),
        "zlib of json of base64": lambda v: zlib.compress(json.dumps(base64.b64encode(v.encode()).decode()).encode()),
        "hex of zlib": lambda v: zlib.compress(v.encode()).hex().encode(),
        "zip": _zipped,
        "zip in zlib": lambda v: zlib.compress(_zipped(v)),
    }


def _zipped(value: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member.txt", "." * 40 + value)
    return packed.getvalue()
