"""The text of a GraphQL query, read into fields: names, aliases, arguments, selections and inline fragments.

Belongs here: as much of the language as clients of this API send. No variables, directives or named fragments.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\.\.\.|[A-Za-z_]\w*|[{}()\[\]:]')
_SKIPPED = re.compile(r"[\s,]+|#[^\n]*")


class NotAQuery(ValueError):  # noqa: N818  an answer of the API
    """The text is not of the language."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field asked for; `on` names the type of an inline fragment, which has no name."""

    name: str
    alias: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()
    on: str | None = None


def parse(text: str) -> tuple[Field, ...]:
    """Return the root fields of a query. Raises NotAQuery."""
    tokens = _Tokens(list(_tokens(text)))
    if tokens.peek() == "query":
        tokens.take()
        if tokens.peek() not in ("{", ""):
            tokens.take()
    fields = _selection(tokens)
    if tokens.peek():
        raise NotAQuery
    return fields


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        skipped = _SKIPPED.match(text, place)
        if skipped:
            place = skipped.end()
            continue
        found = _TOKEN.match(text, place)
        if found is None:
            raise NotAQuery
        yield found[0]
        place = found.end()


class _Tokens:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._place = tokens, 0

    def peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token != expected):
            raise NotAQuery
        self._place += 1
        return token


def _selection(tokens: _Tokens) -> tuple[Field, ...]:
    tokens.take("{")
    fields = []
    while tokens.peek() != "}":
        fields.append(_fragment(tokens) if tokens.peek() == "..." else _field(tokens))
    tokens.take("}")
    return tuple(fields)


def _fragment(tokens: _Tokens) -> Field:
    tokens.take("...")
    tokens.take("on")
    return Field("", "", on=tokens.take(), fields=_selection(tokens))


def _field(tokens: _Tokens) -> Field:
    name = alias = tokens.take()
    if tokens.peek() == ":":
        tokens.take()
        name = tokens.take()
    arguments = {}
    if tokens.peek() == "(":
        tokens.take()
        while tokens.peek() != ")":
            key = tokens.take()
            tokens.take(":")
            arguments[key] = _value(tokens)
        tokens.take()
    return Field(name, alias, arguments, _selection(tokens) if tokens.peek() == "{" else ())


def _value(tokens: _Tokens) -> Any:  # noqa: ANN401
    if tokens.peek() == "[":
        tokens.take()
        values = []
        while tokens.peek() != "]":
            values.append(_value(tokens))
        tokens.take()
        return values
    word = tokens.take()
    try:
        return json.loads(word)
    except ValueError:
        return word
