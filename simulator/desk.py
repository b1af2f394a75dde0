"""The desk on the demonstration: its servers running, a census prepared, and an invitation for each of its people.

Belongs here: what `make desk` starts. The clock begins on the evening of census day and goes on from there, so that
sessions end as they would. What the desk is, is `console`.
"""

import argparse
import contextlib
import datetime as dt
import sys
from collections.abc import Sequence
from typing import Final

from console.__main__ import invitation
from console.app import server
from console.place import Desk
from pipelines.actions import preparing
from pipelines.clock import Clock, system_clock
from pipelines.desk_address import Address
from pipelines.settings import Settings
from schemas.refusal import Refusal
from simulator.demo import BLOCKED_SCHOOL, CENSUS, EVENING, FAULTS
from simulator.deployment import ARBOR_PORT, PEOPLE, SFTP_PORT, Deployment, deployed
from simulator.ports import PortTakenError
from simulator.watching import say
from simulator.world.faults import with_faults
from simulator.world.trust import make_trust

PORT: Final = 8400


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C."""
    asked = _parser().parse_args(arguments)
    home = Settings.from_environment({}).home
    world = with_faults(make_trust(), BLOCKED_SCHOOL, FAULTS)
    ports = {"arbor_port": asked.mis_port, "sftp_port": asked.sftp_port}
    with deployed(home, trust=world, clock=from_then(EVENING), apart=True, **ports) as demo:
        if not demo.installation.ledger.releases(period=CENSUS):
            say(f"Preparing the census of {len(world.schools)} schools once: about a minute ...")
            preparing.prepare(demo.installation, CENSUS)
        desk = Desk(demo.installation, Address(f"http://localhost:{asked.port}", port=asked.port))
        _invite(desk, demo)
        say(f"\nThe desk answers at {desk.address.origin}. Stop with Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):  # how the server passes Ctrl-C on once it has stopped
            server(desk).run()
    return 0


def from_then(moment: dt.datetime) -> Clock:
    """Return a clock that shows a moment now and goes on from it."""
    began = system_clock()
    return lambda: moment + (system_clock() - began)


def _invite(desk: Desk, demo: Deployment) -> None:
    """Print a code for everybody who has no passkey yet."""
    for person in PEOPLE:
        if not desk.store.passkeys(str(person["id"])):
            say(f"[bold]{', '.join(map(str, person['roles']))}[/]: {invitation(desk, str(person['id']))}")
    say(f"Signing keys of the demonstration lie in {demo.settings.home / 'signers'}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make desk", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="of the desk")
    parser.add_argument("--mis-port", type=int, default=ARBOR_PORT, help="of the invented MIS")
    parser.add_argument("--sftp-port", type=int, default=SFTP_PORT, help="of the recipients' SFTP server")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refusal, PortTakenError) as refused:
        say(f"[red]{refused}[/]")
        sys.exit(1)
