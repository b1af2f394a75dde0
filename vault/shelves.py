"""Where sealed artefacts lie: a folder of this machine, or storage that several machines share.

Belongs here: putting, getting and removing bytes by address. Which addresses count is the index's to say
(`vault.store`); what the bytes are nobody here can know, for they are sealed before they come.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from vault.files import write_whole


class Shelf(Protocol):
    """A place for sealed bytes; an address is 64 hexadecimal digits."""

    def put(self, address: str, sealed: bytes) -> None:
        """Keep bytes under an address, whole or not at all."""
        ...

    def get(self, address: str) -> bytes:
        """Return what was put there. Raises FileNotFoundError."""
        ...

    def remove(self, address: str) -> None:
        """Remove what is there, and what a writing that was cut off left; nothing there is no error."""
        ...

    def strays(self, known: set[str]) -> list[str]:
        """Return the names of what is not under one of the known addresses."""
        ...


class FolderShelf:
    """A folder (0700) of this machine; every file is on the disk when `put` returns."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, address: str) -> Path:
        """Where an address lies."""
        return self._root / address[:2] / address[2:]

    def put(self, address: str, sealed: bytes) -> None:
        """Keep bytes under an address."""
        path = self.path(address)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_whole(path, sealed)

    def get(self, address: str) -> bytes:
        """Return what was put there. Raises FileNotFoundError."""
        return self.path(address).read_bytes()

    def remove(self, address: str) -> None:
        """Remove what is there."""
        path = self.path(address)
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}.part").unlink(missing_ok=True)

    def strays(self, known: set[str]) -> list[str]:
        """Return the files that are under no known address."""
        folders = (folder for folder in self._root.iterdir() if folder.is_dir())
        held = (f"{folder.name}/{path.name}" for folder in folders for path in folder.iterdir())
        return _unknown(held, known)


class SharedShelf:
    """Storage that fsspec reaches: `s3://bucket/vault`, `abfs://...`, `sftp://...`, `file:///mnt/shared/vault`.

    What was written half has an address that its bytes do not hash to, so that it is never taken for an artefact.

    Args:
        url: the address; credentials come from where the storage's own library looks for them, never from here.

    """

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs  # noqa: PLC0415  few installations have shared storage

        found: tuple[Any, str] = url_to_fs(url, use_listings_cache=False)
        self._files, root = found
        self._root = root.rstrip("/")

    def put(self, address: str, sealed: bytes) -> None:
        """Keep bytes under an address."""
        place = self._place(address)
        self._files.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(place, sealed)

    def get(self, address: str) -> bytes:
        """Return what was put there. Raises FileNotFoundError."""
        data: bytes = self._files.cat_file(self._place(address))
        return data

    def remove(self, address: str) -> None:
        """Remove what is there."""
        place = self._place(address)
        if self._files.exists(place):
            self._files.rm_file(place)

    def strays(self, known: set[str]) -> list[str]:
        """Return what is under no known address."""
        return _unknown(("/".join(place.split("/")[-2:]) for place in self._files.find(self._root)), known)

    def _place(self, address: str) -> str:
        return f"{self._root}/{address[:2]}/{address[2:]}"


def _unknown(held: Iterable[str], known: set[str]) -> list[str]:
    return sorted(name for name in held if name.replace("/", "") not in known)


def shelf(root: Path, shared: str | None) -> Shelf:
    """The vault's shelf: its own folder unless an address of shared storage is named."""
    return FolderShelf(root) if shared is None else SharedShelf(shared)
