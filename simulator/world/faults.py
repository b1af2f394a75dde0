"""Mistakes on request, so that rules have something to find.

    trust = with_faults(make_trust(), "900002", ["upn check letter", "postcode missing"])
    trust.school("900002").faults     {"upn check letter": 2000123, ...} pupil ids as numbers

Belongs here: what each fault changes, and the rules that should find it. Every fault touches one pupil that no other
asked-for fault touches, on roll all through, and is in the MIS from the start. Local rules have an L- number, as in
the catalogue.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from simulator.world import days
from simulator.world.facts import Attainment, Care, Fact, Fsm, Pupil, Suspension
from simulator.world.identifiers import ALPHABET
from simulator.world.registers import Registers
from simulator.world.trust import Contents, School, Trust

_SIXTH_FORM: Final = {"12", "13", "14"}


class NoPupilFitsError(ValueError):
    """A fault was asked for in a school where no pupil can have it."""


@dataclass(slots=True)
class Draft:
    """A school being spoilt: copies of its pupils, its registers, the last id in use, which pupil has which fault."""

    school: School
    pupils: list[Pupil]
    registers: Registers
    spare: int
    touched: dict[str, int]

    def change(self, pupil: Pupil, kind: str, **changes: Any) -> None:  # noqa: ANN401
        """Change every version of a kind of fact."""
        pupil.facts[kind] = [replace(fact, **changes) for fact in pupil.facts[kind]]

    def value(self, pupil: Pupil, kind: str, **changes: Any) -> None:  # noqa: ANN401
        """Change parts of the value of every version of a kind of fact."""
        pupil.facts[kind] = [replace(fact, value=fact.value._replace(**changes)) for fact in pupil.facts[kind]]

    def add(self, pupil: Pupil, kind: str, value: Any, start: dt.date, end: dt.date | None = None) -> None:  # noqa: ANN401
        """Add a fact that was there from the start."""
        self.spare += 4
        pupil.facts.setdefault(kind, []).append(Fact(self.spare, 1, value, start, end, days.RECORDED))


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of mistake.

    Attributes:
        rules: those that should find it, first the one it is meant for; none where the item is rightly not returned.
        spoil: makes the mistake.
        fits: says which pupils can have it.

    """

    rules: tuple[str, ...]
    spoil: Callable[[Draft, Pupil], None]
    fits: Callable[[School, Pupil], bool]


def with_faults(trust: Trust, urn: str, kinds: Iterable[str]) -> Trust:
    """Return a trust in which one school has the named faults, each in a pupil of its own.

    Raises KeyError for a fault that `FAULTS` does not name, NoPupilFitsError when the school has no pupil for one.
    """
    schools = tuple(_spoilt(school, tuple(kinds)) if school.urn == urn else school for school in trust.schools)
    return Trust(schools)


def _spoilt(school: School, kinds: tuple[str, ...]) -> School:
    held = school.contents
    pupils = [Pupil(pupil.id, {kind: list(facts) for kind, facts in pupil.facts.items()}) for pupil in held.pupils]
    last_id = max(fact.id for pupil in pupils for facts in pupil.facts.values() for fact in facts)
    draft = Draft(school, pupils, held.registers, last_id, dict(held.faults))
    for kind in kinds:
        fault = FAULTS[kind]
        pupil = next((p for p in _free(draft) if fault.fits(school, p)), None)
        if pupil is None:
            message = f"school {school.urn} has no pupil for the fault {kind!r}"
            raise NoPupilFitsError(message)
        fault.spoil(draft, pupil)
        draft.touched[kind] = pupil.id
    return replace(school, changed=Contents(tuple(draft.pupils), draft.registers, held.edits, draft.touched))


def _free(draft: Draft) -> Iterator[Pupil]:
    """Yield pupils on roll throughout, whom no fault and no edit has touched."""
    taken = set(draft.touched.values())
    taken.update(pupil_id for ids in draft.school.edits.values() for pupil_id in ids)
    for pupil in draft.pupils:
        spell, year = pupil.last("enrolment"), pupil.last("year").value
        if pupil.id not in taken and spell.end is None and year.status == "C":
            yield pupil


def _anyone(_: School, __: Pupil) -> bool:
    return True


def _age(pupil: Pupil) -> int:
    return days.age_on(pupil.last("person").value.dob, days.AGE_DAY)


def _pupil_of_school_age(school: School, pupil: Pupil) -> bool:
    plain = not {"suspension", "boarding", "elsewhere"} & pupil.facts.keys()
    return school.identity.phase != "NS" and 5 <= _age(pupil) <= 15 and plain and _all_term(pupil)  # noqa: PLR2004


def _all_term(pupil: Pupil) -> bool:
    start = pupil.last("enrolment").start
    return start is not None and start < days.SUMMER_TERM[0]


def _with_uln(_: School, pupil: Pupil) -> bool:
    born = pupil.last("person").value.dob
    return pupil.last("details").value.uln is not None and days.age_on(born, days.CENSUS_DAY) >= 14  # noqa: PLR2004


def _with(kind: str) -> Callable[[School, Pupil], bool]:
    return lambda _, pupil: kind in pupil.facts


def _targeted(_: School, pupil: Pupil) -> bool:
    return [fact.value.category for fact in pupil.facts.get("fsm", ())] == ["FSM_TARGETED"] and pupil.last(
        "fsm"
    ).end is None


def _without_meals(_: School, pupil: Pupil) -> bool:
    return "fsm" not in pupil.facts


def _late_born(school: School, pupil: Pupil) -> bool:
    born = pupil.last("person").value.dob
    return born >= dt.date(2014, 4, 22) and "care" not in pupil.facts and school.identity.phase != "NS"


def _single_upn(school: School, pupil: Pupil) -> bool:
    return _no_line(school, pupil) and len(pupil.facts["upn"]) == 1


def _no_line(school: School, pupil: Pupil) -> bool:
    """Say whether the pupil is too old for universal meals: a line on the day could not name a wrong UPN."""
    return _age(pupil) >= 7 or school.identity.phase == "NS"  # noqa: PLR2004


def _extended(_: School, pupil: Pupil) -> bool:
    return pupil.last("details").value.extended is not None


def _nursery(_: School, pupil: Pupil) -> bool:
    return pupil.last("details").value.funded is not None


def _funded_two(_: School, pupil: Pupil) -> bool:
    return "two_year" in pupil.facts


def _student(school: School, pupil: Pupil) -> bool:
    year = pupil.last("year").value
    return school.identity.phase in {"SS", "AT"} and year.nc_year in _SIXTH_FORM and "programme" in pupil.facts


def _excluded_pupil(school: School, pupil: Pupil) -> bool:
    return school.identity.phase == "PR" and pupil.last("enrolment").value.ap_reason is not None


def _not_planned(school: School, pupil: Pupil) -> bool:
    return _excluded_pupil(school, pupil) and pupil.last("sen").value.provision != "E"


def _placed_with_company(_: School, pupil: Pupil) -> bool:
    return any(fact.value.company for fact in pupil.facts.get("elsewhere", ()))


def _wrong_letter(draft: Draft, pupil: Pupil) -> None:
    upn = pupil.last("upn").value
    draft.change(pupil, "upn", value=ALPHABET[(ALPHABET.index(upn[0]) + 1) % 23] + upn[1:])


def _same_upn(draft: Draft, pupil: Pupil) -> None:
    fitting = (p for p in _free(draft) if p.id != pupil.id and "upn" in p.facts)
    other = next(p for p in fitting if _single_upn(draft.school, p))
    draft.change(pupil, "upn", value=other.last("upn").value)


def _wrong_uln(draft: Draft, pupil: Pupil) -> None:
    uln = pupil.last("details").value.uln
    draft.value(pupil, "details", uln=uln[:-1] + str((int(uln[-1]) + 1) % 10))


def _twin(draft: Draft, pupil: Pupil) -> None:
    other = next(p for p in _free(draft) if p.id != pupil.id and _age(p) == _age(pupil)).last("person").value
    draft.value(pupil, "person", surname=other.surname, forename=other.forename, sex=other.sex, dob=other.dob)


def _suspend(category: str, reasons: tuple[str, ...], sessions: int = 4) -> Callable[[Draft, Pupil], None]:
    def spoil(draft: Draft, pupil: Pupil) -> None:
        value = Suspension(category, sessions, reasons)
        draft.add(pupil, "suspension", value, dt.date(2026, 6, 16), dt.date(2026, 6, 17))
        if category == "SUSP":
            first = days.SCHOOL_DAYS.index(dt.date(2026, 6, 16)) * 2
            draft.registers = draft.registers.with_code(days.SUMMER_2026, pupil.id, slice(first, first + 4), "E")

    return spoil


def _marks(slots: slice, symbol: str | None) -> Callable[[Draft, Pupil], None]:
    def spoil(draft: Draft, pupil: Pupil) -> None:
        draft.registers = draft.registers.with_code(days.SUMMER_2026, pupil.id, slots, symbol)

    return spoil


def _value(kind: str, **changes: Any) -> Callable[[Draft, Pupil], None]:  # noqa: ANN401
    return lambda draft, pupil: draft.value(pupil, kind, **changes)


def _drop(*kinds: str) -> Callable[[Draft, Pupil], None]:
    def spoil(_: Draft, pupil: Pupil) -> None:
        for kind in kinds:
            pupil.facts.pop(kind, None)

    return spoil


def _add(kind: str, value: Any, start: dt.date, end: dt.date | None = None) -> Callable[[Draft, Pupil], None]:  # noqa: ANN401
    return lambda draft, pupil: draft.add(pupil, kind, value, start, end)


def _other_year(draft: Draft, pupil: Pupil) -> None:
    draft.value(pupil, "year", nc_year="14" if draft.school.identity.highest_nc_year != "14" else "E1")


_HALF: Final = slice(0, 2 * sum(day <= days.FIRST_HALF[1] for day in days.SCHOOL_DAYS))
_LATER: Final = days.CENSUS_DAY + dt.timedelta(days=4)
_RESIDENCE: Final = _add("care", Care("RESIDENCE_ORDER", None), dt.date(2026, 1, 5))
_EARLY: Final = _add("fsm", Fsm("FSM_EXPANDED", dt.date(2026, 9, 4)), dt.date(2026, 6, 1))
_OVERLAP: Final = _add("fsm", Fsm("FSM_EXPANDED", dt.date(2026, 9, 4)), dt.date(2026, 9, 1))
_LOW: Final = Attainment("3", "3", "N", None)

FAULTS: Final[Mapping[str, Fault]] = {
    "upn check letter": Fault(("1510",), _wrong_letter, _single_upn),
    "upn missing": Fault(("1500",), _drop("upn"), _no_line),
    "upn twice": Fault(("1520",), _same_upn, _single_upn),
    "uln check digit": Fault(("1575",), _wrong_uln, _with_uln),
    "uln missing": Fault(("1570",), _value("details", uln=None), _with_uln),
    "surname missing": Fault(("L-surname",), _value("person", surname=None), _anyone),
    "name with a digit": Fault(("L-name-characters",), _value("person", surname="O8rien"), _anyone),
    "name too long": Fault(
        ("L-name-length",), _value("person", surname="Wellington-Featherstone-Montgomery-Ash"), _anyone
    ),
    "sex missing": Fault(("L-sex",), _value("person", sex=None), _anyone),
    "same pupil twice": Fault(("L-duplicate-pupil",), _twin, lambda _, p: _age(p) > 5),  # noqa: PLR2004
    "postcode missing": Fault(("L-postcode",), _value("address", postcode=None), _anyone),
    "postcode wrong": Fault(("L-postcode-format",), _value("address", postcode="LU5 QQ9"), _anyone),
    "entry date missing": Fault(("1880",), lambda d, p: d.change(p, "enrolment", start=None), _anyone),
    "year group out of range": Fault(("L-year-group-range", "L-year-group-age"), _other_year, _pupil_of_school_age),
    "sen code": Fault(("L-sen-provision",), _value("sen", provision="S"), _with("need")),
    "plaa residence order": Fault(("1874",), _RESIDENCE, _late_born),
    "fsm after census day": Fault((), lambda d, p: d.change(p, "fsm", start=_LATER), _targeted),
    "fsm overlapping": Fault(("L-fsm-overlap",), _OVERLAP, _targeted),
    "fsm expanded too early": Fault(("L-fsm-expanded-start",), _EARLY, _without_meals),
    "fsm end before start": Fault(
        ("L-fsm-order",),
        lambda d, p: d.change(p, "fsm", end=dt.date(2026, 8, 31), start=dt.date(2026, 9, 14)),
        _targeted,
    ),
    "suspension reason": Fault(("L-exclusion-reason",), _suspend("SUSP", ("OT",)), _pupil_of_school_age),
    "suspension reason missing": Fault(("L-exclusion-reason",), _suspend("SUSP", ()), _pupil_of_school_age),
    "suspension reason twice": Fault(
        ("L-exclusion-reason-repeated",), _suspend("SUSP", ("DB", "DB")), _pupil_of_school_age
    ),
    "suspension without E": Fault(
        ("2485",),
        _add("suspension", Suspension("SUSP", 2, ("DB",)), dt.date(2026, 7, 6), dt.date(2026, 7, 6)),
        _pupil_of_school_age,
    ),
    "lunch sessions": Fault(("L-exclusion-lunch-sessions",), _suspend("LNCH", ("DB",), 3), _pupil_of_school_age),
    "attendance missing": Fault(("2500",), _marks(slice(None), None), _pupil_of_school_age),
    "attendance code": Fault(("L-attendance-code", "L-attendance-sum"), _marks(slice(4, 6), "@"), _pupil_of_school_age),
    "attendance none possible": Fault(("2502Q",), _marks(_HALF, "Y4"), _pupil_of_school_age),
    "extended hours without code": Fault(("3130", "3100"), _value("details", eligibility_code=None), _extended),
    "funded hours over 15": Fault(
        ("L-funded-hours-range",), _value("details", funded="18.0", at_setting="35.0"), _nursery
    ),
    "two-year basis missing": Fault(("5235",), _drop("two_year"), _funded_two),
    "programme missing": Fault(("2870",), _drop("programme", "aim"), _student),
    "programme without aims": Fault(("2903",), _drop("aim"), _student),
    "maths condition not met": Fault(("3020Q",), _value("details", maths=_LOW), _student),
    "ap reason missing": Fault(("2361", "3131"), _value("enrolment", ap_reason=None), _excluded_pupil),
    "ap reason EHC without plan": Fault(("2363",), _value("enrolment", ap_reason="EHC"), _not_planned),
    "placement without setting": Fault(
        ("2364",), _value("elsewhere", setting_type=None, company=None), _placed_with_company
    ),
}
"""Every kind of fault, by name."""
