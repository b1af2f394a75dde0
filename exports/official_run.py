"""A process of its own that runs the department's schema and stylesheets over one file, and then is gone.

Belongs here: what happens inside the fence. A stylesheet is a program that somebody else wrote, so this module runs
alone (`exports.official` starts it by its path): it reads what it needs, then gives up the right to open any file or
connection, to write, and to use more than its share of time and memory. It imports the standard library and lxml only.
What it prints holds lines, paths, kinds of fault and rule numbers: the words of both tools quote pupils' values and
stay inside.
"""

import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lxml import etree

CPU_SECONDS: Final = 60
MEMORY: Final = 3 * 2**30
RULE_NUMBER: Final = re.compile(r"(?:rule|error|query)?\s*([0-9]{3,5})(?:\.0+)?\s*([Qq]?)", re.IGNORECASE)
XSL: Final = "{http://www.w3.org/1999/XSL/Transform}"

_NAME: Final = re.compile(
    r"(rule|error|query|validation|check)[_-]?(no|num|number|id|code|ref|reference)?", re.IGNORECASE
)
_HEADING: Final = re.compile(r"\b(rule|error|query|validation)\b.*\b(no|num|number|id|code|ref)\b|^(rule|no|number)$")
_LINE: Final = re.compile(r"\W*(?:rule|error|query)?\W*([0-9]{3,5}[Qq]?)\b", re.IGNORECASE)
_INDEX: Final = re.compile(r"\[[0-9]+\]")


def parser() -> etree.XMLParser:
    """Return a parser without entities, document types, network or huge trees."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )


def schema_faults(schema: bytes, document: etree._Element) -> list[tuple[int, str, str]]:
    """Return line, path and kind of each thing that a schema refuses; its words quote values and are dropped."""
    # Validating a whole tree: a parser with a schema and a target of its own accepts an invalid document.
    judge = etree.XMLSchema(etree.fromstring(schema, parser()))
    if judge.validate(document):
        return []
    entries: Iterable[Any] = judge.error_log  # type: ignore[assignment]  # the stubs do not know that it is one
    return [(entry.line, _INDEX.sub("", entry.path or ""), entry.type_name) for entry in entries]


def report(stylesheet: bytes, document: etree._Element) -> tuple[dict[str, int], int]:
    """Return how often a stylesheet's report names each rule, and how many of its lines name none we can read."""
    denied = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]  # unknown to the stubs
    transform = etree.XSLT(etree.fromstring(stylesheet, parser()), access_control=denied, regexp=False)
    result = transform(document)
    root: etree._Element | None = result.getroot()
    numbers = list(_in_tree(root)) if root is not None else []
    lines = [line for line in _text(result, root) if line.strip()]
    if root is None:
        numbers = [match[1].upper() for line in lines if (match := _LINE.match(line))]
    return dict(Counter(numbers)), 0 if numbers else len(lines)


def _in_tree(root: etree._Element) -> Iterator[str]:
    """Yield the rule numbers of a report that is XML or a page with tables."""
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name.lower() == "table":
            yield from _in_table(element)
        named = {name: element.text or ""} if not len(element) else {}
        for key, value in {**named, **{etree.QName(key).localname: str(text) for key, text in element.items()}}.items():
            if _NAME.fullmatch(key) and (number := rule_number(str(value))):
                yield number


def _in_table(table: etree._Element) -> Iterator[str]:
    """Yield the rule numbers of a table's column whose heading says that it holds them."""
    rows = [_cells(row) for row in table.iter(etree.Element) if etree.QName(row).localname.lower() == "tr"]
    for place, row in enumerate(rows):
        columns = [column for column, text in enumerate(row) if _HEADING.search(text.lower())]
        if columns:
            cells = (below[columns[0]] for below in rows[place + 1 :] if len(below) > columns[0])
            yield from (number for cell in cells if (number := rule_number(cell)))
            return


def _cells(row: etree._Element) -> list[str]:
    return [" ".join("".join(cell.itertext()).split()) for cell in row]  # type: ignore[arg-type]


def _text(result: etree._XSLTResultTree, root: etree._Element | None) -> list[str]:
    texts = str(result).splitlines() if root is None else [str(text) for text in root.itertext()]
    return [text for text in texts if text.strip()]


def rule_number(text: str) -> str | None:
    """Return the number of a rule as the catalogue writes it (`1510`, `1925Q`), None for any other text."""
    match = RULE_NUMBER.fullmatch(text.strip())
    return f"{match[1]}{match[2].upper()}" if match else None


def _fence() -> None:
    """Give up what is not needed any more: files, connections, writing, and more than a share of time and memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def run(schemas: Sequence[bytes], stylesheets: Sequence[bytes], data: bytes) -> dict[str, Any]:
    """Run everything over one file."""
    document = etree.fromstring(data, parser())
    faults = [fault for schema in schemas for fault in schema_faults(schema, document)]
    counts: Counter[str] = Counter()
    unread = 0
    for stylesheet in stylesheets:
        numbers, lines = report(stylesheet, document)
        counts.update(numbers)
        unread += lines
    return {"faults": faults, "rules": counts, "unread": unread}


def main() -> None:
    """Read an order (`{"schemas": [paths], "stylesheets": [paths]}`) and a file; print what was found, or its kind."""
    order = json.loads(sys.argv[1])
    schemas, stylesheets = ([Path(name).read_bytes() for name in order[kind]] for kind in ("schemas", "stylesheets"))
    data = sys.stdin.buffer.read()
    _fence()
    try:
        answer = run(schemas, stylesheets, data)
    except (etree.LxmlError, MemoryError) as error:
        answer = {"failed": type(error).__name__}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
