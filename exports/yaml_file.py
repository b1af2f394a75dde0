"""A strict reading of a YAML file: every scalar is text, every value knows its line, nothing is implied.

Belongs here: the loader and `Section`, which takes typed values out of it and collects what is wrong. Refused:
duplicate keys, anchors, aliases, tags, more than one document. Does not belong here: what any key means. libyaml does
the parsing: forty agreements take it a tenth of a second instead of six.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import yaml

Fault: TypeAlias = tuple[int, str]
"""Line of the file (1 is the first) and what is wrong there, in plain English."""

NO_DATE: Final = dt.date.min
"""Stands for a date that could not be read, so that the rest of the file can still be checked."""


BLANK: Final = "FILL IN:"
"""What a value begins with that the file's author still has to fill in; a file with one does not compile."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file: text, a list or a mapping, and the line it starts on."""

    line: int
    value: "str | tuple[Entry, ...] | Mapping[str, Entry]"


def read_yaml(text: str) -> tuple[Entry | None, list[Fault]]:
    """Read one document; what cannot be accepted is listed, and the entry is None when nothing can be read."""
    faults: list[Fault] = []
    try:
        faults.extend(_forbidden(text))
        node = None if faults else yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return None, [(mark.line + 1 if mark is not None else 1, f"this is not YAML: {error.problem or error.context}")]
    except yaml.YAMLError:
        return None, [(1, "this is not YAML: it holds a character that YAML does not allow")]
    if node is None:
        return None, faults or [(1, "the file is empty")]
    return _entry(node, faults), faults


def _forbidden(text: str) -> Iterator[Fault]:
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, yaml.AliasEvent):
            yield line, "an alias (*name) is not allowed: write the value out"
        elif getattr(event, "anchor", None):
            yield line, "an anchor (&name) is not allowed: write the value out where it is needed"
        elif getattr(event, "tag", None):
            yield line, "a tag (!name) is not allowed"


def _entry(node: yaml.Node, faults: list[Fault]) -> Entry:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Entry(line, tuple(_entry(item, faults) for item in node.value))
    if not isinstance(node, yaml.MappingNode):
        return Entry(line, str(node.value))
    mapping: dict[str, Entry] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.append((key.start_mark.line + 1, "a key must be a word"))
        elif key.value in mapping:
            faults.append((key.start_mark.line + 1, f"the key {key.value} is given twice"))
        else:
            mapping[key.value] = _entry(value, faults)
    return Entry(line, mapping)


class Section:
    """One mapping of the file, read key by key; each fault goes to the shared list and reading goes on.

    Args:
        entry: the mapping; anything else is a fault.
        name: what a reader calls this part, for messages.
        allowed: every key it may have.
        faults: the list that collects.

    """

    def __init__(self, entry: Entry | None, name: str, allowed: Collection[str], faults: list[Fault]) -> None:
        self.name = name
        self.line = entry.line if entry else 1
        self._faults = faults
        self._values: Mapping[str, Entry] = {}
        self._readable = entry is not None and isinstance(entry.value, Mapping)
        if entry is not None and isinstance(entry.value, Mapping):
            self._values = entry.value
        elif entry is not None:
            self.fault(f"{name} must be a set of keys and values")
        for key in self._values:
            if key not in allowed:
                self.fault(f"{name} has no key {key}; its keys are {', '.join(sorted(allowed))}", key)

    def fault(self, message: str, key: str | None = None) -> None:
        """Record a fault at a key of this section, or at its first line."""
        self._faults.append((self.at(key), message))

    def at(self, key: str | None) -> int:
        """Return the line of a key, or of the section when the key is not there."""
        entry = self._values.get(key) if key is not None else None
        return entry.line if entry is not None else self.line

    def has(self, key: str) -> bool:
        """Say whether the key is given at all."""
        return key in self._values

    def raw(self, key: str) -> Entry | None:
        """Return the entry of a key; a missing key is a fault, unless the section itself is missing."""
        if key not in self._values and self._readable:
            self.fault(f"{self.name} does not say its {key}")
        return self._values.get(key)

    def text(self, key: str) -> str:
        """Return a text that is not blank; "" after a fault."""
        entry = self.raw(key)
        if entry is None:
            return ""
        if not isinstance(entry.value, str) or not entry.value.strip():
            self.fault(f"{self.name}: {key} must be a text that is not blank", key)
            return ""
        if entry.value.startswith(BLANK):
            self.fault(f"{self.name}: {key} is still to be filled in:{entry.value.removeprefix(BLANK)}", key)
            return ""
        return entry.value.strip()

    def optional(self, key: str) -> str | None:
        """Return a text, or None when the key is absent."""
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, words: Collection[str]) -> str:
        """Return one of a closed list of words; "" after a fault."""
        given = self.text(key)
        if given and given not in words:
            self.fault(f"{self.name}: {key} is {given!r}, which is not one of {', '.join(words)}", key)
            return ""
        return given

    def optional_choice(self, key: str, words: Collection[str]) -> str | None:
        """Return one of a closed list, or None when the key is absent."""
        return self.choice(key, words) if self.has(key) else None

    def day(self, key: str) -> dt.date:
        """Return a date written YYYY-MM-DD; NO_DATE after a fault."""
        given = self.text(key)
        try:
            return dt.date.fromisoformat(given) if given else NO_DATE
        except ValueError:
            self.fault(f"{self.name}: {key} must be a date written YYYY-MM-DD", key)
            return NO_DATE

    def number(self, key: str, least: int, most: int) -> int:
        """Return a whole number between two bounds; the lower bound after a fault."""
        given = self.text(key)
        if given and given.isascii() and given.isdigit() and least <= int(given) <= most:
            return int(given)
        if given:
            self.fault(f"{self.name}: {key} must be a whole number from {least} to {most}", key)
        return least

    def flag(self, key: str) -> bool:
        """Return true or false, written so."""
        return self.choice(key, ("true", "false")) == "true"

    def words(self, key: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts that are not blank, each from the closed list when there is one."""
        given: list[str] = []
        for item in self.items(key):
            if not isinstance(item.value, str) or not item.value.strip():
                self._faults.append((item.line, f"{self.name}: each entry of {key} must be a word"))
            elif item.value.startswith(BLANK):
                told = item.value.removeprefix(BLANK)
                self._faults.append((item.line, f"{self.name}: {key} is still to be filled in:{told}"))
            elif allowed is not None and item.value not in allowed:
                listed = ", ".join(allowed)
                self._faults.append((item.line, f"{self.name}: {key} has {item.value!r}, which is not one of {listed}"))
            else:
                given.append(item.value)
        return tuple(given)

    def items(self, key: str) -> tuple[Entry, ...]:
        """Return the entries of a list; a missing, empty or other value is a fault."""
        entry = self.raw(key)
        if entry is None:
            return ()
        if not isinstance(entry.value, tuple) or not entry.value:
            self.fault(f"{self.name}: {key} must be a list with at least one entry", key)
            return ()
        return entry.value
