"""The assets of one agreement: minimised tables, the file, its waybill and, from the release job alone, the delivery.

Belongs here: one set of assets for every agreement file, by id. A file that does not compile has its assets too, which
fail with its faults, so that nothing silently vanishes from the UI.
"""

import secrets
from dataclasses import dataclass
from typing import ClassVar

import dagster as dg

from assets.edge import value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle
from assets.partitions import Slot
from assets.ports import Ports
from exports.agreements import Agreement, Compiled
from exports.formats import FORMATS, verified
from exports.minimise import minimise
from exports.preparation import Draft, concerning, prepare
from exports.sending import send_signed
from schemas.census.findings import FINDING
from schemas.refusal import Refusal


class AgreementFaulty(Refusal):
    """An agreement file does not compile."""

    code: ClassVar[str] = "agreement_faulty"


class AgreementChanged(Refusal):
    """An agreement file is not the one the code location was loaded with."""

    code: ClassVar[str] = "agreement_changed"


@dataclass(frozen=True)
class Source:
    """What an agreement's file is made from: the tables and findings assets of its partition set."""

    tables: dg.AssetKey
    findings: dg.AssetKey
    partitions: dg.PartitionsDefinition


@dataclass(frozen=True)
class RecipientAssets:
    """One agreement's assets; `delivery` is in no preparing job."""

    preparing: tuple[dg.AssetsDefinition, ...]
    delivery: dg.AssetsDefinition

    @property
    def all(self) -> tuple[dg.AssetsDefinition, ...]:
        """Every asset of the agreement."""
        return (*self.preparing, self.delivery)


def recipient_assets(compiled: Compiled, ports: Ports, source: Source) -> RecipientAssets:
    """Build the four assets of one agreement file."""
    name = compiled.id
    title = compiled.agreement.title if compiled.agreement else f"{name} (does not compile)"
    shared = {"partitions_def": source.partitions, "io_manager_key": IO_MANAGER_KEY, "group_name": name}

    @dg.asset(
        key=[name, "minimised"],
        ins={"tables": dg.AssetIn(key=source.tables)},
        description=f"{title}: only the rows and fields that the agreement names.",
        kinds={"pandas"},
        **shared,
    )
    @value_free
    def minimised(context: dg.AssetExecutionContext, tables: Bundle) -> Bundle:
        agreement = current_agreement(ports, compiled, Slot.of(context))
        frames = minimise(tables.frames, agreement)
        context.add_output_metadata({"rows": {table: len(frame) for table, frame in frames.items()}})
        return Bundle(frames, tables.meta)

    @dg.asset(
        key=[name, "file"],
        ins={"minimised": dg.AssetIn(key=[name, "minimised"])},
        description=f"{title}: the exact bytes, read back by independent code and found to say the same.",
        kinds={"xml" if compiled.agreement and compiled.agreement.format == "census_xml" else "csv"},
        **shared,
    )
    @value_free
    def file(context: dg.AssetExecutionContext, minimised: Bundle) -> bytes:
        agreement = current_agreement(ports, compiled, Slot.of(context))
        data = FORMATS[agreement.format].render(minimised.frames, agreement)
        facts = verified(data, minimised.frames, agreement)
        context.add_output_metadata({"bytes": len(data), "pupils": facts.pupils, "cells": facts.cells})
        return data

    @dg.asset(
        key=[name, "waybill"],
        ins={
            "minimised": dg.AssetIn(key=[name, "minimised"]),
            "file": dg.AssetIn(key=[name, "file"]),
            "findings": dg.AssetIn(key=source.findings),
        },
        description=f"{title}: the manifest that two people sign. Nothing leaves without it.",
        kinds={"json"},
        **shared,
    )
    @value_free
    def waybill(context: dg.AssetExecutionContext, minimised: Bundle, file: bytes, findings: Bundle) -> Bundle:
        slot = Slot.of(context)
        agreement = current_agreement(ports, compiled, slot)
        draft = Draft(
            school=ports.schools[slot.school],
            period=slot.period,
            agreement=agreement,
            notice=ports.notice(),
            data=file,
            facts=verified(file, minimised.frames, agreement),
            findings=concerning(findings.frames[FINDING.name], agreement),
            snapshot_sha256=str(minimised.meta["certificate_sha256"]),
            stable=bool(minimised.meta["stable"]),
        )
        prepared = prepare(ports.ledger, ports.vault, draft, ports.now(), secrets.token_hex(16))
        facts: dict[str, object] = {"outcome": prepared.outcome.value}
        if prepared.waybill:
            facts |= {"waybill": prepared.waybill.sha256, "version": prepared.waybill.release_version}
        context.add_output_metadata(facts)
        return Bundle({}, facts)

    @dg.asset(
        key=[name, "delivery"],
        deps=[dg.AssetKey([name, "waybill"])],
        description=f"{title}: sends what has been signed, and records what arrived.",
        kinds={"sftp"},
        **shared,
    )
    @value_free
    def delivery(context: dg.AssetExecutionContext) -> Bundle:
        slot = Slot.of(context)
        agreement = current_agreement(ports, compiled, slot)
        sent = send_signed(
            ports.ledger,
            ports.vault,
            ports.pupils,
            agreement=agreement,
            notice=ports.notice(),
            school=ports.schools[slot.school],
            period=slot.period,
            transport=ports.transport(agreement),
            now=ports.now,
            demonstration=ports.demonstration,
        )
        facts = {"waybill": sent.waybill, "state": sent.state.value, "pupils": sent.pupils, "cells": sent.cells}
        context.add_output_metadata(facts)
        return Bundle({}, facts)

    return RecipientAssets((minimised, file, waybill), delivery)


def current_agreement(ports: Ports, loaded: Compiled, slot: Slot) -> Agreement:
    """The agreement as its file says now.

    Raises:
        AgreementFaulty: it does not compile, or does not cover the school; every fault is named.
        AgreementChanged: the file has changed since the code location was loaded.

    """
    found = ports.reread(loaded.id)
    if found.agreement is None:
        message = f"{loaded.id} does not compile: {'; '.join(found.faults)}"
        raise AgreementFaulty(message)
    if found.sha256 != loaded.sha256:
        message = f"{loaded.id}.yaml has changed. Reload the code location, look at the change, and run this again."
        raise AgreementChanged(message)
    if not found.agreement.covers(slot.school):
        message = f"{loaded.id} does not cover school {slot.school}. Its schools are listed in the agreement file."
        raise AgreementFaulty(message)
    return found.agreement
