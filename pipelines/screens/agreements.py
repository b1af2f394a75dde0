"""How agreements look on a terminal of eighty columns: the list, the page a data protection officer reads, a change.

Belongs here: words and layout. What is true of an agreement is `pipelines.actions.agreements`.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from exports import vocabularies as words
from exports.agreement_changes import Change, Comparison
from exports.terms import Agreement, ByHand, Compiled, Effect, Line, Route
from pipelines.actions.agreements import Ground, Page
from pipelines.screen import say
from schemas.wording import counted

_CONFIDENCE = {"H": "read", "M": "second-hand: have it checked", "L": "from memory: have it checked"}
_RECIPIENT_OR_ROUTE = ("recipient.", "delivery.")


def say_checked(agreements: Sequence[Compiled], today: dt.date) -> None:
    """Every agreement file: in force, ended, or with all its faults."""
    for compiled in agreements:
        agreement = compiled.agreement
        if agreement is None:
            say(f"{compiled.id}  DOES NOT COMPILE, {counted(len(compiled.faults), 'fault')}", strong=True)
            for fault in compiled.faults:
                say(fault, 6)
            continue
        standing = "in force" if agreement.in_force(today) else "NOT IN FORCE"
        say(f"{compiled.id}  {standing}, {agreement.starts} to {agreement.recipient.ends}")
        say(
            f"to {agreement.recipient.legal_name}: {counted(len(agreement.lines), 'field')}, "
            f"{counted(len(agreement.schools), 'school')}",
            6,
        )
    faulty = sum(each.agreement is None for each in agreements)
    say(f"Agreements: {len(agreements)}, of which {faulty} do not compile.")


def say_agreement(page: Page) -> None:
    """One agreement: who receives what, about whom, why, under which law, by which route and until when."""
    agreement = page.agreement
    say(f"{agreement.title} ({agreement.id}, version {agreement.version})", strong=True)
    for heading, lines in parts(page):
        say(heading, strong=True)
        for line in lines:
            say(line, 2)
    say(f"What leaves: {counted(len(agreement.lines), 'field')}, and nothing else", strong=True)
    for ground in page.grounds:
        _say_ground(ground)


def parts(page: Page) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The page's parts before the fields: each a heading and its lines."""
    agreement = page.agreement
    listed = (
        ("Who receives", _who(page)),
        ("Why", _why(page)),
        ("Whose data", _whose(page)),
        ("What becomes of protected pupils", _protected(agreement)),
        ("How and when", _how(agreement)),
        ("Until when", _until(page)),
        ("The trust's papers", _papers(agreement)),
    )
    return tuple((heading, tuple(lines)) for heading, lines in listed)


def say_comparison(found: Comparison) -> None:
    """What newly leaves first; then what no longer does, what rests on other grounds, and every other change."""
    if found.none:
        say("The two agreements say the same.")
        return
    if found.voids:
        say("Who receives or the route has changed: every approval given under the old one is void.", strong=True)
    _say_fields("Would newly leave", found.newly)
    _say_fields("Would no longer leave", found.no_longer)
    if found.regrounded:
        say("Would leave on other grounds, or written otherwise", strong=True)
    for each in found.regrounded:
        _say_change(each.change)
        say(", ".join(each.fields), 4)
    if found.terms:
        say("Other changes", strong=True)
    for change in sorted(found.terms, key=lambda each: not each.what.startswith(_RECIPIENT_OR_ROUTE)):
        _say_change(change)


def _say_change(change: Change) -> None:
    say(f"{change.what}: {change.before or 'nothing'} becomes {change.after or 'nothing'}", 2)


def _say_fields(heading: str, lines: Sequence[Line]) -> None:
    if lines:
        say(f"{heading} ({len(lines)})", strong=True)
    for line in lines:
        say(f"{line.field} ({line.sensitivity.value}): clause {line.clause}, {line.gateway}: {line.why}", 2)


def _who(page: Page) -> Iterator[str]:
    recipient = page.agreement.recipient
    yield f"{recipient.legal_name}, number {recipient.number}, in {recipient.country}"
    yield f"{words.RECIPIENT_KINDS[recipient.kind]}; a {recipient.role}: it {words.ROLES[recipient.role]}"
    yield f"The notice (version {page.notice}) names it in clause {recipient.clause}: {page.recipient_clause}"
    yield f"Sharing agreement: {recipient.sharing_reference}"


def _why(page: Page) -> Iterator[str]:
    agreement = page.agreement
    yield f"{words.PURPOSES[agreement.purpose]} (clause {agreement.purpose_clause}: {page.purpose_clause})"
    yield f"Article {agreement.basis}, {words.ARTICLE_6[agreement.basis]}"
    if agreement.consent_purpose is not None:
        yield f"Only pupils with a consent, given and not withdrawn, for: {agreement.consent_purpose}"


def _whose(page: Page) -> Iterator[str]:
    agreement = page.agreement
    for predicate in agreement.population:
        values = f": {', '.join(predicate.values)}" if predicate.values else ""
        yield f"{words.POPULATIONS[predicate.name]}{values}"
    yield f"From: {words.DATASETS[agreement.dataset]}"
    yield from (f"{urn}  {name}" for urn, name in page.schools.items())
    if agreement.paperwork.parent_means is not None:
        yield f"A parent is {words.PARENT_MEANS[agreement.paperwork.parent_means]}"


def _protected(agreement: Agreement) -> Iterator[str]:
    for kind, effect in agreement.protection.items():
        yield f"{kind} ({words.PROTECTION[kind]}): {_effect(effect)}"


def _effect(effect: Effect) -> str:
    return words.EFFECTS[effect.name] if effect.why is None else f"{words.EFFECTS[effect.name]}: {effect.why}"


def _how(agreement: Agreement) -> Iterator[str]:
    route = agreement.delivery
    yield f"{words.CADENCES[agreement.cadence]}, as {agreement.format}; {words.WHEN_EMPTY[agreement.when_empty]}"
    yield from _server(route) if route.by_hand is None else _by_hand(route, route.by_hand)
    if route.seal is not None:
        yield f"Sealed to the recipient: {words.SEALS[route.seal.kind]}"
    yield f"Ends as {route.ends_as}: {words.ENDS_AS[route.ends_as]}"
    yield f"Signed by {', '.join(words.SIGNING_ROLES[role] for role in agreement.signing)}"


def _server(route: Route) -> Iterator[str]:
    yield f"To {route.user}@{route.host}, port {route.port}, {route.directory}/{route.filename}"
    yield f"Host key {route.host_key}"
    yield from _departures(route)


def _by_hand(route: Route, by_hand: ByHand) -> Iterator[str]:
    yield f"A person sends it by {words.CHANNELS[by_hand.channel]}, {by_hand.address}, under the name {route.filename}"
    yield f"To be confirmed within {counted(by_hand.confirm_within_days, 'day')}"


def _departures(route: Route) -> Iterator[str]:
    """What this recipient asked for that others do not need."""
    if route.next_host_key is not None:
        yield f"Or host key {route.next_host_key}, until the server has changed to it"
    if route.placing == "direct":
        yield f"Placing: {words.PLACING[route.placing]}"
    if route.staging is not None:
        yield f"Written in {route.staging} and moved from there: the recipient watches the folder"
    if route.trigger is not None:
        yield f"Followed by an empty file that ends in {route.trigger}"
    if route.legacy is not None:
        names = ", ".join(route.legacy.algorithms)
        yield f"OUTDATED ALGORITHMS until {route.legacy.until}: {names}. {route.legacy.why}"


def _until(page: Page) -> Iterator[str]:
    agreement = page.agreement
    standing = f"in force, {counted(page.days_left, 'day')} left" if page.in_force else "NOT IN FORCE"
    yield f"{agreement.starts} to {agreement.recipient.ends}: {standing}"
    yield f"Our own copy of a file is kept for {agreement.retention_days} days"


def _papers(agreement: Agreement) -> Iterator[str]:
    held = agreement.paperwork
    yield f"Read by {held.reviewed_by}, on {held.reviewed_on}"
    yield f"Data protection impact assessment {held.dpia}, of {held.dpia_on}"
    for name, reference in (
        ("Contract under Article 28", held.article_28),
        ("Appropriate policy document", held.policy_document),
        ("Safeguard of the transfer abroad", held.transfer_safeguard),
    ):
        if reference is not None:
            yield f"{name}: {reference}"


def _say_ground(ground: Ground) -> None:
    first, law = ground.lines[0], ground.gateway
    say(first.why, 2, strong=True)
    say(", ".join(_written(line) for line in ground.lines), 4)
    say(f"Notice, clause {first.clause}: {ground.clause}", 4)
    lapsed = "" if ground.in_force else " NOT IN FORCE"
    say(f"Law: {law.instrument}, {law.paragraph or law.items} ({_CONFIDENCE[law.confidence]}){lapsed}", 4)
    if first.article_9 is not None:
        paragraph = f", Schedule 1 paragraph {first.schedule_1}" if first.schedule_1 else ""
        say(f"Special category: Article {first.article_9}, {words.ARTICLE_9[first.article_9]}{paragraph}", 4)


def _written(line: Line) -> str:
    return line.field if line.output is None else f"{line.field} as {line.output}"
