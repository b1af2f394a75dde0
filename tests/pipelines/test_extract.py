"""`waybill extract`: what would be asked of a MIS, for whom, and what it lets us read."""

import json
import shutil

import pytest

from assets.feeds import takings
from assets.partitions import Slot
from assets.plan import census_plan, feed_plan
from connectors.arbor.sources import requests
from pipelines.actions import extracting
from pipelines.cli import main
from pipelines.exit_codes import HELD
from pipelines.settings import HOME_VARIABLE, TRUST_VARIABLE
from pipelines.trust import load_trust
from schemas.census.collection import collection
from simulator.arbor import Knobs
from simulator.deployment import CENSUS_DAY, Deployment, deployed
from simulator.world.schools import Scale
from simulator.world.trust import make_trust

DAY, REPORTS, GRAPHQL, USUAL = CENSUS_DAY.isoformat(), "900006", "900002", "900003"
WITHHELD = Knobs(withheld=frozenset({"Student.nhsNumber", "EligibilityRecord.startDate"}))


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Deployment:
    home = tmp_path_factory.mktemp("extract") / "home"
    with deployed(home, trust=make_trust(scale=Scale(pupils=8)), arbor_port=0, sftp_port=0) as made:
        yield made


def test_a_census_asks_what_its_blocks_need_and_says_for_which(demo):
    told = extracting.planned(demo.acting("priya"), GRAPHQL, "2026-autumn")
    assert told.asked.entities["SenStatusAssignment"] == (
        "endDate", "hasResourcedProvision", "isMemberOfSenUnit", "senStatus", "startDate", "student",
    )  # fmt: skip
    assert {"census: SEN", "census: attendance", "census: free school meals"} <= {use.name for use in told.uses}
    assert (told.kind, told.door) == ("arbor", "graphql")


def test_without_an_agreement_its_fields_are_no_longer_asked_for(demo, tmp_path):
    """Minimised at the tap: remove its file, and what no other agreement needs is not in the plan any more."""
    folder = shutil.copytree(demo.installation.trust.folder, tmp_path / "trust")
    whole = due(load_trust(folder))
    alone = {agreement.id: properties(feed_plan([(agreement, taking)])) for agreement, taking in whole}
    unshared = 0
    for removed, needed in alone.items():
        file = folder / "agreements" / f"{removed}.yaml"
        kept = file.read_bytes()
        file.unlink()
        left = due(load_trust(folder))
        file.write_bytes(kept)
        others = set().union(*(asked for name, asked in alone.items() if name != removed))
        assert removed not in {agreement.id for agreement, _ in left}
        assert properties(feed_plan(left)) == others, removed
        unshared += bool(needed - others)
    assert unshared >= 2, "some agreement asks for something that no other does"


def due(trust):
    return takings(trust, Slot("900004", DAY))


def properties(plan):
    return {(entity, name) for entity, names in requests(plan).items() for name in names}


def test_reports_say_which_headings_are_read(demo):
    told = extracting.planned(demo.acting("priya"), REPORTS, "2026-autumn")
    assert "Date of birth" in told.asked.entities["pupil.csv"]


@pytest.mark.parametrize("urn", [REPORTS, GRAPHQL, USUAL])
def test_a_probe_of_a_school_that_grants_everything_finds_no_loss(demo, urn):
    told = extracting.probed(demo.acting("priya"), urn, "2026-autumn")
    assert [loss for loss in told.losses if loss.grant == "not given"] == []
    assert told.refused == ()


def test_a_probe_says_what_a_block_would_be_without(demo):
    arbor = demo.arbor
    honest, arbor.knobs = arbor.knobs, WITHHELD
    arbor.school(USUAL).knobs = WITHHELD
    arbor.school(USUAL)._forget()
    try:
        told = extracting.probed(demo.acting("priya"), USUAL, "2026-autumn")
    finally:
        arbor.knobs = arbor.school(USUAL).knobs = honest
        arbor.school(USUAL)._forget()
    lost = {(loss.use, loss.table, loss.column): loss for loss in told.losses if loss.grant == "not given"}
    assert set(lost) == {("census: free school meals", "fsm", "start_date")}
    assert lost["census: free school meals", "fsm", "start_date"].properties == ("EligibilityRecord.startDate",)


def run(demo, monkeypatch, capsys, *words):
    monkeypatch.setenv(HOME_VARIABLE, str(demo.settings.home))
    monkeypatch.setenv(TRUST_VARIABLE, str(demo.settings.trust))
    with pytest.raises(SystemExit) as ended:
        main([*words, "--as", "priya"], clock=demo.installation.clock)
    return ended.value.code, capsys.readouterr().out


def test_the_command_prints_both_and_asks_for_one_of_them(demo, monkeypatch, capsys):
    code, out = run(demo, monkeypatch, capsys, "extract", USUAL, "2026-autumn", "--plan")
    assert (code, "Nothing was asked." in out, "SenStatusAssignment" in out) == (0, True, True)
    code, out = run(demo, monkeypatch, capsys, "extract", USUAL, "2026-autumn", "--probe", "--json")
    assert code in (0, HELD)
    wanted = requests(census_plan(collection("2026-autumn"), ("court_order",)))
    assert json.loads(out)["doors"] == {"graphql": len(wanted)}
    assert run(demo, monkeypatch, capsys, "extract", USUAL, "2026-autumn")[0] == 2
