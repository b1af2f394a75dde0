"""`python -m tests.mutation [MODULE ...]`: what share of the wrong rules the tests notice, and which they do not.

Belongs here: running and printing. A mutant is killed by the case table if a failing or passing return of it, or a
valid base return, says otherwise than it should; else by the oracle, which knows the terms and phases of each rule and
judges a fixed sample of generated returns row by row. It survives when neither notices: then a case is missing, or the
change changes nothing.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import import_module
from inspect import getsource

from schemas.census.engine import Active, rule_modules
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.witnesses import Witness, of_cases, of_generated
from tests.oracle.reading import STATED

GENERATED = 150
PACKAGE = import_module("schemas.census.rules")


def main(only: list[str]) -> None:
    """Try every mutant; print the survivors and the score."""
    cases, generated = of_cases(), of_generated(GENERATED)
    count: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mutant in _mutants(only):
        fate = _fate(mutant, cases, generated)
        count[mutant.module][fate] += 1
        if fate == "survived":
            place = f"{mutant.module}.py:{mutant.line} {mutant.name}"
            print(f"{place}: {mutant.before}  ->  {mutant.after}", flush=True)
    for module, fates in {**count, "all": sum(count.values(), Counter())}.items():
        print(_line(module, fates))


def _mutants(only: list[str]) -> Iterator[Mutant]:
    for module in rule_modules():
        name = module.__name__.rpartition(".")[2]
        if not only or name in only:
            yield from mutants(name, getsource(module))


def _fate(mutant: Mutant, cases: dict[str, list[Witness]], generated: list[Witness]) -> str:
    try:
        rules = mutant.rules(PACKAGE)
        by_cases = any(_noticed(rule, cases[number]) for number, rule in rules.items())
        told = by_cases or any(_marked_wrongly(rule) or _noticed(rule, generated) for rule in rules.values())
    except Exception:  # noqa: BLE001  a rule that breaks is a rule that is noticed
        return "by the cases"
    if by_cases:
        return "by the cases"
    return "by the oracle" if told else "survived"


def _noticed(rule: Active, witnesses: list[Witness]) -> bool:
    return any(witness.contradicts(rule) for witness in witnesses)


def _marked_wrongly(rule: Active) -> bool:
    mark, stated = rule.mark, STATED[rule.mark.number]
    return (mark.on, mark.terms, set(mark.phases)) != (stated.on, stated.terms, stated.phases)


def _line(module: str, fates: Counter[str]) -> str:
    tried = fates.total()
    killed, told = fates["by the cases"], fates["by the oracle"]
    return (
        f"{module:24}{tried:6} mutants  killed by the cases {killed / tried:6.1%}  "
        f"and by the oracle {(killed + told) / tried:6.1%}  survived {fates['survived']}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
