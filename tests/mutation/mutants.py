"""Small wrong versions of modules, one change each: of the rules, and of the writers of files.

Belongs here: which changes are made, and to what. mutmut is not used for the rules: it leaves decorated functions
alone (3.8, `mutation/file_mutation.py`), and every rule is one. Who notices a change is `tests.mutation.__main__` for
rules, `tests.mutation.renderers` for writers.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from schemas.census import vocabulary
from schemas.census.engine import Active, Mark

OPPOSITE: Final = {
    "before": "after", "after": "before", "below": "above", "above": "below", "equal": "differs", "differs": "equal",
    "present": "missing", "missing": "present",
}  # fmt: skip
"""Conditions that are taken for their opposites."""
REVERSED: Final = {"before": "after", "after": "before", "below": "above", "above": "below"}
"""Conditions that are made to hold at the limit too: not after, for before."""
COMPARED: Final = {
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
Others = Callable[[ast.expr], Iterator[ast.expr]]
"""What an expression may be instead."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One module with one change: where, in which function or constant, what it was and what it is now."""

    module: str
    line: int
    name: str
    before: str
    after: str
    tree: ast.Module

    def rules(self, package: ModuleType) -> dict[str, Active]:
        """Run the changed module and return the rules that are others now: those that read what was changed."""
        name = f"{package.__name__}.{self.module}"
        made = ModuleType(name)
        vars(made).update({name: value for name, value in vars(vocabulary).items() if not name.startswith("__")})
        exec(compile(self.tree, name, "exec"), vars(made))  # noqa: S102  the project's own source
        touched = [vars(made)[name] for name in _touched(self.tree, self.name)]
        marked = [each for each in touched if isinstance(getattr(each, "mark", None), Mark)]
        return {each.mark.number: Active(each.mark, self.module, each) for each in marked}


def _touched(tree: ast.Module, name: str) -> set[str]:
    """Return the functions and constants of a module that read a name, themselves or through others; and the name."""
    reads = {
        named: {each.id for each in ast.walk(statement) if isinstance(each, ast.Name)}
        for statement in tree.body
        if (named := _named(statement))
    }
    touched = {name}
    while more := {each for each, read in reads.items() if read & touched} - touched:
        touched |= more
    return touched


def _named(statement: ast.stmt) -> str:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(name)]):
            return name
    return ""


def mutants(module: str, source: str, *, writer: bool = False) -> Iterator[Mutant]:
    """Yield every mutant of a module: of its functions, and of the constants they share.

    Args:
        module: its last name.
        source: its text.
        writer: the module puts text together, so a piece of it is left out too.

    """
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        node.place = place  # type: ignore[attr-defined]
    for statement in tree.body:
        for node, other in _changed(statement, _of_writing if writer else _others):
            before, after = ast.unparse(node), ast.unparse(other)
            yield Mutant(module, node.lineno, _named(statement), before, after, _with(tree, node, other))


def _changed(statement: ast.stmt, others: Others) -> Iterator[tuple[ast.expr, ast.expr]]:
    match statement:
        case ast.FunctionDef():
            yield from _inside(statement.body, others)
            yield from _of_decorators(statement)
        case ast.ClassDef(body=body):
            for each in body:
                yield from _changed(each, others)
        case ast.Assign():
            yield from _inside([statement.value], others)


def _with(tree: ast.Module, node: ast.AST, other: ast.AST) -> ast.Module:
    class Swap(ast.NodeTransformer):
        def visit(self, each: ast.AST) -> ast.AST:
            return other if getattr(each, "place", None) == node.place else self.generic_visit(each)  # type: ignore[attr-defined]

    return ast.fix_missing_locations(Swap().visit(copy.deepcopy(tree)))


def _inside(nodes: list[ast.stmt] | list[ast.expr], others: Others) -> Iterator[tuple[ast.expr, ast.expr]]:
    for top in nodes:
        beside = _beside(top, others)
        for node in ast.walk(top):
            if isinstance(node, ast.expr) and node not in beside and not _is_docstring(top, node):
                yield from ((node, other) for other in others(node))


def _beside(top: ast.AST, others: Others) -> set[ast.AST]:
    """What changes nothing that runs: types of variables, and the inside of words, but for a writer's."""
    found = [top.annotation] if isinstance(top, ast.AnnAssign) else []
    if others is not _of_writing:
        found += [node for node in ast.walk(top) if isinstance(node, ast.JoinedStr)]
    return {node for each in found for node in ast.walk(each)}


def _is_docstring(statement: ast.AST, node: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and statement.value is node


def _of_decorators(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Forget one by one to which terms, phases and days a rule is confined."""
    for decorator in function.decorator_list:
        for keyword in getattr(decorator, "keywords", ()):
            if keyword.arg != "on":
                other = copy.deepcopy(decorator)
                other.keywords = [each for each in other.keywords if each.arg != keyword.arg]  # type: ignore[attr-defined]
                yield decorator, other


def _others(node: ast.expr) -> Iterator[ast.expr]:
    yield from _of_logic(node)
    yield from _of_words(node)


def _of_writing(node: ast.expr) -> Iterator[ast.expr]:
    yield from _others(node)
    match node:
        case ast.BinOp(left, ast.Add(), right) | ast.IfExp(_, left, right):
            yield from (left, right)
        case ast.JoinedStr(values) if len(values) > 1:
            yield from (ast.JoinedStr([*values[:at], *values[at + 1 :]]) for at in range(len(values)))


def _of_logic(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, ast.BitAnd() | ast.BitOr() as operator, right):
            yield ast.BinOp(left, ast.BitOr() if isinstance(operator, ast.BitAnd) else ast.BitAnd(), right)
            yield from (left, right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            yield from values
        case ast.UnaryOp(ast.Invert() | ast.Not(), operand):
            yield operand
        case ast.Compare(left, [operator], [right]) if type(operator) in COMPARED:
            yield ast.Compare(left, [COMPARED[type(operator)]()], [right])
        case ast.Call(ast.Attribute(value, "any"), []):
            yield ast.Call(ast.Attribute(value, "all", ast.Load()), [], [])


def _of_words(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Call(ast.Name(name), arguments) if name in OPPOSITE:
            yield _call(OPPOSITE[name], *arguments)
            if name in REVERSED:
                yield _not_after(REVERSED[name], arguments)
        case ast.Call(ast.Name("one_of") as function, [values, *allowed]) if len(allowed) > 1:
            yield from (ast.Call(function, [values, *_without(allowed, place)], []) for place in range(len(allowed)))
        case ast.Tuple(elements) if len(elements) > 1 and all(isinstance(each, ast.Constant) for each in elements):
            yield from (ast.Tuple(_without(elements, place), ast.Load()) for place in range(len(elements)))
        case ast.Constant(value):
            yield from (ast.Constant(other) for other in _constants(value))


def _constants(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, float):
        yield from (value + 0.1, value - 0.1)
    elif isinstance(value, str):
        yield value + "X"


def _not_after(name: str, arguments: list[ast.expr]) -> ast.expr:
    """`before` that holds on the day itself: both are there, and not after."""
    there = [_call("present", each) for each in arguments[:1]]
    return ast.BinOp(ast.UnaryOp(ast.Invert(), _call(name, *arguments)), ast.BitAnd(), there[0])


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _without(elements: list[ast.expr], place: int) -> list[ast.expr]:
    return [*elements[:place], *elements[place + 1 :]]
