"""What an XSD declares: every leaf element's path, and the codes that are enumerated for it.

Belongs here: walking a schema that stands in one file. Running it over a return is `exports.official_run`. Includes,
imports and redefinitions are refused, since they would have to be fetched; recursion stops at the depth of no return.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST: Final = 24
_MOST: Final = 20_000
_GLOBALS: Final = ("element", "complexType", "simpleType", "group")


class SchemaUnfitError(ValueError):
    """The schema cannot be walked; the message says why, for the person who imports it."""


@dataclass(frozen=True)
class Declared:
    """Leaf paths of a schema with their enumerated codes; no codes where any value of the type will do."""

    leaves: Mapping[str, frozenset[str]]


def declared(schema: etree._Element) -> Declared:
    """Walk a schema from each of its global elements.

    Raises:
        SchemaUnfitError: it is no schema, needs other files, or has more elements than any return.

    """
    if schema.tag != f"{XS}schema":
        message = "its root is no xs:schema"
        raise SchemaUnfitError(message)
    others = [each for name in ("include", "import", "redefine") for each in schema.iter(f"{XS}{name}")]
    if others:
        message = f"it needs {len(others)} other schema files (xs:include, xs:import); join them into one file first"
        raise SchemaUnfitError(message)
    leaves: dict[str, frozenset[str]] = {}
    walk = _Walk(schema)
    for element in schema.findall(f"{XS}element"):
        for path, codes in walk.element(element, "", 0):
            leaves[path] = leaves.get(path, frozenset()) | codes
            if len(leaves) > _MOST:
                message = f"it declares more than {_MOST} elements: it is no schema of a school census"
                raise SchemaUnfitError(message)
    return Declared(leaves)


class _Walk:
    """One schema, with its global declarations by name."""

    def __init__(self, schema: etree._Element) -> None:
        self._globals = {
            kind: {str(each.get("name")): each for each in schema.findall(f"{XS}{kind}")} for kind in _GLOBALS
        }

    def element(self, element: etree._Element, above: str, depth: int) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the leaves at and below an element declaration."""
        if depth > _DEEPEST:
            return
        target = self._named("element", element.get("ref")) if element.get("ref") else element
        if target is None:
            return
        path = f"{above}/{target.get('name')}".lstrip("/")
        content = target.find(f"{XS}complexType")
        if content is None:
            content = self._named("complexType", target.get("type"))
        below = list(self._elements(content, 0)) if content is not None else []
        for child in below:
            yield from self.element(child, path, depth + 1)
        if not below:
            yield path, self._codes(target if content is None else content, 0)

    def _elements(self, content: etree._Element, depth: int) -> Iterator[etree._Element]:
        """Yield the element declarations of a complex type, in order, through groups and the types it extends."""
        if depth > _DEEPEST:
            return
        for part in content.iterchildren(etree.Element):
            name = etree.QName(part).localname
            if name == "element":
                yield part
            elif name == "group":
                group = self._named("group", part.get("ref"))
                yield from self._elements(group, depth + 1) if group is not None else ()
            elif name in ("sequence", "choice", "all", "complexContent", "extension", "restriction"):
                base = self._named("complexType", part.get("base")) if name == "extension" else None
                yield from self._elements(base, depth + 1) if base is not None else ()
                yield from self._elements(part, depth + 1)

    def _codes(self, owner: etree._Element, depth: int) -> frozenset[str]:
        """The codes enumerated for a leaf: in its own simple type, or in the named type that it has or extends."""
        own = frozenset(str(each.get("value")) for each in owner.iter(f"{XS}enumeration"))
        if own or depth > _DEEPEST:
            return own
        names = [owner.get("type"), *(each.get("base") for each in owner.iter(f"{XS}restriction", f"{XS}extension"))]
        members = [name for each in owner.iter(f"{XS}union") for name in str(each.get("memberTypes") or "").split()]
        types = [self._named("simpleType", name) for name in [*names, *members]]
        return frozenset().union(*(self._codes(each, depth + 1) for each in types if each is not None))

    def _named(self, kind: str, name: str | None) -> etree._Element | None:
        """The global declaration of that name; None for one of XML Schema's own types."""
        return self._globals[kind].get(name.rpartition(":")[2]) if name else None
