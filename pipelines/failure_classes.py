"""Classes of failure, and for each the three questions that matter at two in the morning.

Belongs here: the table, and which class a refusal's code belongs to. `docs/cards/` is made from it, `waybill doctor`
and the alerts answer with it, so that all three say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pipelines.exit_codes import KINDS


@dataclass(frozen=True, slots=True)
class FailureClass:
    """One class of failure.

    Attributes:
        title: what is wrong, for a heading.
        at_risk: is data at risk?
        left: has anything left?
        retry: may I retry?
        who: who is needed.
        steps: what to do, in order.
        person: whether it needs one; otherwise the next night puts it right.

    """

    title: str
    at_risk: str
    left: str
    retry: str
    who: str
    steps: tuple[str, ...]
    person: bool = True


_NO = "No."
_NOTHING = "No, nothing."

CLASSES: Final[Mapping[str, FailureClass]] = MappingProxyType(
    {
        "fault": FailureClass(
            "A fault of the program",
            "No. The message holds no personal data.",
            "`waybill status` shows it: only what stands as sent has left.",
            "Once. If it happens again, report the line first.",
            "Trust IT, then support",
            ('Note the line that begins with "A fault in the program".', "Look at `waybill status`.", "Report it."),
        ),
        "setup": FailureClass(
            "The installation is not set up, or no longer",
            _NO,
            _NOTHING,
            "Yes, once what the message names is there.",
            "Trust IT",
            ("Run `waybill doctor`; it names what is missing.", "Put it right.", "Run `waybill doctor` again."),
        ),
        "exposed": FailureClass(
            "A key or folder can be read by others",
            "Perhaps: whoever can log in to the machine could have read it.",
            "Not by the program.",
            "Yes, once only the service's user can read it.",
            "Trust IT, then the DPO",
            (
                "Take the rights of others away (`chmod 600` a file, `chmod 700` a folder).",
                "Consider the key seen and replace it: `waybill drill new-key`, or the MIS's own page.",
                "Tell the DPO who has accounts on the machine.",
            ),
        ),
        "trust-folder": FailureClass(
            "A file of the trust folder cannot be used",
            _NO,
            _NOTHING,
            "Yes, after the correction.",
            "Data manager",
            (
                "Correct what the message names, by row, line or column.",
                "`waybill calendar check` and `waybill agreements`.",
                "Reload the code location in the Dagster UI.",
            ),
        ),
        "calendar-gap": FailureClass(
            "The calendar does not say when something is due",
            "No, but what has no row is never prepared.",
            _NOTHING,
            "Nothing is there to retry: add the row.",
            "Data manager",
            ("`waybill calendar check` names each gap.", "Add the row to calendar.csv.", "Reload the code location."),
        ),
        "mis-away": FailureClass(
            "A school's MIS does not answer, or not whole",
            "No. A reading that is not whole is not kept.",
            _NOTHING,
            "Yes. The next night does so by itself.",
            "Nobody, unless it lasts for two days",
            (
                "Wait for the next night, or re-execute the school's run from its first step.",
                "If it lasts, ask the MIS's support whether it is down.",
            ),
            person=False,
        ),
        "mis-refused": FailureClass(
            "A school's MIS does not let us in, or answers for another school",
            "No. Nothing was kept.",
            _NOTHING,
            "Not before the secret or trust.toml is right.",
            "Trust IT with the school's MIS administrator",
            (
                "Look whether the application is still approved in the MIS.",
                "Put the right secret where trust.toml refers.",
                "Re-execute the school's run.",
            ),
        ),
        "data": FailureClass(
            "A return or feed could not be prepared",
            "No. Nothing that breaks its contract goes on.",
            _NOTHING,
            "Yes, after what the message names has been put right.",
            "Data manager",
            (
                "Read the message: it names table, column or agreement, and a count.",
                "Correct it in the MIS or the file.",
                "Prepare the school again.",
            ),
        ),
        "people": FailureClass(
            "A person may not do this, or a signature is missing",
            _NO,
            _NOTHING,
            "The person does it again; not you.",
            "The person the message names",
            ("Read who is needed.", "Ask that person."),
        ),
        "forged": FailureClass(
            "A signature or the register does not hold",
            "Perhaps: somebody may have tried to release a file.",
            "Only what stands as sent in `waybill status`.",
            "No.",
            "The DPO, at once",
            (
                "Switch the release sensors off.",
                "Keep the state folder as it is.",
                "Tell the DPO.",
                "`waybill verify`.",
            ),
        ),
        "gate": FailureClass(
            "The gate did not let a file leave",
            _NO,
            "No; except `already_sent`, which left before.",
            "Yes, after what the message names.",
            "Data manager",
            ("Read the message.", "Prepare and sign again where it says so."),
        ),
        "refused": FailureClass(
            "A recipient's server refused, or could not be reached",
            "No.",
            "No byte of the file.",
            "Yes: `waybill release`; the signatures still hold. Not after three refused logins.",
            "Trust IT with the recipient",
            (
                "Look at the message and ask the recipient what it names.",
                "`waybill drill try` logs in and sends nothing.",
                "`waybill release` when it is right.",
            ),
        ),
        "host-key": FailureClass(
            "A recipient's server shows another host key",
            "Not by this server: it was sent no credential and no byte of the file.",
            "See the state in `waybill status`: nothing, unless a transfer that was cut met another key as it went on.",
            "No. Ring the recipient first.",
            "Trust IT, by telephone",
            (
                "Ring the recipient on a number you already have; ask for the fingerprint of the new key.",
                "If it is theirs, put it in the agreement (`next_host_key`) and have the change looked at.",
                "If it is not, tell the DPO: somebody may stand between you.",
            ),
        ),
        "unknown": FailureClass(
            "Nobody can say whether a file arrived",
            "The recipient may have all or part of it; nobody else has.",
            "Perhaps.",
            "Never send again. `waybill resolve` looks by reading back.",
            "Trust IT, else the recipient",
            (
                "`waybill resolve` with the waybill that `waybill status` shows.",
                "If it stays unknown, ask the recipient for name and length of what they have.",
            ),
        ),
        "gone": FailureClass(
            "A step after a file has left does not fit",
            "If another file was sent than was signed: yes.",
            "Yes: see `waybill handed list` and `waybill status`.",
            "Yes, after what the message names.",
            "Data manager; the DPO when another file was sent",
            (
                "Read the message.",
                "Look at `waybill handed list`.",
                "Tell the DPO when what left is not what was signed.",
            ),
        ),
        "material": FailureClass(
            "The Department's material does not fit the return",
            _NO,
            _NOTHING,
            "Yes, after what the message names.",
            "Data manager",
            ("Look with `waybill spec show`.", "Import what is missing, or report the lines."),
        ),
        "record": FailureClass(
            "The record is not intact, or not reachable",
            "Perhaps: stop.",
            "See `waybill status`; nothing more leaves until the record holds.",
            "No. Keep the files as they are.",
            "Trust IT and the DPO, at once",
            (
                "Switch the release sensors off.",
                "Copy the state folder as it is.",
                "`waybill verify` names what does not hold.",
                "Restore the newest backup; the head lodged outside shows whether it is the newest.",
            ),
        ),
        "vault": FailureClass(
            "A sealed file is gone, locked or changed",
            "If it was changed, perhaps; a lost one can be made again.",
            _NOTHING,
            "Prepare again; if the message says changed, tell the DPO first.",
            "Trust IT",
            (
                "Read the message: gone, locked or changed.",
                "Prepare the school again, or restore the vault from a backup.",
            ),
        ),
        "sharing": FailureClass(
            "Something about sharing waits for a decision",
            _NO,
            _NOTHING,
            "Yes, after what the message names.",
            "DPO or safeguarding lead",
            ("Read the message; it names the register, case or notice.", "Let the person decide it.", "Prepare again."),
        ),
        "late": FailureClass(
            "A file that was due has not left",
            "No.",
            "Not this file.",
            "Yes: prepare it, have it signed, release it.",
            "Data manager",
            (
                "`waybill status` shows where it stands: not prepared, not signed, or refused.",
                "Tell the recipient if a statutory day has passed.",
            ),
        ),
        "expiring": FailureClass(
            "A key, agreement or exception ends soon",
            "No.",
            _NOTHING,
            "Nothing has failed yet.",
            "DPO for an agreement, trust IT for a key",
            ("Renew it before the day the message names.", "After the day, nothing leaves under it."),
        ),
        "machine": FailureClass(
            "The machine is short of something: disk, clock, Dagster's daemon",
            "No; a full disk stops loudly.",
            _NOTHING,
            "Yes, once the machine has it again.",
            "Trust IT",
            ("Make room, set the clock (NTP), or start the service that the message names.", "`waybill doctor`."),
        ),
        "run-failed": FailureClass(
            "A run failed",
            "No.",
            "A preparing run sends nothing; for a release run see `waybill status`.",
            "Re-execute it from its first step; a release run is started by the sensor alone.",
            "Trust IT",
            (
                "Open the run in the Dagster UI: the failed step says what to do.",
                "Its words name a code; `docs/exit_codes.md` says more.",
            ),
        ),
        "alerting": FailureClass(
            "Alerts cannot be delivered",
            "No, but nobody is told of anything else.",
            "No.",
            "Yes: the next look tries again.",
            "Trust IT",
            ("`waybill alerts try` says which route does not answer.", "Correct alerts.toml or its secret."),
        ),
    }
)

_OF_KIND: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Standing releases": "gate",
        "After it has left": "gone",
        "Set-up": "setup",
        "Reading the MIS": "mis-away",
        "Data and agreements": "data",
        "People and signatures": "people",
        "The gate": "gate",
        "The wire": "refused",
        "The department's material": "material",
        "Rights": "sharing",
        "The record": "record",
        "Sharing": "sharing",
    }
)
_APART: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "exposed": ("permissions_lax",),
        "trust-folder": ("trust_folder", "agreement_faulty", "agreement_reload_needed", "notice_unreadable",
                         "calendar_faulty", "calendar_conflict", "spec_folder", "alerts_unreadable"),
        "calendar-gap": ("calendar_gap",),
        "mis-refused": ("mis_refused", "wrong_school", "insecure_mis", "unknown_mis"),
        "forged": ("same_key_twice", "signature_broken", "register_forged"),
        "unknown": ("outcome_unknown", "still_unknown", "not_unknown", "still_sending"),
        "host-key": ("sftp_host_key",),
        "vault": ("artefact_unknown", "artefact_gone", "artefact_missing", "artefact_changed", "artefact_locked",
                  "not_frames"),
        "people": ("pupil_unknown", "unknown_release", "move_refused"),
    }
)  # fmt: skip

CLASS_OF_CODE: Final[Mapping[str, str]] = MappingProxyType(
    {code: _OF_KIND[kind.title] for kind in KINDS for code in kind.codes}
    | {code: name for name, codes in _APART.items() for code in codes}
    | {"fault": "fault"}
)
"""The class of each refusal by its code."""
