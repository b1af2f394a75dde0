"""Writing and reading files that nobody else may read.

Belongs here: files as a whole, with their permissions. What is in them is their caller's affair.
"""

import os
from pathlib import Path
from typing import ClassVar, Final

from schemas.refusal import Refusal

_OTHERS = 0o077
SIGNED: Final = 0o640
"""Mode of what is signed and no secret: a second service of the same group reads it, where the umask lets it."""


class PermissionsLax(Refusal):
    """A secret file can be read or changed by others than its owner."""

    code: ClassVar[str] = "permissions_lax"


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file so that its name holds all of the data or what it held before, also after a power cut."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def create_secret(path: Path, data: bytes) -> None:
    """Write a secret to a new file (0600); FileExistsError rather than write over a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    _sync_folder(path.parent)


def read_secret(path: Path) -> bytes:
    """Read a secret file; raises PermissionsLax when group or others have any access to it."""
    with path.open("rb") as handle:
        mode = os.fstat(handle.fileno()).st_mode & 0o777
        if mode & _OTHERS:
            message = f"{path} has permissions {mode:04o}; run `chmod 600 {path}` and consider the key seen"
            raise PermissionsLax(message)
        return handle.read()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
