"""The jobs: prepare a census, prepare feeds, compare the schools, prepare the whole trust, release, purge.

Belongs here: what each job selects. None accepts run config, and nothing a job reads can come from its tags
(a test walks them all).
"""

from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from assets.edge import NO_CONFIG, value_free
from assets.partitions import COLLECTION, PERIOD, Slot
from pipelines.nested_runs import fail_orphans, run_child
from schemas.deployment import Calendar, Schools

CENSUS_JOB, FEEDS_JOB, TRUST_JOB = "prepare_census", "prepare_feeds", "prepare_trust"
COMPARE_JOB = "compare_schools"
PURGE_JOB = "purge"
RELEASE_JOBS: Mapping[str, str] = {COLLECTION: "release", PERIOD: "release_feeds"}
_CENSUS_PREFIX, _FEEDS_PREFIX = "census-", "feeds-"


@dg.configured(dg.in_process_executor, config_schema={})
def one_process(_nothing: object) -> dict[str, object]:
    """All steps of a run in its own process. Run config cannot ask it to go on past a failed step."""
    return {"retries": {"enabled": {}}}


def asset_job(name: str, keys: Sequence[dg.AssetKey], what: str) -> object:
    """One job over assets of one partition set (which Dagster infers from them), in one process."""
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*keys),
        executor_def=one_process,
        description=what,
    )


def trust_keys(calendar: Calendar, collections: Sequence[str], periods: Sequence[str]) -> list[str]:
    """Partition keys of `prepare_trust`: what to prepare, for every school."""
    named = [period for period in calendar.named_periods() if period not in collections]
    return [
        *(f"{_CENSUS_PREFIX}{key}" for key in collections),
        *(f"{_FEEDS_PREFIX}{key}" for key in dict.fromkeys([*named, *periods])),
    ]


def prepare_trust_job(
    schools: Schools,
    keys: Sequence[str],
    job: Callable[[str], dg.JobDefinition],
    feed_selection: Callable[[str, str], Sequence[dg.AssetKey]],
    faulty: Sequence[str],
) -> dg.JobDefinition:
    """The whole trust: one run per school, each its own success or failure; red at the end if any failed.

    Args:
        schools: every school is prepared, whatever became of the one before.
        keys: partition keys, from `trust_keys`.
        job: finds a job of the same code location by name.
        feed_selection: the assets that fall in a period for a school; none means that nothing is due there.
        faulty: agreements that do not compile; their recipients get nothing, so the run must not look well.

    """

    @dg.op(
        name="every_school",
        out=dg.Out(dg.Nothing),
        description="Prepares each school in a run of its own; one that fails does not stop the others.",
        **NO_CONFIG,
    )
    @value_free
    def every_school(context: dg.OpExecutionContext) -> None:
        what = context.partition_key
        census = what.startswith(_CENSUS_PREFIX)
        name, dimension = (CENSUS_JOB, COLLECTION) if census else (FEEDS_JOB, PERIOD)
        period = what.removeprefix(_CENSUS_PREFIX if census else _FEEDS_PREFIX)
        orphans = fail_orphans(context.instance, (CENSUS_JOB, FEEDS_JOB, COMPARE_JOB))
        context.log.info(f"{period}: {len(schools)} schools; {orphans} runs left by a stopped one marked failed")
        failed = []
        for number, urn in enumerate(schools, 1):
            selection = None if census else feed_selection(period, urn)
            if selection is not None and not selection:
                context.log.info(f"{number} of {len(schools)}: {urn} has nothing due")
                continue
            key = Slot(urn, period).key(dimension)
            done = run_child(context.run, context.instance, job(name), key, selection)
            context.log.info(f"{number} of {len(schools)}: {urn} {'prepared' if done else 'FAILED'}")
            failed += [] if done else [urn]
        compared = not census or run_child(context.run, context.instance, job(COMPARE_JOB), period)
        wrong = [
            f"{agreement} does not compile, so that nothing is prepared for its recipient." for agreement in faulty
        ]
        if failed:
            wrong.append(
                f"{len(failed)} of {len(schools)} schools failed: {', '.join(failed)}. The others are prepared."
            )
        if not compared:
            wrong.append(f"The schools could not be compared with each other: see the run of {COMPARE_JOB}.")
        if wrong:
            raise dg.Failure(" ".join(wrong), allow_retries=False)

    @dg.job(
        name=TRUST_JOB,
        partitions_def=dg.StaticPartitionsDefinition(list(keys)),
        executor_def=one_process,
        description="Prepare a collection or a period for every school, each school in a run of its own.",
    )
    def prepare_trust() -> None:
        every_school()

    return prepare_trust


def purge_job(remove: Callable[[], Mapping[str, int]]) -> dg.JobDefinition:
    """The purge: what is due goes, what a legal hold keeps stays.

    Args:
        remove: does it, and says how many of each class went.

    """

    @dg.op(name="everything_due", out=dg.Out(dg.Nothing), description="Removes what is due.", **NO_CONFIG)
    @value_free
    def everything_due(context: dg.OpExecutionContext) -> None:
        removed = remove()
        context.log.info(f"removed: {', '.join(f'{name} {count}' for name, count in removed.items()) or 'nothing'}")

    @dg.job(name=PURGE_JOB, executor_def=one_process, description="Remove what has been kept as long as it may be.")
    def purge() -> None:
        everything_due()

    return purge
