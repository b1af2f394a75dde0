"""The assets of one agreement: minimised tables, the file, its waybill and, from the release job alone, the delivery.

Belongs here: one set of assets for every agreement file, by id. A file that does not compile has its assets too, which
fail with its faults, so that nothing silently vanishes from the UI.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import dagster as dg
import pandas as pd

from assets.edge import NO_CONFIG, value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle, find_upstream
from assets.partitions import Slot
from assets.ports import Ports
from exports.agreements import Agreement, Compiled
from exports.formats import FORMATS, verified
from exports.minimise import minimise
from exports.preparation import Draft, prepare
from exports.sending import Doors, send_signed
from exports.told import not_yet_told
from schemas.census.collection import collection
from schemas.census.facts import FACT
from schemas.census.findings import FINDING
from schemas.census.spec import NOTHING
from schemas.census.who import WHO, of_findings
from schemas.deployment import Occasion
from schemas.refusal import Refusal
from schemas.table import Frames


class AgreementFaulty(Refusal):
    """An agreement file does not compile."""

    code: ClassVar[str] = "agreement_faulty"


class AgreementReloadNeeded(Refusal):
    """An agreement file is not the one the code location was loaded with."""

    code: ClassVar[str] = "agreement_reload_needed"


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
    shared = {"partitions_def": source.partitions, "io_manager_key": IO_MANAGER_KEY, "group_name": name, **NO_CONFIG}

    @value_free
    def minimising(context: dg.AssetExecutionContext, tables: Bundle) -> Bundle | None:
        slot = Slot.of(context)
        agreement = current_agreement(ports, compiled)
        occasion = _occasion(ports, agreement, slot)
        if occasion is None:
            context.log.info(f"{name} is not due for school {slot.school} in {slot.period}: nothing to prepare")
            return None
        frames = not_yet_told(
            tables.frames, agreement, ports.ledger, ports.pupils, school=slot.school, period=slot.period
        )
        frames = minimise(frames, agreement, as_at=occasion.as_at)
        context.add_output_metadata({"rows": {table: len(frame) for table, frame in frames.items()}})
        return Bundle(frames, {**tables.meta, "upns": _upns(tables.frames)})

    @dg.asset(
        key=[name, "minimised"],
        ins={"tables": dg.AssetIn(key=source.tables)},
        description=f"{title}: only the rows and fields that the agreement names.",
        kinds={"pandas"},
        output_required=False,
        **shared,
    )
    def minimised(context: dg.AssetExecutionContext, tables: Bundle) -> Iterator[dg.Output[Bundle]]:
        bundle = minimising(context, tables)
        if bundle is not None:
            yield dg.Output(bundle)

    @dg.asset(
        key=[name, "file"],
        ins={"minimised": dg.AssetIn(key=[name, "minimised"])},
        description=f"{title}: the exact bytes, read back by independent code and found to say the same.",
        kinds={"xml" if compiled.agreement and compiled.agreement.format == "census_xml" else "csv"},
        **shared,
    )
    @value_free
    def file(context: dg.AssetExecutionContext, minimised: Bundle) -> bytes:
        agreement = current_agreement(ports, compiled)
        data = FORMATS[agreement.format].render(minimised.frames, agreement)
        facts = verified(data, minimised.frames, agreement)
        if facts.emitted.academic_year:
            ports.official(data, facts.emitted.academic_year)
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
        agreement = current_agreement(ports, compiled)
        told = verified(file, minimised.frames, agreement)
        year = told.emitted.academic_year
        concerning = _concerning(findings.frames[FINDING.name], agreement)
        draft = Draft(
            school=ports.schools[slot.school],
            period=slot.period,
            agreement=agreement,
            notice=ports.notice(),
            data=file,
            facts=told,
            frames=minimised.frames,
            upns=minimised.meta["upns"],
            findings=concerning,
            certificate=minimised.meta["certificate"],
            beside=_beside(findings.frames, concerning),
            confirmed=ports.confirmed(year) if year else NOTHING,
        )
        prepared = prepare(ports.ledger, ports.vault, ports.pupils, draft, ports.now(), secrets.token_hex(16))
        ports.lodged.lodge(ports.now())
        facts: dict[str, object] = {"outcome": prepared.outcome.value}
        if prepared.waybill:
            facts |= {"waybill": prepared.waybill.sha256, "version": prepared.waybill.release_version}
        facts["purged"] = _purge(ports, context, (f"{name}/minimised", f"{name}/file"))
        context.add_output_metadata(facts)
        return Bundle({}, facts)

    return RecipientAssets((minimised, file, waybill), _delivery(compiled, ports, title, shared))


def _delivery(compiled: Compiled, ports: Ports, title: str, shared: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Build the asset that sends; in a release job alone."""
    name = compiled.id

    @value_free
    def delivering(context: dg.AssetExecutionContext) -> Bundle | None:
        slot = Slot.of(context)
        agreement = current_agreement(ports, compiled)
        if not _of_term(agreement, slot):
            context.log.info(f"{name} is not for {slot.period}: nothing to send")
            return None
        doors = Doors(
            ledger=ports.ledger,
            lodged=ports.lodged,
            vault=ports.vault,
            pupils=ports.pupils,
            notice=ports.notice,
            reread=lambda: current_agreement(ports, compiled),
            confirmed=ports.confirmed,
            demonstration=ports.demonstration,
            now=ports.now,
            today=ports.today,
        )
        sent = send_signed(doors, slot.school, slot.period, agreement.id, ports.transport(agreement))
        facts = {"waybill": sent.waybill, "state": sent.state.value, "sent_now": sent.sent_now}
        context.add_output_metadata(facts)
        return Bundle({}, facts)

    @dg.asset(
        key=[name, "delivery"],
        deps=[dg.AssetKey([name, "waybill"])],
        description=f"{title}: sends what has been signed, and records what arrived.",
        kinds={"sftp"},
        output_required=False,
        **shared,
    )
    def delivery(context: dg.AssetExecutionContext) -> Iterator[dg.Output[Bundle]]:
        bundle = delivering(context)
        if bundle is not None:
            yield dg.Output(bundle)

    return delivery


def _purge(ports: Ports, context: dg.AssetExecutionContext, made_for_it: Iterable[str]) -> int:
    """Remove what was only made for this waybill, and everything in the vault whose day has come; returns how many."""
    today = ports.today()
    for asset in made_for_it:
        ports.vault.drop(
            find_upstream(ports.vault, context.instance, context.run, asset, Slot.of(context)).address, today
        )
    return len(ports.vault.purge(today))


def current_agreement(ports: Ports, loaded: Compiled) -> Agreement:
    """The agreement as its file says now.

    Raises:
        AgreementFaulty: it does not compile; every fault is named.
        AgreementReloadNeeded: the file has changed since the code location was loaded.

    """
    found = ports.reread(loaded.id)
    if found.agreement is None:
        message = f"{loaded.id} does not compile: {'; '.join(found.faults)}"
        raise AgreementFaulty(message)
    if found.sha256 != loaded.sha256:
        message = f"{loaded.id}.yaml has changed. Reload the code location, look at the change, and run this again."
        raise AgreementReloadNeeded(message)
    return found.agreement


def _occasion(ports: Ports, agreement: Agreement, slot: Slot) -> Occasion | None:
    """When this agreement is taken in a slot; None when it does not cover the school or is not due then."""
    if not _of_term(agreement, slot):
        return None
    subject = slot.period if agreement.dataset == "census" else agreement.id
    if not agreement.covers(slot.school) or subject not in ports.calendar.subjects(slot.period):
        return None
    return ports.calendar.occasion(subject, slot.period)


def _of_term(agreement: Agreement, slot: Slot) -> bool:
    """Say whether an agreement can have anything in a slot: a census agreement is for the terms it names."""
    return agreement.dataset != "census" or collection(slot.period).term_code in agreement.terms


def _upns(frames: Frames) -> dict[str, str | None]:
    """UPN of each pupil, from whichever table says it."""
    named = [frame for frame in frames.values() if {"pupil_id", "upn"} <= set(frame.columns)]
    return {
        str(pupil): None if pd.isna(upn) else str(upn)
        for frame in named
        for pupil, upn in zip(frame["pupil_id"], frame["upn"], strict=True)
    }


def _concerning(findings: pd.DataFrame, agreement: Agreement) -> pd.DataFrame:
    """The findings that bear on one agreement: a return's own, or those of the recipient's software."""
    if agreement.dataset == "census":
        return findings
    return findings[findings["rule"].str.startswith(f"{agreement.id}.")].reset_index(drop=True)


def _beside(frames: Frames, findings: pd.DataFrame) -> Frames:
    """What goes with some findings: whom they are about, and on what facts."""
    named = of_findings(frames[WHO.name], findings["pupil_id"].dropna())
    return {WHO.name: named} | ({FACT.name: frames[FACT.name]} if FACT.name in frames else {})
