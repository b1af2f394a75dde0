"""Every way in which an agreement file is refused, one change each from a file that compiles."""

import datetime as dt
import re

import pytest

from exports import vocabularies as words
from exports.agreements import compile_folder
from exports.gateways import load_gateways, not_in_force
from schemas.census.layout import layout
from simulator.sftp import demo_host_key, public_text
from tests.exports.trust_folder import FOLDER, agreement, compiled, faults_of, notice, schools, text_of

NHS, LA, DFE = "nhs_immunisation", "la_new_pupils", "dfe_autumn_census"

HOST_KEY = re.search(r"  host_key: .*\n", text_of(NHS))[0]

# case, file, what is replaced (once), by what, what the fault says
REFUSED = [
    ("duplicate key", NHS, 'version: "1"', 'version: "1"\nversion: "2"', "version is given twice"),
    ("anchor", NHS, 'version: "1"', 'version: &v "1"', "anchor"),
    ("alias", NHS, 'version: "1"', "version: *v", "alias|not YAML"),
    ("tag", NHS, 'version: "1"', "version: !!str 1", "tag"),
    ("broken YAML", NHS, 'version: "1"', 'version: "1', "not YAML"),
    ("unknown key", NHS, 'version: "1"', 'version: "1"\nnotes: x', "has no key notes"),
    ("missing key", NHS, "when_empty: nil\n", "", "does not say its when_empty"),
    ("blank text", NHS, 'version: "1"', 'version: " "', "not blank"),
    ("bad date", NHS, "starts: 2026-09-01", "starts: 01/09/2026", "YYYY-MM-DD"),
    ("unknown purpose", NHS, "purpose: pastoral_care", "purpose: marketing", "not one of"),
    ("unknown basis", NHS, "basis: 6(1)(e)", "basis: 6(1)(f)", "not one of"),
    ("consent", NHS, "basis: 6(1)(e)", "basis: 6(1)(a)", "needs consent_purpose"),
    ("duty on another basis", LA, "basis: 6(1)(c)", "basis: 6(1)(e)", "legal duty, so the basis"),
    ("unknown recipient kind", NHS, "kind: nhs_immunisation", "kind: newspaper", "not one of"),
    ("unknown role", NHS, "role: controller", "role: friend", "not one of"),
    ("unknown cadence", NHS, "cadence: term", "cadence: hourly", "not one of"),
    ("wildcard recipient", NHS, "Invented Vale School", "Invented Vale and other departments", "must be one body"),
    ("recipient clause", NHS, 'clause: "7.4"', 'clause: "7.9"', "no clause 7.9"),
    ("purpose clause", NHS, 'purpose_clause: "3.4"', 'purpose_clause: "3.9"', "no clause 3.9"),
    ("field clause", NHS, '- clause: "2.2"', '- clause: "2.22"', "no clause 2.22"),
    ("ends before it starts", NHS, "ends: 2027-08-31", "ends: 2026-08-31", "ends before it starts"),
    ("health agreement too long", NHS, "ends: 2027-08-31", "ends: 2027-09-30", "31 August"),
    ("never reviewed", NHS, "  reviewed_by: Morwenna Ashby, Data Protection Officer\n", "", "reviewed_by"),
    ("reviewed after its end", NHS, "reviewed_on: 2026-08-24", "reviewed_on: 2029-08-24", "after the agreement's last"),
    ("no impact assessment", NHS, "  dpia: DPIA-2026-03\n", "", "dpia"),
    ("processor without contract", NHS, "role: controller", "role: processor", "article_28"),
    ("contract of no processor", NHS, "  dpia:", "  article_28: C-1\n  dpia:", "not a processor"),
    ("abroad without safeguard", NHS, "country: GB", "country: US", "transfer_safeguard"),
    ("country in words", NHS, "country: GB", "country: England", "two-letter"),
    ("no policy document", DFE, "  policy_document: APD-2026-01", "", "policy_document"),
    ("who is a parent", NHS, "  parent_means: parental-responsibility", "", "parent_means"),
    ("format of dataset", NHS, "format: csv", "format: census_xml", "is sent as csv"),
    ("csv without dialect", LA, "dialect:\n", "dialogue:\n", "needs its dialect"),
    ("census that names no term", DFE, "      - header.term\n", "", "always has header.term"),
    ("census with dialect", DFE, "terms: [AUT]", "terms: [AUT]\ndialect: {encoding: utf-8}", "has no dialect"),
    ("census to a health team", DFE, "kind: dfe", "kind: nhs_other", "Department or a local authority"),
    ("cadence of dataset", LA, "cadence: day", "cadence: collection", "belongs to the dataset census"),
    ("collection without terms", DFE, "terms: [AUT]\n", "", "needs terms"),
    ("terms of a feed", LA, "cadence: day", "cadence: day\nterms: [AUT]", "cadence collection only"),
    ("unknown population", LA, "- whole_roll", "- volunteers", "not one of"),
    ("population beside whole_roll", LA, "- whole_roll", "- whole_roll\n  - main_registration", "leaves nobody out"),
    ("partial census", DFE, "- whole_roll", "- main_registration", "a census return is whole"),
    ("partial class list", NHS, "protection:", "  - main_registration\nprotection:", "whole roll of its year groups"),
    ("year groups without values", NHS, '- year_groups: ["8", "9", "10", "11"]', "- year_groups", "needs its values"),
    ("kind of protection missing", NHS, "  objection: contacts_withheld\n", "", "does not say its objection"),
    ("unknown effect", NHS, "safe_address: contacts_withheld", "safe_address: trusted", "not one of"),
    ("not there, yet it is", NHS, "court_order: contacts_withheld", "court_order: not_in_dataset", "is not true"),
    ("objection not there", NHS, "objection: contacts_withheld", "objection: not_in_dataset", "another effect"),
    ("gap in a class list", NHS, "objection: contacts_withheld", "objection: row_withheld", "whole year group"),
    ("sent without why", LA, "    why: the law", "    # the law", "needs its why"),
    ("why of another effect", LA, "effect: sent", "effect: held", "effect sent only"),
    ("census not held", DFE, "safe_address: held", "safe_address: contacts_withheld", "the effect is held"),
    ("regulation 13 not held", LA, "court_order: held", "court_order: contacts_withheld", "the effect is held"),
    ("objection to a public task", NHS, "objection: contacts_withheld", "objection: {effect: sent, why: x}", "21.1"),
    ("duty stopped by an objection", LA, "    effect: sent\n", "    effect: row_withheld\n", "goes on despite"),
    ("consent purpose of no consent", NHS, "cadence: term", "consent_purpose: x\ncadence: term", "nor a condition"),
    ("one signature", NHS, "signing: [data_manager, head]", "signing: [head]", "two different roles"),
    ("one role twice", NHS, "signing: [data_manager, head]", "signing: [head, head]", "two different roles"),
    ("unknown role to sign", NHS, "signing: [data_manager, head]", "signing: [data_manager, cook]", "not one of"),
    ("no host key", NHS, HOST_KEY, "", "host_key"),
    ("cut host key", NHS, HOST_KEY, HOST_KEY[:-20] + "\n", "complete"),
    ("key itself", NHS, "key_ref: file:sais", "key_ref: hunter2", "never the key itself"),
    ("climbing folder", NHS, "directory: /class-lists", "directory: /class-lists/../other", "absolute folder"),
    ("port", NHS, "port: 18022", "port: 99999", "whole number"),
    ("read back in words", NHS, "read_back: true", "read_back: yes", "not one of true, false"),
    ("pupil in the file name", NHS, "{urn}_classlist", "{surname}_classlist", "may use only"),
    ("file names that collide", NHS, "_{version:03d}.csv", ".csv", "could share a name"),
    ("Department 'delivered'", DFE, "ends_as: handed over", "ends_as: delivered", "handed over"),
    ("school of nobody", NHS, '"900003"', '"900099"', "no school with URN 900099"),
    ("pupils of another authority", LA, '"900004"', '"900005"', "is in authority 826"),
    ("unknown field", NHS, "roll.postcode", "roll.shoe_size", "no field roll.shoe_size"),
    ("nationality", NHS, "roll.postcode", "roll.nationality", "collected by no one"),
    ("field of another dataset", NHS, "roll.postcode", "joiner.postcode", "not in the dataset roll"),
    ("field twice", NHS, "roll.postcode", "roll.surname", "roll.surname is named twice"),
    ("unknown gateway", NHS, "gateway: public-task-immunisation", "gateway: because-we-can", "no gateway because"),
    ("condition as gateway", NHS, "gateway: public-task-immunisation", "gateway: dpa-2018-sch1-6", "not a gateway"),
    ("exemption as gateway", NHS, "gateway: public-task-immunisation", "gateway: dpa-2018-sch2-2", "single case"),
    ("not commenced", LA, "gateway: si-2024-208-reg-13-1", "gateway: cwsa-2026-s4", "commencement"),
    ("binds others", NHS, "gateway: public-task-immunisation", "gateway: si-2005-1437-reg-9", "binds maintained"),
    ("special without Article 9", DFE, "    article_9: 9(2)(g)\n", "", "needs article_9"),
    ("special without Schedule 1", DFE, '    schedule_1: "6"\n', "", "needs schedule_1"),
    ("paragraph of another condition", DFE, 'schedule_1: "6"', 'schedule_1: "2"', "does not carry"),
    ("UPN to a health team", NHS, "source: roll.postcode", "source: roll.upn", "UPN goes to the Department"),
    ("no why", NHS, "    why: traces the child's NHS record\n", "", "does not say its why"),
    ("column without a name", NHS, "{source: roll.postcode, as: CHILD_POSTCODE}", "roll.postcode", "say its column"),
    ("column named in a census", DFE, "- pupil.uln", "- {source: pupil.uln, as: ULN}", "names its own elements"),
    ("transform in a census", DFE, "- pupil.dob", "- {source: pupil.dob, transform: date_uk}", "no transform"),
    ("date as it is", NHS, ", transform: date_uk", "", "cannot write"),
    ("text as a date", NHS, "as: CHILD_POSTCODE", "as: CHILD_POSTCODE, transform: date_uk", "cannot write"),
    ("year number of another field", NHS, "as: CHILD_POSTCODE", "as: CHILD_POSTCODE, transform: year_number", "only"),
    ("unknown transform", NHS, "transform: date_uk", "transform: guess", "not one of"),
    ("shared column", LA, "as: UPN", "as: Surname", "has 2 sources"),
    ("sorted by what is not there", NHS, "roll.forename]", "roll.sex]", "cannot be sorted"),
    ("unknown encoding", NHS, "encoding: utf-8-sig", "encoding: latin-1", "not one of"),
    ("class list without mark", NHS, "encoding: utf-8-sig", "encoding: utf-8", "utf-8-sig"),
    ("class list column", NHS, "as: CHILD_POSTCODE", "as: POSTCODE", "has no column POSTCODE"),
    ("class list out of order", NHS, "as: CHILD_REGISTRATION", "as: CHILD_GENDER", "order of its template"),
    ("class list without a name", NHS, "as: CHILD_FIRST_NAME", "as: CHILD_PREFERRED_FIRST_NAME", "CHILD_FIRST_NAME"),
    ("class list to a supplier", NHS, "kind: nhs_immunisation", "kind: supplier", "immunisation team only"),
    ("class list, name as it is", NHS, "as: CHILD_LAST_NAME, transform: nfc", "as: CHILD_LAST_NAME", "nfc"),
    ("retention", NHS, "retention_days: 400", "retention_days: forever", "whole number"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "says"), [case[1:] for case in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_one_change_stops_an_agreement_from_compiling(file, old, new, says):
    good = text_of(file)
    assert faults_of(good, file) == ()
    assert old in good
    faults = faults_of(good.replace(old, new, 1), file)
    assert any(re.search(says, fault) for fault in faults), faults
    assert all(re.match(rf"{file}\.yaml line \d+: ", fault) for fault in faults)


def test_all_faults_are_listed_at_once_with_their_lines():
    text = text_of(NHS).replace("purpose: pastoral_care", "purpose: marketing").replace("port: 18022", "port: none")
    faults = faults_of(text, NHS)
    lines = text.splitlines()
    found = [re.match(r"\w+\.yaml line (\d+): ", fault) for fault in faults]
    assert [lines[int(match[1]) - 1].split(":")[0].strip() for match in found] == ["purpose", "port"]


RUBBISH = ["", "- a list", "just text", "fields: 3", "a: [", "{}", "? [a]: b", "\x00", "fields: [x]"]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_is_faults_never_an_exception(rubbish):
    assert faults_of(rubbish)


@pytest.mark.parametrize("name", [NHS, LA])
def test_leaving_out_any_one_line_never_raises(name):
    lines = text_of(name).splitlines(keepends=True)
    for number in range(len(lines)):
        faults_of("".join(lines[:number] + lines[number + 1 :]), name)


def test_every_demo_agreement_compiles():
    assert {name: each.faults for name, each in compiled().items() if each.faults} == {}


def test_the_census_agreement_names_every_autumn_item_and_no_other():
    items = {item.field for item in layout("2026-27").for_term("A").items}
    assert set(agreement(DFE).fields) == items


def test_ethnicity_never_goes_to_an_immunisation_team():
    text = text_of(DFE).replace("kind: dfe", "kind: nhs_immunisation").replace("pupil.boarder", "pupil.ethnicity")
    assert any("ethnicity never goes" in fault for fault in faults_of(text, DFE))


def test_expiry_is_judged_by_the_clock_not_by_the_compiler():
    expired = compiled()[NHS].agreement
    assert [expired.in_force(day) for day in (dt.date(2026, 8, 31), dt.date(2026, 9, 1), dt.date(2027, 8, 31))] == [
        False, True, True,
    ]  # fmt: skip
    assert not expired.in_force(dt.date(2027, 9, 1))


def test_gateways_are_checked_again_on_the_day():
    register = load_gateways()
    assert not_in_force(agreement(LA), register, dt.date(2026, 10, 1)) == ()
    assert not_in_force(agreement(LA), register, dt.date(2024, 8, 18)) == ("si-2024-208-reg-13-1",)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("port: 18022", "port: 22", True),
        ("directory: /class-lists", "directory: /elsewhere", True),
        ("sharing_reference: ISA-SAIS-2026", "sharing_reference: ISA-SAIS-2027", True),
        ("number: XSAIS", "number: YSAIS", True),
        ("retention_days: 400", "retention_days: 401", False),
    ],
)
def test_the_recipient_lock_covers_who_and_where_and_nothing_else(old, new, changes, tmp_path):
    (tmp_path / "nhs_immunisation.yaml").write_text(text_of(NHS).replace(old, new, 1), encoding="utf-8")
    (found,) = compile_folder(tmp_path, notice(), load_gateways(), schools())
    assert found.agreement is not None
    assert (found.agreement.recipient_lock != agreement(NHS).recipient_lock) is changes
    assert found.sha256 != compiled()[NHS].sha256


def test_every_file_of_the_folder_has_an_entry_with_an_id_of_its_own(tmp_path):
    good = text_of(NHS)
    for name in ("good.yaml", "Good.yaml", "good.yml", "9lives.yaml", "notes.txt", "bad.yaml", ".hidden"):
        (tmp_path / name).write_text("x: 1" if name == "bad.yaml" else good, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"title: caf\xe9")
    found = compile_folder(tmp_path, notice(), load_gateways(), schools())
    assert len(found) == 8
    assert len({each.id for each in found}) == 8
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each.id) for each in found)
    assert sum(each.agreement is not None for each in found) == 1
    assert all(each.faults for each in found if each.agreement is None)


def test_demo_agreements_pin_the_demo_servers_key():
    assert {each.agreement.delivery.host_key for each in compiled().values()} == {public_text(demo_host_key())}


def test_a_remote_name_is_made_of_school_period_and_version():
    name = agreement(DFE).delivery.remote_name(la="823", estab="2909", urn="900002", period="2026-autumn", version=2)
    assert name == "8232909_SC_2026-autumn_002.xml"


def test_the_register_holds_the_conditions_of_the_vocabulary():
    conditions = {name for name, gateway in load_gateways().items() if gateway.kind == "condition"}
    assert conditions == {f"dpa-2018-sch1-{paragraph}" for paragraph in words.SCHEDULE_1}


def test_the_folder_of_the_demo_is_the_one_tested():
    assert {path.stem for path in (FOLDER / "agreements").iterdir()} == set(compiled())
