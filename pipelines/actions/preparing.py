"""Prepare: run the same Dagster jobs the schedule runs, in this process.

Belongs here: the verb `prepare`. What is prepared, and how, is the assets'.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.partitions import COLLECTION, PERIOD, PartitionUnknown, Slot
from assets.recipients import AgreementFaulty
from ledger.store import Release
from pipelines.build import build_defs
from pipelines.dagster_instance import instance_of
from pipelines.installation import Installation
from pipelines.jobs import CENSUS_JOB, COMPARE_JOB, FEEDS_JOB, TRUST_JOB
from schemas.census.collection import COLLECTIONS
from schemas.refusal import Refusal

_FAULT = "fault"
_EVERY_SCHOOL = "every school"


@dataclass(frozen=True, slots=True)
class Failure:
    """A school, or an agreement, that could not be prepared, with the code and words of what stopped it."""

    subject: str
    code: str
    why: str


class PreparationFailed(Refusal):
    """At least one school could not be prepared; the others are."""

    code = "preparation_failed"

    def __init__(self, message: str, failures: Sequence[Failure] = ()) -> None:
        super().__init__(message)
        codes = {failure.code for failure in failures} - {_FAULT}
        if len(codes) == 1:  # one reason for all: its own number says more than ours
            self.code = codes.pop()


@dataclass(frozen=True, slots=True)
class PrepareResult:
    """What stands prepared for a period after the run, and what could not be."""

    period: str
    releases: tuple[Release, ...]
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """URNs of the schools, and ids of the agreements, that could not be prepared."""
        return tuple(failure.subject for failure in self.failures)


def prepare(
    installation: Installation,
    period: str,
    *,
    school: str | None = None,
    definitions: Callable[[], dg.Definitions] | None = None,
) -> PrepareResult:
    """Prepare a collection or a feed period for every school, each in a run of its own, or for one.

    Preparing needs no authority: it discloses nothing. A school that fails does not stop the others. What Dagster
    would print goes to `console.log` in its folder.

    Raises:
        TrustFolderFault: the trust has no such school.
        PartitionUnknown: the period is no collection and not in the calendar.

    """
    if school is not None:
        installation.trust.school(school)
    defs = definitions() if definitions else build_defs(installation.settings, clock=installation.clock)
    job, key = _work(defs, period, school)
    console = installation.settings.dagster / "console.log"
    with (
        instance_of(installation) as instance,
        console.open("a", encoding="utf-8") as log,
        contextlib.redirect_stderr(log),
    ):
        run = job.execute_in_process(instance=instance, partition_key=key, raise_on_error=False)
        failed = () if run.success else tuple(_failures(instance, run.run_id, school))
        if run.success and school is not None and period in COLLECTIONS:
            compared = defs.resolve_job_def(COMPARE_JOB).execute_in_process(
                instance=instance, partition_key=period, raise_on_error=False
            )
            failed = () if compared.success else (_failure(instance, compared.run_id, _EVERY_SCHOOL),)
    match = {"period": period} | ({"school": school} if school else {})
    return PrepareResult(period, tuple(installation.ledger.releases(**match)), (*_faulty(installation), *failed))


def _faulty(installation: Installation) -> Iterator[Failure]:
    """Agreements that do not compile: nobody can say what they would have sent, so they never pass unseen."""
    for compiled in installation.trust.agreements:
        if compiled.agreement is None:
            yield Failure(compiled.id, AgreementFaulty.code, "; ".join(compiled.faults))


def _work(defs: dg.Definitions, period: str, school: str | None) -> tuple[dg.JobDefinition, str]:
    census = period in COLLECTIONS
    whole = defs.resolve_job_def(TRUST_JOB)
    key = f"{'census' if census else 'feeds'}-{period}"
    if not whole.partitions_def.has_partition_key(key):
        message = (
            f"{period!r} cannot be prepared: it is no collection ({', '.join(COLLECTIONS)}), no named period of "
            "calendar.csv and no day (YYYY-MM-DD) of this or the last school year"
        )
        raise PartitionUnknown(message)
    if school is None:
        return whole, key
    name, dimension = (CENSUS_JOB, COLLECTION) if census else (FEEDS_JOB, PERIOD)
    return defs.resolve_job_def(name), str(Slot(school, period).key(dimension))


def _failures(instance: dg.DagsterInstance, outer: str, school: str | None) -> Iterator[Failure]:
    if school is not None:
        yield _failure(instance, outer, school)
        return
    tags = {"waybill/outer-run": outer}
    runs = instance.get_runs(dg.RunsFilter(tags=tags, statuses=[dg.DagsterRunStatus.FAILURE]))
    if not runs:
        yield _failure(instance, outer, _EVERY_SCHOOL)
    for run in sorted(runs, key=_school):
        yield _failure(instance, run.run_id, _school(run))


def _school(run: dg.DagsterRun) -> str:
    return run.tags.get("dagster/partition/school", _EVERY_SCHOOL)


def _failure(instance: dg.DagsterInstance, run_id: str, school: str) -> Failure:
    """The first refusal that a run's steps ended with; `assets.edge` has put its code and words there."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        said = entry.get_dagster_event().step_failure_data.user_failure_data
        if said is not None:
            code = said.metadata.get("code")
            return Failure(school, str(code.value) if code else _FAULT, said.description or "")
    return Failure(school, _FAULT, f"Its run {run_id[:8]} failed outside every step; see it in the Dagster UI.")
