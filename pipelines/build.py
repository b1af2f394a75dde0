"""The one assembly point: settings and overrides in, Dagster definitions out.

Belongs here: which assets, jobs, schedules and sensors exist. `build_defs` gives a fresh `Definitions` each time, so a
test swaps a door by an argument and never by patching.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import dagster as dg

from assets.across import across_asset
from assets.census import FINDINGS as CENSUS_FINDINGS
from assets.census import TABLES as CENSUS_TABLES
from assets.census import census_assets
from assets.checks import findings_check
from assets.desk import DeskPages
from assets.feeds import FINDINGS as FEEDS_FINDINGS
from assets.feeds import TABLES as FEEDS_TABLES
from assets.feeds import due_feeds, feed_assets
from assets.io_manager import VaultIOManager, io_managers
from assets.partitions import COLLECTION, PERIOD, Slot, census_partitions, feed_partitions, periods
from assets.ports import Ports
from assets.recipients import Source, recipient_assets
from connectors.mis import Mis
from exports.agreements import Agreement, Compiled
from exports.official import accepted
from exports.spec_folder import confirmed
from exports.transports import Transport
from ledger.states import State
from ledger.store import Ledger
from pipelines.actions.examining import Examination
from pipelines.actions.retaining import nightly as nightly_removal
from pipelines.actions.watching import watch
from pipelines.calendar_file import read_calendar
from pipelines.clock import Clock, system_clock
from pipelines.desk_address import desk_origin
from pipelines.due import due_at_night, due_on_census_day
from pipelines.handing_over import waits
from pipelines.installation import Installation
from pipelines.jobs import (
    CENSUS_JOB,
    COMPARE_JOB,
    FEEDS_JOB,
    LOST_TAGS,
    RELEASE_JOBS,
    RELEASE_TAGS,
    WholeTrust,
    asset_job,
    one_process,
    prepare_trust_job,
    purge_job,
    trust_keys,
)
from pipelines.pruning import forgetting
from pipelines.schedules import (
    AT_THE_END_OF_SCHOOL,
    CENSUS_EVENING,
    NIGHT,
    NIGHTLY,
    Signed,
    nightly_purge,
    prepare_schedule,
    release_sensor,
    watching_sensor,
)
from pipelines.sending import transport_for
from pipelines.settings import Settings
from pipelines.trust import load_agreements
from schemas.census.collection import COLLECTIONS
from schemas.deployment import Calendar, School
from vault.store import Vault

KEEP_INTERMEDIATES_DAYS = 2
"""How long a snapshot, tables and minimised tables stay sealed: long enough to retry a failed step next morning."""


def build_defs(
    settings: Settings,
    *,
    mis: Callable[[School], Mis] | None = None,
    transport: Callable[[Agreement], Transport] | None = None,
    vault: Vault | None = None,
    ledger: Ledger | None = None,
    clock: Clock | None = None,
) -> dg.Definitions:
    """Assemble the code location of one installation."""
    opened = Installation.open(settings, clock or system_clock)
    opened = replace(opened, vault=vault or opened.vault, ledger=ledger or opened.ledger)
    trust, ports = opened.trust, _ports(opened, mis, transport)
    calendar = partial(read_calendar, trust.folder / "calendar.csv", trust.schools)
    return _definitions(
        ports, calendar, partial(_watch, opened.settings, opened.clock), lambda: nightly_removal(opened).removed
    )


def _ports(
    opened: Installation,
    mis: Callable[[School], Mis] | None,
    transport: Callable[[Agreement], Transport] | None,
) -> Ports:
    trust = opened.trust

    loaded = {compiled.id: compiled for compiled in trust.agreements}

    def reread(agreement_id: str) -> Compiled:
        file = trust.folder / "agreements" / f"{agreement_id}.yaml"
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == loaded[agreement_id].sha256:
            return loaded[agreement_id]
        now = {compiled.id: compiled for compiled in load_agreements(trust.folder, trust.notice, trust.schools)}
        return now.get(agreement_id) or Compiled(
            agreement_id, "", None, (f"{file.name} is gone from the trust folder",)
        )

    return Ports(
        schools=trust.schools,
        calendar=trust.calendar,
        agreements=trust.agreements,
        connect=mis or opened.connect,
        on_the_day=opened.on_the_day,
        school_file=opened.school_file,
        reread=reread,
        notice=opened.notice,
        transport=transport or transport_for(opened.settings),
        registers=trust.registers,
        establishments=trust.establishments,
        mis_flags=trust.mis_flags,
        vault=opened.vault,
        pupils=opened.pupils,
        ledger=opened.ledger,
        lodged=opened.lodged,
        now=opened.now,
        today=opened.today,
        demonstration=trust.demonstration,
        confirmed=partial(confirmed, trust.folder),
        official=partial(accepted, trust.folder),
        desk=DeskPages(desk_origin(trust.folder)),
    )


def _watch(settings: Settings, clock: Clock, thorough: bool) -> str:  # noqa: FBT001  bound by position
    watched = watch(Examination(settings, clock, online=thorough, quick=not thorough))
    return f"{watched.open} troubles stand open; {sum(watched.letters.values())} letters sent."


def _definitions(
    ports: Ports,
    calendar: Callable[[], Calendar],
    watching: Callable[[bool], str],
    purge: Callable[[], Mapping[str, int]],
) -> dg.Definitions:
    schools, collections = list(ports.schools), list(COLLECTIONS)
    days = periods(ports.today(), _named(ports))
    by_collection, by_period = census_partitions(schools, collections), feed_partitions(schools, days)
    census, feeds = census_assets(ports, by_collection), feed_assets(ports, by_period)
    sources = {
        COLLECTION: Source(CENSUS_TABLES, CENSUS_FINDINGS, by_collection),
        PERIOD: Source(FEEDS_TABLES, FEEDS_FINDINGS, by_period),
    }
    dimension = {compiled.id: _dimension(compiled) for compiled in ports.agreements}
    files = {c.id: recipient_assets(c, ports, sources[dimension[c.id]]) for c in ports.agreements}

    def keys(which: str, shared: Sequence[dg.AssetsDefinition]) -> list[dg.AssetKey]:
        ours = [asset for id_, assets in files.items() if dimension[id_] == which for asset in assets.preparing]
        return [asset.key for asset in [*shared, *ours]]

    def feed_selection(period: str, school: str) -> list[dg.AssetKey]:
        due = [agreement.id for agreement in due_feeds(ports, Slot(school, period))]
        ours = [asset for id_, assets in files.items() if id_ in due for asset in assets.preparing]
        return [asset.key for asset in [*feeds, *ours]] if ours else []

    def job(name: str) -> dg.JobDefinition:
        return definitions.resolve_job_def(name)

    prepare_census = asset_job(
        CENSUS_JOB, keys(COLLECTION, census), "Prepare one school's census up to the waybill.", LOST_TAGS,
    )  # fmt: skip
    prepare_feeds = asset_job(
        FEEDS_JOB, keys(PERIOD, feeds), "Prepare one school's feeds of a period up to the waybill.", LOST_TAGS,
    )  # fmt: skip
    across = across_asset(ports, collections)
    compare = asset_job(COMPARE_JOB, [across.key], "Compare the schools' returns of one collection with each other.")
    faulty = [compiled.id for compiled in ports.agreements if compiled.agreement is None]
    whole = WholeTrust(ports.schools, job, feed_selection, partial(waits, ports.ledger, ports.agreements), faulty)
    prepare_trust = prepare_trust_job(trust_keys(ports.calendar, collections, days), whole)
    purging = purge_job(purge)
    releases = {
        which: asset_job(
            name,
            [assets.delivery.key for id_, assets in files.items() if dimension[id_] == which],
            "Send what has been signed. Nothing that starts this job can change what, to whom or where.",
            RELEASE_TAGS,
        )
        for which, name in RELEASE_JOBS.items()
    }
    forget, weekly = forgetting(ports.now)
    definitions = dg.Definitions(
        assets=[*census, across, *feeds, *(asset for assets in files.values() for asset in assets.all)],
        asset_checks=[findings_check(source.findings, ports) for source in sources.values()],
        jobs=[prepare_census, prepare_feeds, compare, prepare_trust, *releases.values(), forget, purging],
        schedules=[*_schedules(ports, collections, prepare_trust, calendar), weekly, nightly_purge(purging)],
        sensors=[
            *(
                release_sensor(
                    releases[which],
                    f"{name}_what_is_signed",
                    which,
                    lambda which=which: _signed(ports, dimension, which),
                )
                for which, name in RELEASE_JOBS.items()
            ),
            watching_sensor(watching),
        ],
        resources=io_managers(VaultIOManager(ports.vault, ports.today, KEEP_INTERMEDIATES_DAYS)),
        executor=one_process,
    )
    return definitions


def _schedules(
    ports: Ports, collections: Sequence[str], job: dg.JobDefinition, calendar: Callable[[], Calendar],
) -> list[dg.ScheduleDefinition]:  # fmt: skip
    def somebody_waits(period: str) -> bool:
        return any(waits(ports.ledger, ports.agreements, urn, period) for urn in ports.schools)

    return [
        prepare_schedule(
            NIGHT,
            NIGHTLY,
            "Prepares what the calendar has due, up to the waybill, never beyond. It makes up missed nights.",
            job,
            calendar,
            lambda now, day, today: due_at_night(now, collections, day, today, somebody_waits),
        ),
        prepare_schedule(
            CENSUS_EVENING,
            AT_THE_END_OF_SCHOOL,
            "On census day alone: reads every school in the evening, so that undated items are as on the day.",
            job,
            calendar,
            lambda now, day, _today: due_on_census_day(now, collections, day),
        ),
    ]


def _dimension(compiled: Compiled) -> str:
    return COLLECTION if compiled.agreement and compiled.agreement.dataset == "census" else PERIOD


def _named(ports: Ports) -> list[str]:
    return [period for period in ports.calendar.named_periods() if period not in COLLECTIONS]


def _signed(ports: Ports, dimension: dict[str, str], which: str) -> list[Signed]:
    return [
        Signed(release.slot.school, release.slot.period, release.slot.agreement, release.waybill)
        for release in ports.ledger.releases(state=State.APPROVED.value)
        if dimension.get(release.slot.agreement) == which
    ]
