"""`python -m bench.wire [FILES]`: files to OpenSSH on loopback, beside OpenSSH's own `sftp -b` with the same files.

500 files of 200 kB (or as many as asked for) and one of 200 MB, each over one connection with every step of a delivery:
look, write, rename, look. Reading back, which `sftp` does not do, is counted by itself. The last line opens a
connection for each file, as releases of single schools do. Seconds are medians of paired runs.
"""

import getpass
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from exports.parcel import Parcel
from exports.terms import Route
from exports.transports.sftp_connection import Deadlines, PrivateKey, Progress, connected
from exports.transports.sftp_steps import Places, Steps
from simulator import sftp as servers

RUNS: Final = 3
GOAL: Final = 1.5
SMALL: Final = 200_000
LARGE: Final = 200_000_000
FEW: Final = 25


@dataclass(frozen=True, slots=True)
class Wire:
    """A server, our account at it, and the same account as a key file."""

    route: Route
    key: str
    folder: Path
    identity: Path

    def ours(self, files: list[bytes], *, read_back: bool, at_once: bool = True) -> float:
        """Deliver files by our steps; seconds."""
        route = replace(self.route, read_back=read_back)
        groups = [files] if at_once else [[data] for data in files]
        parcels = iter([_parcel(data, number) for number, data in enumerate(files)])
        began = time.perf_counter()
        for group in groups:
            progress = Progress()
            with connected(route, lambda _: PrivateKey(self.key), Deadlines(), progress) as peer:
                for data in group:
                    parcel = next(parcels)
                    Steps(peer, parcel, route, Progress(), Places.of(parcel, route)).deliver(data)
        return time.perf_counter() - began

    def theirs(self, files: list[bytes], source: Path) -> float:
        """Deliver the same files by `sftp -b`; seconds."""
        for number, data in enumerate(files):
            (source / f"{number}.dat").write_bytes(data)
        batch = source / "batch"
        batch.write_text(
            "".join(f"put {source}/{number}.dat {self.folder}/{number}.dat\n" for number in range(len(files)))
        )
        command = [
            "sftp", "-q", "-b", str(batch), "-P", str(self.route.port), "-i", str(self.identity),
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes",
            f"{self.route.user}@{self.route.host}",
        ]  # fmt: skip
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own words
        return time.perf_counter() - began

    def emptied(self, run: Callable[[], float]) -> float:
        """Run on an empty directory."""
        for path in self.folder.iterdir():
            path.unlink()
        return run()


def _parcel(data: bytes, number: int) -> Parcel:
    sha256 = hashlib.sha256(data).hexdigest()
    return Parcel(sha256, f"{number}.dat", len(data), sha256)


def compared(name: str, wire: Wire, files: list[bytes]) -> None:
    """Print one line: both ways, paired, and what reading back adds."""
    theirs, ours, verified = [], [], []
    with tempfile.TemporaryDirectory(prefix="waybill-bench-") as made:
        for _ in range(RUNS):
            theirs.append(wire.emptied(lambda: wire.theirs(files, Path(made))))
            ours.append(wire.emptied(lambda: wire.ours(files, read_back=False)))
            verified.append(wire.emptied(lambda: wire.ours(files, read_back=True)))
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    with_it = statistics.median(one / other for one, other in zip(verified, theirs, strict=True))
    met = "met" if ratio <= GOAL else "missed"
    print(
        f"{name:24}{statistics.median(theirs):8.2f}{statistics.median(ours):8.2f}{ratio:7.2f}  {GOAL} {met:8}"
        f"{statistics.median(verified):8.2f}{with_it:7.2f}"
    )


def main(arguments: list[str]) -> None:
    """Start a server and print."""
    count = int(arguments[0]) if arguments else 500
    key, user = servers.demo_user_key(), getpass.getuser()
    with tempfile.TemporaryDirectory(prefix="waybill-bench-") as made:
        root = Path(made)
        account = servers.Account(user, servers.public_text(key))
        with servers.serving(root / "served", [account], program=servers.Program.OPENSSH) as server:
            folder = server.root / user / "in"
            identity = root / "identity"
            identity.touch(mode=0o600)
            identity.write_text(servers.private_text(key))
            route = Route(
                host="127.0.0.1", port=server.port, user=user, key_ref="file:bench", host_key=server.host_key,
                directory=str(folder), filename="", read_back=False, ends_as="delivered",
            )  # fmt: skip
            wire = Wire(route, servers.private_text(key), folder, identity)
            print("SFTP to OpenSSH on loopback, wall seconds\n")
            print(f"{'':24}{'sftp -b':>8}{'ours':>8}{'ratio':>7}  {'goal':12}{'read back':>9}{'ratio':>7}")
            compared(f"{count} files of 200 kB", wire, [os.urandom(SMALL) for _ in range(count)])
            compared("one file of 200 MB", wire, [os.urandom(LARGE)])
            few = [os.urandom(SMALL) for _ in range(FEW)]
            each = wire.emptied(lambda: wire.ours(few, read_back=True, at_once=False)) / FEW
            print(f"\na connection for each file, read back: {each * 1000:.0f} ms a file")


if __name__ == "__main__":
    main(sys.argv[1:])
