"""The cards of `docs/cards/`: one page for each class of failure, with its three answers.

Belongs here: their layout. What they say is `pipelines.failure_classes`.
"""

from pipelines.exit_codes import EXIT_CODES
from pipelines.failure_classes import CLASS_OF_CODE, CLASSES


def card(name: str) -> str:
    """Return one card as Markdown."""
    of = CLASSES[name]
    codes = sorted(
        (EXIT_CODES[code], code) for code, its in CLASS_OF_CODE.items() if its == name and code in EXIT_CODES
    )
    shown = ", ".join(f"{number} `{code}`" for number, code in codes) or "none; `waybill doctor` and alerts find it"
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(of.steps, 1))
    return f"""\
# {of.title}

Made from `pipelines/failure_classes.py` by `python -m pipelines.generated_docs`; do not edit.

| question | answer |
|---|---|
| Is data at risk? | {of.at_risk} |
| Has anything left? | {of.left} |
| May I retry? | {of.retry} |
| Who is needed? | {of.who}. |

{steps}

Exit codes: {shown}.
"""


def contents() -> str:
    """Return the list of the cards."""
    rows = "\n".join(
        f"| [{of.title}]({name}.md) | {of.at_risk} | {of.left} | {of.retry} |" for name, of in CLASSES.items()
    )
    return f"""\
# Cards for two in the morning

Made from `pipelines/failure_classes.py` by `python -m pipelines.generated_docs`; do not edit.
`waybill doctor` finds which card applies.

| what is wrong | is data at risk? | has anything left? | may I retry? |
|---|---|---|---|
{rows}
"""
