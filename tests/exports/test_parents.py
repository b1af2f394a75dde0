"""Who counts as a parent decides which contacts leave; the next one who counts moves up."""

import dataclasses

import pandas as pd
import pytest

from exports.minimise import minimise
from exports.parents import COUNTS, counting
from exports.vocabularies import PARENT_MEANS
from tests.exports.transfer_frames import TERMS as TRANSFER
from tests.exports.transfer_frames import made, rich
from tests.exports.trust_folder import agreement, roll

NHS = agreement("nhs_immunisation")
PR, CARE = "contact{}_parental_responsibility", "contact{}_lives_with_pupil"


def terms(means, like=NHS):
    return dataclasses.replace(like, paperwork=dataclasses.replace(like.paperwork, parent_means=means))


def contact(number, name, relationship, **rights):
    told = {"surname": name, "relationship": relationship, **rights}
    return {f"contact{number}_{key}": value for key, value in told.items()}


def surnames(child, means):
    frame = counting(roll(child), terms(means))["roll"]
    return [frame[f"contact{number}_surname"].iloc[0] for number in (1, 2, 3)]


def test_there_is_a_test_for_each_meaning():
    assert set(COUNTS) == set(PARENT_MEANS)


PEOPLE = (
    ("a mother without a recorded right", {}, "PAM", {"education-act-parent"}),
    ("an aunt", {}, "REL", set()),
    ("an aunt with responsibility", {"parental_responsibility": True}, "REL", set(PARENT_MEANS)),
    ("an aunt whose right is not known", {"parental_responsibility": None}, "REL", set()),
    ("an aunt the pupil lives with", {"lives_with_pupil": True}, "REL", {"education-act-parent"}),
)


@pytest.mark.parametrize(
    ("rights", "relationship", "counts"), [case for _, *case in PEOPLE], ids=[who for who, *_ in PEOPLE]
)
@pytest.mark.parametrize("means", sorted(PARENT_MEANS))
def test_a_contact_who_does_not_count_does_not_leave(rights, relationship, counts, means):
    nobody = {"parental_responsibility": None, "lives_with_pupil": None}
    child = contact(1, "One", relationship, **(nobody | rights)) | contact(2, None, None, **nobody)
    child |= {"contact1_forename": None, "contact1_email": None, "contact1_phone": None, "contact2_phone": None}
    left = [name for name in surnames(child, means) if not pd.isna(name)]
    assert left == (["One"] if means in counts else [])


def test_the_next_who_counts_moves_up_in_order_with_all_that_is_theirs():
    child = (
        contact(1, "One", "REL", parental_responsibility=False)
        | contact(2, "Two", "PAF", parental_responsibility=True, phone="07412 345672")
        | contact(3, "Three", "PAM", parental_responsibility=True, phone="07412 345673", email="three@example.org")
    )
    frame = minimise(roll(child), NHS)["roll"]
    assert list(frame.loc[0, ["contact1_surname", "contact1_phone"]]) == ["Two", "07412 345672"]
    assert list(frame.loc[0, ["contact2_surname", "contact2_phone"]]) == ["Three", "07412 345673"]
    assert frame["contact2_email"].iloc[0] == "three@example.org"
    assert frame["contact1_email"].isna().all()
    assert not (frame == "One").any(axis=None)


def test_an_agreement_without_parents_asks_nothing():
    frames = roll(contact(1, "One", "REL", parental_responsibility=False))
    assert counting(frames, terms(None))["roll"] is frames["roll"]


def test_a_contact_a_row_goes_with_all_that_is_theirs():
    contacts = [
        {
            "contact_id": name,
            "priority": place,
            "surname": name,
            "phone": "07412345678",
            "parental_responsibility": right,
        }
        for place, (name, right) in enumerate((("Yes", True), ("No", False), ("Unknown", None)), start=1)
    ]
    kept = counting(made(rich(contact=contacts)), terms("parental-responsibility", TRANSFER))
    assert list(kept["transfer_contact"]["surname"]) == ["Yes"]
    assert list(kept["transfer_contact_phone"]["row_id"]) == list(kept["transfer_contact"]["row_id"])
