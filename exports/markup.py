"""Bytes of somebody else's XML file to a tree of elements that is safe to walk.

Belongs here: encodings, the document type that is never accepted, limits, and the bytes of a tree in the form that the
strict re-reader takes. Which elements a census has is `exports.census_file`. Messages name a file, a line and what to
do; never what stands there.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, cast

from lxml import etree

from exports.reread import LARGEST, safe_parser
from schemas.refusal import Refusal

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""

UTF_8: Final = "utf-8"
_PIECE: Final = 2**20
_BOMS: Final = ((codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NAMED: Final = {"utf-8": UTF_8, "utf8": UTF_8, "us-ascii": UTF_8, "ascii": UTF_8} | dict.fromkeys(
    ("windows-1252", "cp1252", "iso-8859-1", "latin-1", "latin1"), "cp1252"
)
"""Encodings by the name a declaration gives them; what calls itself ISO 8859-1 is Windows-1252 wherever they differ."""
_DECLARATION: Final = re.compile(r"<\?xml\s[^>]*?\?>")
_ENCODING: Final = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_WRITTEN: Final = {"'": "\ue000", '"': "\ue001", "\r": "\ue002"}
"""Characters of a value that the strict re-reader wants escaped, and what stands for them while a tree is written."""
_ESCAPED: Final = {"\ue000": "&apos;", "\ue001": "&quot;", "\ue002": "&#13;"}


class CensusFileUnfit(Refusal):
    """A file cannot be read as a school census, or not be used for what was asked."""

    code: ClassVar[str] = "census_file_unfit"


@dataclass(frozen=True)
class Markup:
    """A file that was parsed.

    Attributes:
        root: the root element, without comments' text; `exports.census_file` walks it.
        encoding: how the bytes were written.

    """

    root: etree._Element
    encoding: str


def nothing(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""


def parsed(data: bytes, label: str, progress: Progress = nothing) -> Markup:
    """Parse a file of any encoding that a MIS writes.

    Args:
        data: the whole file.
        label: what to call it in a message.
        progress: told of every megabyte.

    Raises:
        CensusFileUnfit: too large, another encoding, a document type, or not well formed; with the line.

    """
    text, encoding = _decoded(data, label)
    if (place := text.find("<!DOCTYPE")) >= 0:
        raise _unfit(label, text.count("\n", 0, place) + 1, "has a document type, which a census file never has")
    content = _DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text
    lines_cut = text[: len(text) - len(content)].count("\n")
    return Markup(_tree(("\n" * lines_cut + content).encode(), label, progress), encoding)


def line_of(element: etree._Element) -> int:
    """The line of the file that an element begins in; 0 when it is not known."""
    return cast("int | None", element.sourceline) or 0


def with_attributes(root: etree._Element) -> list[etree._Element]:
    """Every element that has an attribute."""
    found: list[etree._Element] = root.xpath("//*[@*]")  # type: ignore[assignment]  # an XPath may give anything
    return found


def strict_form(markup: Markup, plain: Callable[[str, str], str]) -> bytes:
    """Return the tree as the strict re-reader takes it: UTF-8, values escaped, no space between elements.

    Everything else that the file holds, such as an attribute or a comment, is still there for that reader to refuse.

    Args:
        markup: a file that was parsed; its tree is changed.
        plain: for an element's path and text, the text in the one spelling that the re-reader knows.

    """
    _spell(markup.root, str(markup.root.tag), plain)
    markup.root.tail = None
    written = etree.tostring(markup.root, encoding="unicode")
    for stand_in, escape in _ESCAPED.items():
        written = written.replace(stand_in, escape)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written.encode() + b"\n"


def _spell(element: etree._Element, path: str, plain: Callable[[str, str], str]) -> None:
    if isinstance(element.tag, str) and element.text is not None:
        element.text = _value(plain(path, element.text))
    element.tail = _value(element.tail)
    for child in element:
        _spell(child, f"{path}/{child.tag}", plain)


def _value(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    for character, stand_in in _WRITTEN.items():
        text = text.replace(character, stand_in)
    return text


def _decoded(data: bytes, label: str) -> tuple[str, str]:
    if len(data) > 2 * LARGEST:
        raise CensusFileUnfit(_too_large(label))
    encoding, content = _encoding(data, label)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count("\n".encode(encoding)) + 1
        named = encoding
    else:
        if len(text) > LARGEST:
            raise CensusFileUnfit(_too_large(label))
        if not _ESCAPED.keys().isdisjoint(text):
            place = min(text.index(each) for each in _ESCAPED if each in text)
            raise _unfit(label, text.count("\n", 0, place) + 1, "has a private-use character, which nobody can read")
        return text, encoding
    raise _unfit(label, line, f"has bytes that are not {named}; export it again, or declare the encoding it is in")


def _too_large(label: str) -> str:
    return f"{label} is larger than {LARGEST // 2**20} MiB, six times the largest school; nothing was read"


def _encoding(data: bytes, label: str) -> tuple[str, bytes]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    if data[:2] in (b"<\x00", b"\x00<"):
        return ("utf-16-le" if data[:1] == b"<" else "utf-16-be"), data
    declared = _ENCODING.search(data[:200].decode("ascii", "replace").partition("?>")[0])
    name = declared.group(1).lower() if declared else UTF_8
    if name not in _NAMED:
        raise _unfit(label, 1, "declares an encoding that is not UTF-8, UTF-16 or Windows-1252; export it as UTF-8")
    return _NAMED[name], data


def _tree(data: bytes, label: str, progress: Progress) -> etree._Element:
    parser = safe_parser()
    try:
        for start in range(0, len(data), _PIECE):
            parser.feed(data[start : start + _PIECE])
            progress("reading", min(start + _PIECE, len(data)), len(data))
        return parser.close()
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
    raise _unfit(label, line, "is not well-formed XML there, or nested too deeply; export it again")


def _unfit(label: str, line: int, what: str) -> CensusFileUnfit:
    return CensusFileUnfit(f"{label}, line {line}: the file {what}. Nothing was changed")
