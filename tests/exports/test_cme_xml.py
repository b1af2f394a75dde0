"""The messages CML and CMJ: in the tags of the transfer file, and said to be provisional."""

from dataclasses import replace

import pytest

from exports.formats import FORMATS
from exports.formats.ctf_xml import SUPPLIED, filename_of
from exports.formats.profiles import PROFILES, problems
from exports.minimise import minimise
from exports.parts import parts
from exports.terms import Line
from schemas.ctf.layout import ctf_layout
from schemas.table import Sensitivity
from tests.exports.transfer_frames import AS_AT, TERMS, made, rich
from tests.schemas.snapshots import day

_ENTERED = [{"entry_date": day("2026-09-14")}]


def terms(family, version="26"):
    """An agreement that takes every element of a family."""
    fields = [item.field for item in ctf_layout(f"{version}.0", family).items if item.column not in SUPPLIED]
    lines = tuple(
        Line(f"x.{field}", field, None, "as_is", "2.1", "public-task-ctf", "a reason", Sensitivity.PERSONAL)
        for field in fields
    )
    delivery = replace(TERMS.delivery, filename=filename_of(family))
    return replace(
        TERMS, dataset=family, format=f"cme_{version}", profile="cme", lines=lines, delivery=delivery
    )  # fmt: skip


def file_of(family, version="26"):
    agreement = terms(family, version)
    pupil = rich(enrolment=_ENTERED) if family == "cmj" else rich()
    ((place, frames),) = parts(minimise(made(pupil, name=family), agreement, as_at=AS_AT)).items()
    return agreement, place, frames, FORMATS[agreement.format].render(frames, agreement)


@pytest.mark.parametrize("version", ["26", "25"])
@pytest.mark.parametrize(
    ("family", "name"), [("cml", "8234909_CML_823LLLL_001.xml"), ("cmj", "8234909_CMJ_823LLLL_001.xml")]
)
def test_a_message_reads_back_and_is_named_for_the_authority(family, name, version):
    agreement, place, frames, data = file_of(family, version)
    assert place == "823LLLL"
    assert FORMATS[agreement.format].disagreements(data, frames, agreement) == ()
    assert list(FORMATS[agreement.format].misnamed(name, frames, agreement)) == []
    assert list(FORMATS[agreement.format].misnamed(name.replace("CM", "CT"), frames, agreement))
    assert list(FORMATS[agreement.format].mismatches(agreement)) == []
    wanted = f"<DocumentQualifier>partial</DocumentQualifier><DataQualifier>{family.upper()}</DataQualifier>"
    assert wanted.encode() in data
    assert f"<CTFversion>{version}.0</CTFversion>".encode() in data


def test_a_deletion_says_its_ground_and_nothing_of_a_transfer_file_that_a_return_does_not_ask_for():
    _, _, _, data = file_of("cml")
    assert b"<GroundsForRemoval>a</GroundsForRemoval>" in data
    tags = (b"<Ethnicity>", b"<FSMhistory>", b"<SENhistory>", b"<LookedAfter>", b"<Attendance>", b"<StageAssessments>")
    assert not [tag for tag in tags if tag in data]
    assert b"<GroundsForRemoval>" not in file_of("cmj")[3]


PLANTED = {
    "another ground": (b"<GroundsForRemoval>a", b"<GroundsForRemoval>f"),
    "a ground that is lost": (b"<GroundsForRemoval>a</GroundsForRemoval>", b""),
    "a joiner for a leaver": (b"<DataQualifier>CML", b"<DataQualifier>CMJ"),
    "no qualifier": (b"<DataQualifier>CML</DataQualifier>", b""),
    "another authority": (b"<LEA>823</LEA><Estab>LLLL", b"<LEA>826</LEA><Estab>LLLL"),
    "an element of the transfer file": (b"<Address>", b"<LookedAfter><InCare>true</InCare></LookedAfter><Address>"),
    "the next school lost": (b"<School><LEA>826</LEA><Estab>4903", b"<School><LEA>826</LEA><Estab>4904"),
    "a contact's address for the pupil's": (b"<AddressAsPupil>true", b"<AddressAsPupil>false"),
    "a postcode changed": (b"LU5 6QD", b"LU5 6QE"),
    "a telephone lost": (b"<PhoneNo>07412345602</PhoneNo>", b""),
}


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_the_re_reader_names_every_planted_mistake(name):
    agreement, _, frames, data = file_of("cml")
    before, after = PLANTED[name]
    assert before in data
    assert FORMATS[agreement.format].disagreements(data.replace(before, after, 1), frames, agreement)


def test_signers_are_told_that_no_tag_is_confirmed():
    assert {item.confidence for item in ctf_layout("26.0", "cml").items} == {"low"}
    assert "no published example" in PROFILES["cme"].provisional
    agreement, _, frames, _ = file_of("cml")
    assert not problems(frames, agreement)
