"""Every list of a plan, as it was at one instant: read, and read again until a whole round finds the same.

Belongs here: the rounds. When every list of a round is what the round before had, none of them changed between the two,
so that together they are the school at the instant when the second began. That needs no change log and no revision: a
change in a middle page, in a lookup or in a value that kept its revision is one like any other. What changed is taken
as it is now and has to be found again, up to a limit. Pages and their end are `walk`, how one is asked for is a door.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from connectors.arbor.again import found_again, half_a_page
from connectors.arbor.log import ByLog
from connectors.arbor.resources import Entity
from connectors.arbor.rows import Page
from connectors.arbor.walk import Listing, PageAsk, Paging, Walk, Walked, nothing
from connectors.arbor.window import Window
from connectors.mis import MisRefused, MisSettings, Now, Progress, TornSnapshot

A = TypeVar("A")
B = TypeVar("B")


class Door(Protocol):
    """One of a MIS's ways in."""

    name: str
    picks: int
    """Rows that one request can ask for by their references."""

    def groups(self, listings: Sequence[Listing]) -> list[list[Listing]]:
        """Put lists together that one request may ask for."""
        ...

    def pages(self, asked: Sequence[PageAsk]) -> list[Page | None]:
        """Return each page; None for one that does not exist."""
        ...

    def body(self, asked: PageAsk) -> bytes:
        """Return the answer to a page of one list as it came, whatever it says."""
        ...

    def can_pick(self, listing: Listing) -> bool:
        """Say whether rows can be asked for by their references."""
        ...

    def some(self, listing: Listing, hrefs: Iterable[str]) -> Iterable[Page]:
        """Yield the rows with these references; those that have gone are left out."""
        ...


@dataclass(frozen=True)
class Stages:
    """In which order lists are read: one alone, which teaches how the server pages; most; those that depend on others.

    Attributes:
        first: read alone.
        most: read as many at once as the school may be asked.
        late: made of what has been read, and read last, one after the other.

    """

    first: Listing
    most: tuple[Listing, ...]
    late: tuple[Callable[[Mapping[str, Walked]], Listing], ...] = ()


@dataclass(frozen=True)
class Collected:
    """Every list, and when they were all so.

    Attributes:
        lists: by entity.
        at: the instant, in UTC.
        rounds: readings of the whole, the one that only confirmed included.

    """

    lists: Mapping[str, Walked]
    at: dt.datetime
    rounds: int


class Collector:
    """Reads the lists of one school until they stand still.

    Args:
        settings: of the school.
        door_of: the way in for an entity.
        window: where finished lists are kept.
        progress: told of every page.
        requests: how many requests have been sent so far.
        log: reads long lists as increments; None when every list is read whole.

    """

    def __init__(
        self,
        settings: MisSettings,
        door_of: Callable[[Entity], Door],
        window: Window,
        progress: Progress,
        requests: Callable[[], int],
        log: ByLog | None = None,
    ) -> None:
        self._settings, self._door_of, self._window, self._log = settings, door_of, window, log
        self._progress, self._requests = progress, requests
        self._paging: dict[str, Paging] = {}
        self._telling = threading.Lock()

    def collect(self, stages: Stages, now: Now) -> Collected:
        """Read until a round finds what the one before found. Raises TornSnapshot after the last round allowed."""
        held = self._round(stages, 0, {})
        for reading in range(1, self._settings.limits.rounds + 1):
            at = self._window.begin(reading, now())
            found = self._round(stages, reading, held)
            if all(walked.confirmed for walked in found.values()):
                return Collected(found, at, reading + 1)
            held = found
        self._window.close()
        raise TornSnapshot(self._settings.urn, tuple(_why(walked) for walked in held.values() if not walked.confirmed))

    def _round(self, stages: Stages, reading: int, held: Mapping[str, Walked]) -> dict[str, Walked]:
        found = self._group([stages.first], reading, held)
        for each in self._each(self._grouped(stages.most), lambda group: self._group(group, reading, held)):
            found |= each
        for made_of in stages.late:
            found |= self._group([made_of(found)], reading, held)
        return found

    def _grouped(self, listings: Iterable[Listing]) -> list[list[Listing]]:
        by_door: dict[str, tuple[Door, list[Listing]]] = {}
        by_log: list[list[Listing]] = []
        for listing in listings:
            door = self._door_of(listing.entity)
            if self._built_on(listing):
                by_log.append([listing])
                continue
            by_door.setdefault(door.name, (door, []))[1].append(listing)
        return [*by_log, *(group for door, ours in by_door.values() for group in door.groups(ours))]

    def _built_on(self, listing: Listing) -> Walked | None:
        """Return the rows that a list is built on by its log; None for one that is read whole."""
        if self._log is None or not self._door_of(listing.entity).can_pick(listing):
            return None
        return self._log.before(listing.entity.name)

    def _each(self, items: Sequence[A], work: Callable[[A], B]) -> list[B]:
        """Do the work on every item, as many at once as one school may be asked; the first failure ends it."""
        with ThreadPoolExecutor(self._settings.limits.at_once) as pool:
            try:
                return list(pool.map(work, items))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _group(self, group: Sequence[Listing], reading: int, held: Mapping[str, Walked]) -> dict[str, Walked]:
        """Read the lists of a group to their ends; those that an earlier run finished are taken as they are."""
        found: dict[str, Walked] = {}
        walks: list[Walk] = []
        for listing in group:
            name = listing.entity.name
            known = self._window.done(name, reading)
            if known is not None:
                found[name] = known
            elif listing.narrowing is not None and listing.narrowing.among == ():
                found[name] = _none(listing, reading)
            elif (base := self._built_on(listing)) is not None:
                found[name] = self._by_log(listing, base, reading, held.get(name))
            elif len(group) == 1 and (again := self._again(listing, held.get(name))):
                found[name] = self._settled(again, reading, held[name])
            else:
                walks.append(self._walk(listing, held.get(name)))
        while walks:
            door = self._door_of(walks[0].listing.entity)
            pages = door.pages([walk.ask for walk in walks])
            for walk, page in zip(walks, pages, strict=True):
                walk.take(page)
                self._tell(walk)
                if walk.ended:
                    name = walk.listing.entity.name
                    found[name] = self._ended(walk, reading, held.get(name))
            walks = [walk for walk in walks if not walk.ended]
        return found

    def _again(self, listing: Listing, held: Walked | None) -> Walked | None:
        """Return a long list whose answers, which it shared with none, are those of the reading before; or None."""
        door = self._door_of(listing.entity)
        paging = self._paging.setdefault(door.name, Paging())
        if held is None or held.faults or paging.first is None or not paging.exact:
            return None
        half = half_a_page(held)
        if half is None:
            return None
        walked = found_again(listing, held, half, paging.first, door.body, lambda asked: door.pages([asked])[0])
        if walked is None:
            paging.exact = False
            return None
        with self._telling:
            self._progress(listing.entity.path, walked.listed)
        return walked

    def _walk(self, listing: Listing, held: Walked | None) -> Walk:
        paging = self._paging.setdefault(self._door_of(listing.entity).name, Paging())
        if held is None:
            return Walk(listing, paging, strict=False)
        return Walk(listing, paging, held.table, size=self._other_size(held, paging))

    def _other_size(self, held: Walked, paging: Paging) -> int | None:
        """Return another size of page than the last reading had, where that may have ended too early.

        A server that is empty after the same page each time would say the same twice; with other pages it cannot.
        """
        full = held.page_rows >= min(self._settings.page_size, paging.largest)
        return (held.page_rows - 1 or 2) if held.page_rows and (full or held.pages > 1) else None

    def _ended(self, walk: Walk, reading: int, held: Walked | None) -> Walked:
        return self._settled(walk.done(self._items(walk) if walk.stub else None), reading, held)

    def _by_log(self, listing: Listing, base: Walked, reading: int, held: Walked | None) -> Walked:
        assert self._log is not None  # noqa: S101  or there was no base
        door = self._door_of(listing.entity)
        listed = self._pages if door.picks == 1 else None
        walked = self._log.read(listing, base if held is None else held, door.some, listed)
        with self._telling:
            self._progress(listing.entity.path, walked.table.num_rows)
        return self._settled(walked, reading, held)

    def _pages(self, listing: Listing) -> list[Page]:
        """Read a list for some of its rows; that it may end early is known."""
        walk, pages = self._walk(listing, None), []
        while not walk.ended and not walk.stub:
            (page,) = self._door_of(listing.entity).pages([walk.ask])
            walk.take(page)
            pages += [page] if page is not None else []
        return [] if walk.stub else pages

    def _settled(self, walked: Walked, reading: int, held: Walked | None) -> Walked:
        if held is not None:
            self._refuse_withdrawn(held, walked)
            if not held.faults and not walked.faults and held.same_rows(walked):
                walked = held.confirmed_by(walked)
        self._window.keep(walked.entity.name, reading, walked, self._requests())
        return walked

    def _items(self, walk: Walk) -> list[Page]:
        items: list[Page] = []
        for item in self._door_of(walk.listing.entity).some(walk.listing, walk.stubs()):
            items.append(item)
            with self._telling:
                self._progress(walk.listing.entity.path, len(items))
        return items

    def _tell(self, walk: Walk) -> None:
        with self._telling:
            self._progress(walk.listing.entity.path, walk.rows)

    def _refuse_withdrawn(self, held: Walked, walked: Walked) -> None:
        """Refuse when a property was given before and is not now: its values would seem to have gone."""
        withdrawn = walked.absent - held.absent
        if withdrawn and not walked.partial:
            named = ", ".join(f"{walked.entity.name}.{name}" for name in sorted(withdrawn))
            what = f"the MIS stopped giving {named} while it was read; ask the school whether the grant was changed"
            raise MisRefused(self._settings.urn, what)


def _none(listing: Listing, reading: int) -> Walked:
    walked = nothing(listing)
    return walked.confirmed_by(walked) if reading else walked


def _why(walked: Walked) -> str:
    return f"{walked.entity.path}: {'; '.join(walked.faults) or 'its rows went on changing'}"
