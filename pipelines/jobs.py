"""The jobs: prepare a census, prepare feeds, compare the schools, prepare the whole trust, release, purge.

Belongs here: what each job selects. None accepts run config, and nothing a job reads can come from its tags
(a test walks them all).
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.edge import NO_CONFIG, value_free
from assets.partitions import COLLECTION, PERIOD, Slot
from pipelines.due import CENSUS_PREFIX, FEEDS_PREFIX, NIGHTLY_PREFIX
from pipelines.nested_runs import already_done, begin_child, fail_orphans
from schemas.deployment import Calendar, Schools
from schemas.wording import counted

CENSUS_JOB, FEEDS_JOB, TRUST_JOB = "prepare_census", "prepare_feeds", "prepare_trust"
COMPARE_JOB = "compare_schools"
PURGE_JOB = "purge"
_NOT_COMPARED = f"The schools could not be compared with each other: see the run of {COMPARE_JOB}."
SCHOOL_TAG, MIS_TAG = "waybill/school", "waybill/mis"
PERIOD_TAGS: Mapping[str, str] = {COLLECTION: "waybill/collection", PERIOD: "waybill/period"}
WHOLE_TRUST_TAGS: Mapping[str, str] = {"waybill/whole-trust": "true", "dagster-celery/queue": "whole-trust"}
"""Where workers carry out runs: the one that waits for the others has a queue of its own, so that it takes no place."""
RELEASE_TAGS: Mapping[str, str] = {"dagster-celery/queue": "release"}
"""What sends may be a worker of its own, which alone has the recipients' keys."""
LOST_TAGS: Mapping[str, str] = {"dagster/max_retries": "2"}
"""A preparation whose worker was lost is begun again; a release never is, by nobody but a person."""
RELEASE_JOBS: Mapping[str, str] = {COLLECTION: "release", PERIOD: "release_feeds"}


@dg.configured(dg.in_process_executor, config_schema={})
def one_process(_nothing: object) -> dict[str, object]:
    """All steps of a run in its own process. Run config cannot ask it to go on past a failed step."""
    return {"retries": {"enabled": {}}}


def asset_job(
    name: str, keys: Sequence[dg.AssetKey], what: str, tags: Mapping[str, str] | None = None,
) -> object:  # fmt: skip
    """One job over assets of one partition set (which Dagster infers from them), in one process."""
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*keys),
        executor_def=one_process,
        description=what,
        tags=tags,
    )


def trust_keys(calendar: Calendar, collections: Sequence[str], periods: Sequence[str]) -> list[str]:
    """Partition keys of `prepare_trust`: what to prepare, for every school."""
    named = [period for period in calendar.named_periods() if period not in collections]
    return [
        *(f"{prefix}{key}" for prefix in (CENSUS_PREFIX, NIGHTLY_PREFIX) for key in collections),
        *(f"{FEEDS_PREFIX}{key}" for key in dict.fromkeys([*named, *periods])),
    ]


@dataclass(frozen=True)
class WholeTrust:
    """What `prepare_trust` needs to know of the code location it is in.

    Attributes:
        schools: every school is prepared, whatever became of the one before.
        job: finds a job of the same code location by name.
        feed_selection: the assets that fall in a period for a school; none means that nothing is due there.
        waits: whether a school has still to hand over a collection; the others are passed over at night.
        faulty: agreements that do not compile; their recipients get nothing, so the run must not look well.

    """

    schools: Schools
    job: Callable[[str], dg.JobDefinition]
    feed_selection: Callable[[str, str], Sequence[dg.AssetKey]]
    waits: Callable[[str, str], bool]
    faulty: Sequence[str]

    def prepare(self, context: dg.OpExecutionContext) -> None:
        """Prepare what the run's partition names; raises dg.Failure at the end if anything went wrong."""
        prefix, period = _read_key(context.partition_key)
        orphans = fail_orphans(context.instance, (CENSUS_JOB, FEEDS_JOB, COMPARE_JOB))
        context.log.info(
            f"{period}: {counted(len(self.schools), 'school')}; {counted(orphans, 'run')} left by a "
            "stopped one marked failed"
        )
        done_before = already_done(context.run, context.instance)
        begun = [(urn, self._school(context, prefix, Slot(urn, period), done_before)) for urn in self.schools]
        failed = []
        for number, (urn, school) in enumerate(begun, 1):
            became = school()
            context.log.info(f"{number} of {len(self.schools)}: {urn} {self.schools[urn].name} {became or 'FAILED'}")
            failed += [] if became else [urn]
        compared = prefix == FEEDS_PREFIX or begin_child(context.run, context.instance, self.job(COMPARE_JOB), period)()
        wrong = [*self._said_of(failed), *([] if compared else [_NOT_COMPARED])]
        if wrong:
            raise dg.Failure(" ".join(wrong), allow_retries=False)

    def _school(
        self, context: dg.OpExecutionContext, prefix: str, slot: Slot, done_before: Container[str],
    ) -> Callable[[], str]:  # fmt: skip
        """Begin to prepare one school; what is returned says what became of it, nothing when it failed."""
        census = prefix != FEEDS_PREFIX
        name, dimension = (CENSUS_JOB, COLLECTION) if census else (FEEDS_JOB, PERIOD)
        selection = None if census else self.feed_selection(slot.period, slot.school)
        if selection is not None and not selection:
            return lambda: "has nothing due"
        if str(slot.key(dimension)) in done_before:
            return lambda: "was prepared by the run that this one retries"
        if prefix == NIGHTLY_PREFIX and not self.waits(slot.school, slot.period):
            return lambda: "has handed over"
        tags = {
            SCHOOL_TAG: slot.school, PERIOD_TAGS[dimension]: slot.period, MIS_TAG: self.schools[slot.school].mis.kind,
        }  # fmt: skip
        done = begin_child(context.run, context.instance, self.job(name), slot.key(dimension), selection, tags)
        return lambda: "prepared" if done() else ""

    def _said_of(self, failed: Sequence[str]) -> Iterator[str]:
        for agreement in self.faulty:
            yield f"{agreement} does not compile, so that nothing is prepared for its recipient."
        if failed:
            yield (
                f"{len(failed)} of {counted(len(self.schools), 'school')} failed: {', '.join(failed)}. The "
                "others are prepared."
            )


def prepare_trust_job(keys: Sequence[str], trust: WholeTrust) -> dg.JobDefinition:
    """The whole trust: one run per school, each its own success or failure; red at the end if any failed.

    A run that is retried passes over the schools that the first attempt prepared.

    Args:
        keys: partition keys, from `trust_keys`.
        trust: its schools, and the jobs they are prepared by.

    """

    @dg.op(
        name="every_school",
        out=dg.Out(dg.Nothing),
        description="Prepares each school in a run of its own; one that fails does not stop the others.",
        **NO_CONFIG,
    )
    @value_free
    def every_school(context: dg.OpExecutionContext) -> None:
        trust.prepare(context)

    @dg.job(
        name=TRUST_JOB,
        tags={**WHOLE_TRUST_TAGS, **LOST_TAGS},
        partitions_def=dg.StaticPartitionsDefinition(list(keys)),
        executor_def=one_process,
        description="Prepare a collection or a period for every school, each school in a run of its own. `nightly-` "
        "passes over the schools that have handed over.",
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


def _read_key(key: str) -> tuple[str, str]:
    """What a partition of `prepare_trust` prepares: the prefix, and the collection or period."""
    prefix = next(one for one in (CENSUS_PREFIX, NIGHTLY_PREFIX, FEEDS_PREFIX) if key.startswith(one))
    return prefix, key.removeprefix(prefix)
