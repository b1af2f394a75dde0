"""The assets of one agreement: minimised tables, the file, its waybill and, from the release job alone, the delivery.

Belongs here: one set of assets for every agreement file, by id. A file that does not compile has its assets too, which
fail with its faults, so that nothing silently vanishes from the UI.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import dagster as dg
import pandas as pd

from assets.edge import NO_CONFIG, value_free
from assets.io_manager import IO_MANAGER_KEY, Bundle, Files, find_upstream
from assets.lineage import column_links
from assets.partitions import Slot
from assets.people import DATA_MANAGERS, PROTECTION
from assets.ports import Ports
from assets.reading import read_standing
from exports.agreements import Agreement, Compiled
from exports.formats import FORMATS, FileFacts, verified
from exports.minimise import minimised as take
from exports.nothing_to_send import withdraw_gone
from exports.parts import parts
from exports.preparation import Draft, Prepared, prepare
from exports.protection_effects import Applied
from exports.sending import Doors, Sent, send_signed
from exports.standing_use import Here, put_under
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
    shared = {
        "partitions_def": source.partitions,
        "io_manager_key": IO_MANAGER_KEY,
        "group_name": name,
        "owners": [DATA_MANAGERS, PROTECTION],
        **NO_CONFIG,
    }

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
        taken = take(
            frames, agreement, as_at=occasion.as_at, standing=read_standing(ports, agreement, slot, tables.meta)
        )
        context.add_output_metadata(
            {
                "rows": {table: len(frame) for table, frame in taken.frames.items()},
                "held_for_a_decision": len(taken.applied.held),
            },
        )
        applied = taken.applied.body()
        return Bundle(taken.frames, {**tables.meta, "upns": _upns(tables.frames), "applied": applied})

    @dg.asset(
        key=[name, "minimised"],
        ins={"tables": dg.AssetIn(key=source.tables)},
        description=f"{title}: only the rows and fields that the agreement names.",
        metadata=column_links(compiled, source.tables),
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
        kinds={FORMATS[compiled.agreement.format].kind} if compiled.agreement else set(),
        **shared,
    )
    @value_free
    def file(context: dg.AssetExecutionContext, minimised: Bundle) -> Files:
        agreement = current_agreement(ports, compiled)
        files: dict[str, bytes] = {}
        told: list[FileFacts] = []
        for destination, frames in parts(minimised.frames).items():
            data = FORMATS[agreement.format].render(frames, agreement)
            facts = verified(data, frames, agreement)
            if facts.emitted.academic_year:
                ports.official(data, facts.emitted.academic_year)
            files[destination] = data
            told.append(facts)
        context.add_output_metadata(
            {
                "files": len(files),
                "bytes": sum(len(data) for data in files.values()),
                "pupils": sum(facts.pupils for facts in told),
                "cells": sum(facts.cells for facts in told),
            }
        )
        return Files(files)

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
    def waybill(context: dg.AssetExecutionContext, minimised: Bundle, file: Files, findings: Bundle) -> Bundle:
        slot = Slot.of(context)
        agreement = current_agreement(ports, compiled)
        concerning = _concerning(findings.frames[FINDING.name], agreement)
        beside = _beside(findings.frames, concerning)
        prepared = []
        for destination, frames in parts(minimised.frames).items():
            told = verified(file.by_destination[destination], frames, agreement)
            year = told.emitted.academic_year
            draft = Draft(
                school=ports.schools[slot.school],
                period=slot.period,
                agreement=agreement,
                notice=ports.notice(),
                data=file.by_destination[destination],
                facts=told,
                frames=frames,
                upns=minimised.meta["upns"],
                findings=concerning,
                certificate=minimised.meta["certificate"],
                beside=beside,
                confirmed=ports.confirmed(year) if year else NOTHING,
                destination=destination,
                applied=Applied.read(minimised.meta["applied"]),
            )
            nonce = secrets.token_hex(16)
            prepared.append(prepare(ports.ledger, ports.vault, ports.pupils, draft, ports.now(), nonce))
        withdraw_gone(
            ports.ledger, school=slot.school, period=slot.period, agreement=agreement,
            certificate=minimised.meta["certificate"], destinations=tuple(file.by_destination), at=ports.now(),
        )  # fmt: skip
        facts = _outcome(prepared) | _under_standing(ports, agreement, prepared)
        entered = _entered(ports, slot, [one.waybill.sha256 for one in prepared if one.waybill])
        ports.lodged.lodge(ports.now())
        _forget(ports, context, (f"{name}/minimised", f"{name}/file"))
        context.add_output_metadata({**facts, **entered})
        return Bundle({}, facts)

    return RecipientAssets((minimised, file, waybill), _delivery(compiled, ports, title, shared))


def _delivery(compiled: Compiled, ports: Ports, title: str, shared: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Build the asset that sends; in a release job alone."""
    name = compiled.id

    @value_free
    def delivering(context: dg.AssetExecutionContext) -> Bundle | None:
        slot = Slot.of(context)
        agreement = current_agreement(ports, compiled)
        if not _of_term(agreement, slot) or _of_others(ports, agreement, slot):
            context.log.info(f"{name} is not for {slot.school}, {slot.period}: nothing to send")
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
        facts = _sent(sent)
        context.add_output_metadata({**facts, **_entered(ports, slot, [one.waybill for one in sent])})
        return Bundle({}, facts)

    @dg.asset(
        key=[name, "delivery"],
        deps=[dg.AssetKey([name, "waybill"])],
        description=f"{title}: sends what has been signed, and records what arrived.",
        kinds={"sftp"},
        pool=f"recipient_{compiled.agreement.recipient.id}" if compiled.agreement else None,
        output_required=False,
        **shared,
    )
    def delivery(context: dg.AssetExecutionContext) -> Iterator[dg.Output[Bundle]]:
        bundle = delivering(context)
        if bundle is not None:
            yield dg.Output(bundle)

    return delivery


def _outcome(prepared: Sequence[Prepared]) -> dict[str, object]:
    """What became of a preparation; of several files, how many became what."""
    if len(prepared) != 1:
        return {"files": len(prepared), "outcomes": dict(Counter(one.outcome.value for one in prepared))}
    facts: dict[str, object] = {"outcome": prepared[0].outcome.value}
    if stands := prepared[0].waybill:
        facts |= {
            "waybill": stands.sha256,
            "version": stands.release_version,
            "to_look_at_it": f"waybill show {stands.sha256[:12]}",
        }
    return facts


def _entered(ports: Ports, slot: Slot, waybills: Sequence[str]) -> dict[str, object]:
    """Which entry of the ledger is the last of a file, and the desk's page of it; of several files, their return's."""
    if len(waybills) != 1:
        return {**ports.desk.of_return(slot)}
    return {"ledger_entry": ports.ledger.events(waybill=waybills[0])[-1].seq, **ports.desk.of_delivery(waybills[0])}


def _under_standing(ports: Ports, agreement: Agreement, prepared: Sequence[Prepared]) -> dict[str, object]:
    """Hold each file against the agreement's standing release; nothing to say where there is none."""
    here = Here(agreement, ports.notice().sha256, ports.now(), ports.today())
    judged = [
        put_under(ports.ledger, ports.vault, ports.pupils, one.waybill, here)
        for one in prepared
        if one.waybill is not None
    ]
    inside = [judgement.inside for judgement in judged if judgement is not None]
    return {"under_a_standing_release": sum(inside), "waiting_for_people": inside.count(False)} if inside else {}


def _sent(sent: Sequence[Sent]) -> dict[str, object]:
    """What became of a release; of several files, how many are in which state."""
    if len(sent) != 1:
        return {"files": len(sent), "states": dict(Counter(one.state.value for one in sent))}
    return {"waybill": sent[0].waybill, "state": sent[0].state.value, "sent_now": sent[0].sent_now}


def _forget(ports: Ports, context: dg.AssetExecutionContext, made_for_it: Iterable[str]) -> None:
    """Remove what was only made for this waybill; the rest goes on its day (`exports.purging`)."""
    for asset in made_for_it:
        made = find_upstream(ports.vault, context.instance, context.run, asset, Slot.of(context))
        ports.vault.drop(made.address, ports.today())


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


def _of_others(ports: Ports, agreement: Agreement, slot: Slot) -> bool:
    """Say whether an agreement is for other schools alone; a file made before the school left it is not passed over."""
    if agreement.covers(slot.school):
        return False
    return not ports.ledger.releases(school=slot.school, period=slot.period, agreement=agreement.id)


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
