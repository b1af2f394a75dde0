"""The one IO manager: everything an asset returns is sealed in the vault; Dagster keeps an address and counts.

Belongs here: how a value goes into the vault and comes back. `handle_output` records (run, asset, partition) in the
vault's index; `load_input` takes the artefact of the same run, else that of the nearest run it retries. "Latest" is
never used: a release can then never be built from another run's data.
"""

import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg
import pyarrow as pa
from pyarrow import ipc

from assets.edge import value_free
from assets.partitions import Slot
from schemas.refusal import Refusal
from schemas.table import Frames
from vault.frames import pack, unpack
from vault.store import Artefact, Vault

IO_MANAGER_KEY = "vault"
DEFAULT_IO_MANAGER_KEY = "io_manager"


class UpstreamMissing(Refusal):
    """The run's own upstream artefact is not in the vault (purged, or the upstream step did not run)."""

    code = "upstream_missing"


@dataclass(frozen=True)
class Bundle:
    """What assets hand to each other: tables, and facts about them that hold no pupil's value."""

    frames: Frames
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Files:
    """Finished files by destination; "" is the one file of an agreement with a single recipient."""

    by_destination: Mapping[str, bytes]

    def pack(self) -> bytes:
        """Return them as one artefact."""
        table = pa.table(
            {
                "destination": pa.array(self.by_destination.keys(), pa.string()),
                "data": pa.array(self.by_destination.values(), pa.large_binary()),
            }
        )
        sink = io.BytesIO()
        with ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> "Files":
        """Read back what `pack` wrote."""
        table = ipc.open_stream(data).read_all()
        pairs = zip(table["destination"].to_pylist(), table["data"].to_pylist(), strict=True)
        return cls(dict(pairs))


class VaultIOManager(dg.IOManager):
    """Seal outputs, open inputs.

    Args:
        vault: where artefacts live.
        today: the day from which an artefact's purge date is counted.
        keep_days: how long an intermediate lives when nothing purges it earlier.

    """

    def __init__(self, vault: Vault, today: Callable[[], dt.date], keep_days: int) -> None:
        self._vault, self._today, self._keep = vault, today, dt.timedelta(days=keep_days)

    @value_free
    def handle_output(self, context: dg.OutputContext, obj: Bundle | Files) -> None:
        """Seal one output and tell Dagster its address and size."""
        data = obj.pack() if isinstance(obj, Files) else pack(obj.frames, obj.meta)
        asset = context.asset_key.to_user_string()
        artefact = self._vault.seal(data, kind=asset, purge_on=self._today() + self._keep)
        self._vault.record(context.run_id, asset, _named(context.partition_key), artefact)
        context.add_output_metadata({"artefact": artefact.address[:16], "sealed_bytes": artefact.length})

    @value_free
    def load_input(self, context: dg.InputContext) -> Bundle | Files:
        """Open the upstream artefact of this run, or of the nearest run that this one retries."""
        asset = context.asset_key.to_user_string()
        step = context.step_context
        artefact = find_upstream(self._vault, step.instance, step.dagster_run, asset, Slot.of(context))
        data = self._vault.open(artefact.address)
        return Files.unpack(data) if context.dagster_type.typing_type is Files else Bundle(*unpack(data))


def io_managers(manager: VaultIOManager) -> dict[str, dg.IOManagerDefinition]:
    """The resources of the code location: ours under its own key and in the place of Dagster's default.

    The default writes pickles into Dagster's folder; with it gone nothing can, whatever an asset forgets to say.
    """

    @dg.io_manager(config_schema={}, description="Seals every output in the vault. It can be told nothing.")
    def sealing(_context: dg.InitResourceContext) -> VaultIOManager:
        return manager

    return {IO_MANAGER_KEY: sealing, DEFAULT_IO_MANAGER_KEY: sealing}


def find_upstream(vault: Vault, instance: dg.DagsterInstance, run: dg.DagsterRun, asset: str, slot: Slot) -> Artefact:
    """Find what `asset` left for a slot in this run, or in the nearest run that it retries; refuse when none has."""
    partition = _partition(slot)
    for run_id in _lineage(instance, run):
        artefact = vault.find(run_id, asset, partition)
        if artefact is not None:
            return artefact
    message = f"{asset} for {partition} is not in the vault for this run. Run the preparation from its first step."
    raise UpstreamMissing(message)


def _lineage(instance: dg.DagsterInstance, first: dg.DagsterRun) -> Iterator[str]:
    """The run, the run it retries, and so on to the first; nearest first, so that one file is never of two readings."""
    run: dg.DagsterRun | None = first
    while run is not None:
        yield run.run_id
        run = instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None


def _named(key: str) -> str:
    """The vault's name of a partition; what compares all schools has a collection's key alone."""
    return _partition(Slot.read(key)) if isinstance(key, dg.MultiPartitionKey) else key


def _partition(slot: Slot) -> str:
    return f"{slot.school}|{slot.period}"
