"""The steps of a return from the command line: amber until the last is ticked, and again after a correction."""

import pytest

from exports.checklist import STEPS
from ledger.disclosures import NIL
from ledger.states import State
from ledger.store import Slot
from pipelines.exit_codes import EXIT_CODES, HELD
from tests.exports.trust_folder import FOLDER
from tests.pipelines.hand_desk import SCHOOL, hand_desk

CENSUS, AUTUMN = "dfe_autumn_census", "2026-autumn"


@pytest.fixture
def desk(tmp_path):
    with hand_desk(tmp_path / "home") as made:
        name = f"{CENSUS}.yaml"
        (made.trust / "agreements" / name).write_bytes((FOLDER / "agreements" / name).read_bytes())
        yield made


def handed_over(desk, version: int, state: State = State.HANDED_OVER) -> None:
    """Enter a return in the ledger as if it had been sent."""
    waybill, ledger = f"{version:064x}", desk.installation().ledger
    with ledger.transaction() as tx:
        tx.prepare(waybill, Slot(SCHOOL, AUTUMN, "dfe", CENSUS, version), desk.now, {})
        if state is State.HANDED_OVER:
            tx.move(waybill, State.APPROVED, desk.now, {})
            tx.claim(waybill, desk.now, {})
            tx.settle(waybill, state, desk.now, NIL, {})


def test_a_return_is_amber_until_its_last_step_and_a_correction_begins_with_re_opening(desk):
    assert desk.run("checklist", "show", SCHOOL, AUTUMN, "--as", "priya").code == EXIT_CODES["step_unfit"]
    handed_over(desk, 1)
    shown = desk.run("checklist", "show", SCHOOL, AUTUMN, "--as", "priya")
    assert (shown.code, "AMBER: 0 of 14" in shown.out) == (HELD, True)
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "AMBER: 0 of 14 steps ticked; next: loaded" in desk.done("status", "--as", "priya").out
    steps = [step for step in STEPS if step not in {"reopened", "la_approved"}]
    tick = ("checklist", "tick", SCHOOL, AUTUMN)
    assert desk.run(*tick, "la_approved", "--as", "priya").code == EXIT_CODES["step_unfit"]
    assert desk.run(*tick, "loaded", "--as", "ruth").code == EXIT_CODES["not_allowed"]
    assert "AMBER" in desk.done(*tick, *steps[:-1], "--as", "priya").out
    assert "next: authorised" in desk.done("status").out
    assert "Done: 14 of 14" in desk.done(*tick, steps[-1], "--on", "2026-10-27", "--as", "helen").out
    assert "every step is ticked, the last on 2026-10-27" in desk.done("status").out
    handed_over(desk, 2, State.PREPARED)
    assert "the return must be re-opened in COLLECT first" in desk.done("status").out
