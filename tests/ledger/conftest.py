"""Every test of a ledger runs on both databases: a SQLite file, and a schema of a PostgreSQL server of our own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.store import Ledger
from tests import postgres_server


@dataclass
class Places:
    """Where new ledgers can be made, all of one kind of database."""

    folder: Path
    server: postgres_server.Server | None
    schemas: list[str] = field(default_factory=list)
    opened: list[Ledger] = field(default_factory=list)

    def new(self) -> Path | str:
        name = f"ledger_{next(self.server.names) if self.server else len(self.schemas)}"
        self.schemas.append(name)
        return self.server.url(name) if self.server else self.folder / f"{name}.sqlite"

    def ledger(self, place: Path | str | None = None) -> Ledger:
        self.opened.append(Ledger(place or self.new()))
        return self.opened[-1]

    def forget(self) -> None:
        for ledger in self.opened:
            ledger.close()
        for name in self.schemas if self.server else ():
            self.server.forget(name)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres_server.Server]:
    with postgres_server.serving() as running:
        yield running


def _places(request: pytest.FixtureRequest, folder: Path) -> Iterator[Places]:
    made = Places(folder, request.getfixturevalue("server") if request.param == "postgresql" else None)
    yield made
    made.forget()


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)]


@pytest.fixture(params=BOTH)
def places(request, tmp_path_factory) -> Iterator[Places]:
    yield from _places(request, tmp_path_factory.mktemp("ledgers"))


@pytest.fixture(params=BOTH, scope="module")
def lasting_places(request, tmp_path_factory) -> Iterator[Places]:
    """The same for all tests of a module."""
    yield from _places(request, tmp_path_factory.mktemp("ledgers"))


@pytest.fixture
def ledger(places) -> Ledger:
    return places.ledger()
