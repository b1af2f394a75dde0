"""Exit codes of the `waybill` command: one table, a range for each kind of refusal.

Belongs here: the table alone. Operators can see an exit code where they may not see a log, so each kind of refusal has
its own; a refusal without a row is a fault of the program and a test finds it. `docs/exit_codes.md` is made from it.

    0 done   1 a fault of the program   2 wrong usage   3 something waits for a person   4-6 standing releases
    7-9 after it has left   10-19 set-up   20-29 reading the MIS   30-59 data and agreements
    60-79 people and signatures   80-99 the gate   100-119 the wire   120-125 the department's material
    193-199 rights   200-219 the record   220-254 sharing
    (nothing from 126 to 192, where a shell means its own)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

FAULT: Final = 1
USAGE: Final = 2
HELD: Final = 3
"""Done, and something waits for a person: findings are open."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal: its numbers, and what to do about each of its codes."""

    title: str
    numbers: range
    codes: Mapping[str, tuple[int, str]]


KINDS: Final = (
    Kind("Standing releases", range(4, 7), {
        "standing_unfit": (4, "Correct what the message names: a limit, a date, a school, or the kind of file."),
        "standing_over": (5, "Propose another standing release, or sign the file by itself."),
        "outside_envelope": (6, "Look at what the message names, and sign the file by itself if it is right."),
    }),
    Kind("After it has left", range(7, 10), {
        "hand_over_unfit": (7, "See `waybill handed list`; if another file was sent, tell the DPO."),
        "recall_unfit": (8, "See `waybill recall list`; a file that waits is called off with `waybill revoke`."),
        "step_unfit": (9, "Use a step and a return that `waybill checklist show` names."),
    }),
    Kind("Set-up", range(10, 20), {
        "not_initialised": (10, "Run `waybill init`, or point WAYBILL_HOME at the right state folder."),
        "secret_missing": (11, "Set the variable or put the file in the keys folder with mode 0600."),
        "trust_folder": (12, "Correct the file and line the message names; look with `waybill agreements`."),
        "permissions_lax": (13, "`chmod 600` the file, and consider the key seen: replace it."),
        "identity_unfit": (14, "Restore the key from a recovery holder; never make a new one over old data."),
        "wrong_kek": (15, "Restore the pupil-key database and its key from one backup."),
        "database_unfit": (16, "Point WAYBILL_HOME at the right folder, or restore the file from a backup."),
        "gateway_register_unreadable": (17, "Reinstall: the register of legal gateways comes with the program."),
        "spec_unreadable": (18, "Import the file the message asks for; `waybill spec show` lists what there is."),
        "spec_folder": (19, "Restore the trust folder's `spec`, or import the file the message names again."),
    }),
    Kind("Reading the MIS", range(20, 30), {
        "torn_snapshot": (20, "Prepare again when nobody is editing; nothing was prepared from what was read."),
        "mis_refused": (21, "Ask the MIS's administrator to grant what the message names."),
        "mis_unavailable": (22, "Prepare again later; if it lasts, ask the MIS's support."),
        "mis_answer_unreadable": (23, "Report it with the path in the message: the MIS's API has changed."),
        "wrong_school": (24, "Correct the school's `mis` entry in trust.toml: the secret is another school's."),
        "insecure_mis": (25, "Use an https address in trust.toml."),
        "unknown_mis": (26, "Use a kind of MIS that the message lists."),
        "mis_lacks": (29, "Correct the mapping file, or use another source, as the message says."),
        "ctf_unfit": (27, "Ask the sending school for a new file; nothing was read."),
        "ctf_version": (28, "Ask the sending school for a file of a version the message lists."),
    }),
    Kind("Data and agreements", range(30, 60), {
        "preparation_failed": (30, "Look at the reason printed for each school; put it right and prepare again."),
        "nothing_prepared": (31, "Prepare it first; `waybill status` lists what is."),
        "calendar_gap": (32, "Add the row to calendar.csv, or choose a period it has."),
        "no_such_collection": (33, "Use a collection the message lists."),
        "partition_unknown": (34, "Use a school of trust.toml and a period of the calendar."),
        "agreement_faulty": (35, "Correct every fault that `waybill agreements` lists."),
        "agreement_reload_needed": (36, "Look at the change, reload the code location, prepare again."),
        "school_not_covered": (37, "Add the school to the agreement, with the recipient's consent, or leave it out."),
        "population_unclear": (38, "Complete the field the message names in the MIS."),
        "nothing_to_send": (39, "Check why no pupil is left: this recipient takes no empty file."),
        "table_missing": (40, "Report it: the agreement asks for a table that is not prepared."),
        "notice_unreadable": (41, "Correct notice.md at the place the message names."),
        "supplement_unreadable": (42, "Correct the on-the-day file at the line and column the message names."),
        "phase_unknown": (43, "Give the school its phase in trust.toml."),
        "contract_broken": (44, "Report table, column and check; nothing that breaks its contract goes on."),
        "rows_of_no_pupil": (45, "Report the table: rows belong to no pupil of the return."),
        "rule_wrote": (46, "Report the rule: it changed what it may only read."),
        "unrenderable": (47, "Correct the named columns in the MIS: they hold what no file can carry."),
        "no_dialect": (48, "Give the agreement a `dialect`, or the format census_xml."),
        "file_disagrees": (49, "Report it: the file does not say what the tables say. Nothing was prepared."),
        "file_unreadable": (50, "Report it: the file is not one of its agreement. Nothing was prepared."),
        "unreadable": (51, "Report it: the return names something the agreement or layout does not."),
        "upstream_missing": (52, "Prepare again from the beginning: the earlier step's data has been purged."),
        "nothing_to_explain": (53, "Name a rule with an open query (`waybill findings`); errors that block are fixed."),
        "already_told": (54, "Prepare it again: whoever is still to be returned stays in it."),
        "school_file_unreadable": (55, "Correct the school file at the section and key the message names."),
        "protection_changed": (56, "Prepare it again and have it signed: the register or a decision changed."),
        "explanations_unreadable": (57, "Correct explanations.csv at each line the message names."),
        "census_file_unfit": (58, "Export the file from the MIS again; the message says what is wrong, and where."),
        "not_adopted": (59, "Correct each point of the message in the MIS and export again, or send our own return."),
    }),
    Kind("People and signatures", range(60, 80), {
        "not_allowed": (60, "Say who you are with --as, or ask somebody whose role it is."),
        "not_named": (61, "Type the first eight characters of the waybill you have read."),
        "key_unreadable": (62, "Check the key file and its passphrase; it must be ed25519 and encrypted."),
        "signer_unknown": (63, "Ask two approvers to add the person to the register."),
        "signer_key_unknown": (64, "Sign with the key the register holds, or have two approvers change it."),
        "role_not_held": (65, "Let somebody sign who holds the role for the school."),
        "same_person_twice": (66, "Let a second person sign: one person never fills two roles."),
        "same_key_twice": (67, "Stop, tell the DPO: two names have signed with one key."),
        "signature_broken": (68, "Stop, tell the DPO: a signature does not belong to what it claims."),
        "signature_expired": (69, "Sign again."),
        "signature_not_yet_valid": (70, "Check the clocks, then sign again."),
        "statement_malformed": (71, "Sign again as the message says; both must give the same reason and reference."),
        "too_late_to_sign": (72, "Nothing: the file is on its way, was sent, or was called off."),
        "register_missing": (73, "Run `waybill approvers bootstrap`."),
        "register_exists": (74, "Use `waybill approvers propose`, `sign` and `apply`."),
        "register_malformed": (75, "Correct the entry of the people file the message names."),
        "person_twice": (76, "List each person once."),
        "key_shared": (77, "Give each person a key of their own (`waybill approvers new-key`)."),
        "register_forged": (78, "Stop sending, keep the ledger as it is, tell the DPO, restore from a backup."),
        "approver_change_not_authorised": (79, "Let two different current approvers of the whole trust sign it."),
    }),
    Kind("The gate", range(80, 100), {
        "not_signed": (80, "Let the role the message names sign."),
        "nothing_signed": (81, "Prepare and sign it; `waybill status` shows where it stands."),
        "revoked": (82, "Prepare again: it was called off."),
        "blocking_errors_open": (83, "Correct them in the MIS and prepare again, or override with the helpdesk."),
        "queries_unexplained": (84, "Explain each with `waybill note`, prepare and sign again."),
        "file_changed": (85, "Prepare again; if it happens twice, tell the DPO: the stored file was touched."),
        "agreement_changed": (86, "Look at the change, prepare and sign again."),
        "agreement_not_in_force": (87, "Renew the agreement with the recipient, then prepare and sign again."),
        "gateway_not_in_force": (88, "Ask the DPO which legal gateway applies now."),
        "recipient_changed": (89, "Check with the recipient, prepare and sign again."),
        "notice_changed": (90, "Prepare and sign again under the notice now in force."),
        "snapshot_changed": (91, "Prepare again."),
        "snapshot_not_whole": (92, "Prepare again: when nobody is editing the MIS, or after a dry run."),
        "findings_changed": (93, "Prepare again, so that the new explanations are signed too."),
        "register_changed": (94, "Prepare and sign again under the approver register now in force."),
        "disclosures_differ": (95, "Prepare again."),
        "release_spent": (96, "Wait for the attempt that is running; then see `waybill status`."),
        "already_sent": (97, "Nothing: the recipient has it. A correction is prepared as the next version."),
        "waybill_malformed": (98, "Prepare again; if it happens twice, tell the DPO."),
        "remote_name_refused": (99, "Correct delivery.filename in the agreement."),
    }),
    Kind("The wire", range(100, 120), {
        "transport_failure": (100, "Read the message; `waybill status` says whether a byte may have left."),
        "sftp_host_key": (101, "Do not send. Ring the recipient and compare the key: it may be another server."),
        "sftp_authentication": (102, "Ask the recipient whether our key is still registered."),
        "sftp_credential": (103, "Put the route's key in the keys folder with mode 0600."),
        "sftp_connection_refused": (104, "Try again later; check host, port and firewall with the recipient."),
        "sftp_algorithm": (105, "Ask the recipient to offer current algorithms."),
        "sftp_quota": (106, "Ask the recipient to make room; then `waybill resolve` or release again."),
        "sftp_permission": (107, "Ask the recipient to let our account write, read and rename there."),
        "sftp_directory": (108, "Compare delivery.directory with the recipient."),
        "sftp_name_taken": (109, "Ask the recipient what lies under that name; nothing was written over."),
        "sftp_content_differs": (110, "Run `waybill resolve`, then release again; if it lasts, tell the recipient."),
        "sftp_timeout": (111, "Run `waybill resolve` when the state is unknown; otherwise release again."),
        "sftp_connection_lost": (112, "Run `waybill resolve` when the state is unknown; otherwise release again."),
        "not_unknown": (113, "Nothing: there is no doubt about this file."),
        "still_sending": (114, "Wait until the moment the message names, then resolve."),
        "outcome_unknown": (116, "Run `waybill resolve` with the waybill the message names; never prepare it again."),
        "handing_over_failed": (117, "Look into the folder that the message names, then `waybill resolve` or release."),
        "sftp_login_stopped": (118, "Ask the recipient about our key; `waybill drill try` counts anew once it works."),
        "key_rotation": (119, "Follow the order new-key, try, switch, retire; the message says which comes next."),
        "still_unknown": (115, "Ask the recipient whether they have the file, by name and length."),
    }),
    Kind("The department's material", range(120, 126), {
        "unverified_layout": (120, "Import or learn what confirms the paths (`waybill spec`), or override."),
        "schema_refused": (121, "Report the lines: the file is not what the department's schema asks for."),
        "official_check_failed": (122, "Import a corrected file of the same name, or take it out of the index."),
        "collection_undecided": (123, "Decide the dates the message names, in the year's dates.csv."),
        "year_not_new": (124, "Nothing was written: go on with the folder that is there."),
    }),
    Kind("Rights", range(193, 200), {
        "rights_request_unfit": (193, "Give what the message names; `waybill rights show` says where it stands."),
        "rights_request_unknown": (194, "Use a number that `waybill rights list` shows."),
        "rights_request_not_ready": (195, "Record what was checked: `waybill rights check`."),
        "access_report_held": (196, "Leave out what must not be told (`waybill rights exempt`), then say so."),
        "erasure_refused": (198, "Do what each point of the message asks; nothing was destroyed."),
        "tombstones_unfit": (199, "Put back the list of destroyed keys lodged outside; send nothing before."),
        "duty_unfit": (197, "Use a number and a next state that `waybill rights duties` shows."),
    }),
    Kind("The record", range(200, 220), {
        "ledger_does_not_verify": (200, "Stop sending, keep the file as it is, tell the DPO."),
        "head_mismatch": (201, "Stop sending: the ledger was cut, rolled back or replaced. Restore the newest backup."),
        "head_unsigned": (202, "Use the head file lodged outside; the one found was not signed by this ledger's key."),
        "head_unreachable": (203, "Make the folder of `[ledger] lodge_in` reachable; for a new one: `waybill lodge`."),
        "ledger_broken": (204, "Run `waybill verify`, restore from a backup."),
        "move_refused": (205, "See `waybill status`: the release is not where this step begins."),
        "unknown_release": (206, "List the waybills with `waybill status`."),
        "pupil_unknown": (207, "Check the UPN's letters, or try a former UPN."),
        "pupil_key_gone": (208, "Nothing: the pupil's key was destroyed, as retention asks."),
        "pupil_key_traces_remain": (209, "Destroy again when no other program has the database open."),
        "artefact_unknown": (210, "Prepare again; if it happens twice, run `waybill verify`."),
        "artefact_gone": (211, "Prepare again: it was purged on its date."),
        "artefact_missing": (212, "Restore the vault from a backup, or prepare again."),
        "artefact_changed": (213, "Tell the DPO: a sealed file was touched. Restore it, or prepare again."),
        "artefact_locked": (214, "Restore the vault identity that sealed it."),
        "database_unreachable": (216, "Look at the PostgreSQL server that trust.toml names; nothing was changed."),
        "cell_unknown": (217, "Look at what the file told of the pupil with `waybill trace pupil`."),
        "nothing_to_prove": (218, "Name a file that left: `waybill trace day` lists them."),
        "backup_unfit": (219, "Name a new or empty folder, or take another backup, as the message says."),
        "not_frames": (215, "Prepare again; if it happens twice, report it."),
    }),
    Kind("Sharing", range(220, 255), {
        "case_faulty": (230, "Correct every fault that `waybill legal list` shows."),
        "case_refused": (231, "Nothing: the request was refused. A new request is a new case file."),
        "case_pupils_differ": (232, "Name exactly the pupils that were asked for, as URN:ID."),
        "no_such_case": (233, "Use a case that `waybill legal list` shows."),
        "seal_broken": (234, "Prepare the case again; if it happens twice, report it."),
        "alerts_unreadable": (245, "Correct the route of alerts.toml that the message names; `waybill alerts try`."),
        "calendar_faulty": (244, "Correct each row and column the message names; look with `waybill calendar check`."),
        "calendar_conflict": (220, "Give the feeds the message names the same days in calendar.csv, or other periods."),
        "protection_record_unfit": (223, "Give the record what the message names (`waybill protect add`)."),
        "protection_unconfirmed": (224, "Let the safeguarding lead confirm the register, then prepare again."),
        "protection_held": (225, "Let the safeguarding lead decide on each pupil, then prepare again."),
        "decision_unfit": (226, "Correct what the message names; `waybill findings` lists who is held."),
        "no_such_agreement": (221, "Use a name that the message lists, or the path of a file."),
        "notice_not_in_force": (228, "Put back the notice in force, or wait for the day that the message names."),
        "notice_not_kept": (236, "Put right each point (a clause, an agreement, a row of the table), check again."),
        "notice_statements_unreadable": (237, "Give the trust folder its table of what keeps each clause."),
        "no_feeds_unreadable": (238, "Correct no_feeds.yaml at each line the message names."),
        "controller_unreadable": (239, "Complete controller.toml as the message says: Article 30(1) asks for it."),
        "no_such_sharing": (229, "Use the id of an agreement or observed flow that the message lists."),
        "disclosure_incomplete": (235, "Give what the message names, and enter the disclosure again."),
        "does_not_compile": (222, "Correct every fault the message names; `waybill agreements check` lists them too."),
        "answer_unreadable": (254, "Export the other side's list again, as CSV with its headings."),
        "no_such_request": (240, "Name a delivered request; `waybill deletions list --all` shows them."),
        "reference_unfit": (241, "Give the supplier's reference only: letters, digits and . / _ -"),
        "roster_unwritable": (242, "Put the named columns on one line in the MIS, then prepare again."),
        "establishment_register": (243, "Take the register of schools from GIAS again, or correct the line named."),
        "hold_unfit": (247, "Give the reason, and a number that `waybill hold list` shows."),
        "retention_unfit": (248, "Correct retention.toml as the message says: class, days and reason."),
        "retention_overdue": (249, "Run `waybill retention purge`; a kind without a rule is to be reported."),
        "complaint_unfit": (250, "Give what the message names; `waybill complaints list` shows the numbers."),
        "lineage_undelivered": (251, "Put right the file or endpoint, and export again from the same number."),
        "not_to_collect": (246, "Choose a waybill that `waybill chase list` shows as handed over."),
        "binary_embedded": (227, "Find the record in the MIS that holds it and take it out, then prepare again."),
    }),
)  # fmt: skip

EXIT_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {code: number for kind in KINDS for code, (number, _) in kind.codes.items()}
)
