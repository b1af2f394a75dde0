"""How standing releases look on a terminal of eighty columns: the list, and the page a person signs.

Belongs here: words and layout. What is true of one is `pipelines.actions.standing`.
"""

from collections.abc import Sequence

from pipelines.actions.standing import StandingPage
from pipelines.screen import SHOWN_HASH, say
from schemas.wording import counted

ALWAYS = (
    "the agreement, the recipient, the route or the privacy notice reads otherwise",
    "it is the first file of its kind for the school, or a correction, or one that a person called off",
    "the last file was recalled, or nobody knows whether it arrived",
    "a field tells something for the first time",
    "a protection flag, a decision or the number of protected pupils changed since the last file",
    "the safeguarding lead has not confirmed the register this term, or a pupil waits for a decision",
    "a finding blocks, a query has no explanation, or a rule could not be evaluated that could last time",
    "a signer has left, or has another key or role",
)
"""What no limit can allow."""


def say_standings(pages: Sequence[StandingPage]) -> None:
    """One paragraph for each."""
    for page in pages:
        one = page.standing
        say(f"{one.agreement}: {_state(page)}", strong=page.holds)
        say(f"Standing release {one.sha256[:SHOWN_HASH]}, {one.starts} to {one.ends}", 2)
        say(f"Schools: {', '.join(one.schools)}. Files that left under it: {page.used}. {_held(page)}", 2)
    say(f"Standing releases: {len(pages)}, of which {sum(page.holds for page in pages)} hold now.")


def say_standing(page: StandingPage) -> None:
    """The page a person signs: what may leave, to whom, how far it may differ, and when it waits for people."""
    one, limits = page.standing, page.standing.limits
    say(f"Standing release {one.sha256[:8]} {one.sha256[8:]}", strong=True)
    say(f"{_state(page)}. Proposed by {page.proposed_by} on {one.proposed_at:%Y-%m-%d}.")
    if page.agreement is not None:
        say(f"{page.agreement.title} ({one.agreement}), to {page.agreement.recipient.legal_name}.")
    say(f"From {one.starts} to {one.ends}, files of this agreement leave without being signed one by one, for:")
    for school in page.schools:
        last = "no file yet" if school.last_pupils is None else f"last file {counted(school.last_pupils, 'pupil')}"
        say(f"{school.school} ({last}){': ' + school.because if school.because else ''}", 2)
    say("What may leave, by clause of the privacy notice:")
    for clause, fields in page.fields.items():
        say(f"{clause}: {', '.join(fields)}", 2)
    say("As long as each file has, beside the last one that left:", strong=True)
    say(f"{limits.pupils_least} to {counted(limits.pupils_most, 'pupil')}", 2)
    say(
        f"at most {counted(limits.joined_most, 'new pupil')} and {limits.left_most} who are no longer in "
        "it (not for events)",
        2,
    )
    say(f"at most {counted(limits.changed_most, 'value')} that changed (not for events)", 2)
    say(
        f"at most {counted(limits.errors_most, 'error')} and "
        f"{counted(limits.queries_most, 'query', 'queries')}, each explained",
        2,
    )
    say("It waits for people whenever:", strong=True)
    for when in ALWAYS:
        say(f"- {when}", 2)
    say(f"Files that left under it: {page.used}. {_held(page)}")
    _say_signed(page)


def _say_signed(page: StandingPage) -> None:
    for who, role in page.signed:
        say(f"Signed by {who} as {role}.")
    missing = [role for role in page.standing.signing if role not in {role for _, role in page.signed}]
    if missing:
        say(f"Still to sign: {', '.join(missing)}")
    say(f"Anybody of the register ends it at once: waybill standing off {page.standing.sha256[:SHOWN_HASH]}")


def _state(page: StandingPage) -> str:
    if page.off_by is not None:
        return f"SWITCHED OFF by {page.off_by} on {page.off_at:%Y-%m-%d %H:%M} UTC"
    if page.holds:
        holding = [school.school for school in page.schools if not school.because]
        return "in force" if len(holding) == len(page.schools) else f"in force for {', '.join(holding)}"
    signed = {role for _, role in page.signed}
    missing = [role for role in page.standing.signing if role not in signed]
    return f"waits for the signature of {', '.join(missing)}" if missing else "does not hold now"


def _held(page: StandingPage) -> str:
    told = ", ".join(f"{code} {count}" for code, count in sorted(page.held.items()))
    return f"Waited for people: {told}." if told else "None waited for people."
