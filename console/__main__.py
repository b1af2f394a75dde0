"""`python -m console`: serve the desk of an installation, invite people to it, and forget their passkeys.

Belongs here: the command line of the desk and the server that runs it. Where the state and trust folders are comes from
the environment, as for `waybill`; at which address the desk is reached from the trust folder's `desk.toml`.
"""

import contextlib
import sys

import typer

from assets.edge import describe
from console.app import server
from console.place import Desk
from pipelines.actions import entering
from pipelines.desk_address import read_address
from pipelines.exit_codes import EXIT_CODES, FAULT
from pipelines.installation import Installation
from pipelines.settings import Settings
from schemas.refusal import Refusal
from schemas.wording import counted

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="The desk in a browser."
)


@app.command()
def serve() -> None:
    """Serve the desk until it is told to stop."""
    desk = _desk()
    print(f"The desk answers at {desk.address.origin}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # how the server passes Ctrl-C on once it has stopped
        server(desk).run()


@app.command()
def invite(person: str) -> None:
    """Print a code by which one person sets up a passkey, once and within three days."""
    desk = _desk()
    print(invitation(desk, person))


@app.command()
def forget(person: str) -> None:
    """Forget a person's passkeys and end their sessions: a lost device, or somebody who has left."""
    desk = _desk()
    count = desk.store.forget(person)
    entering.note(desk.installation(), entering.FORGOTTEN, person)
    print(
        f"Forgotten: {counted(count, 'passkey')} of {person}. To let them in again: python -m console invite {person}"
    )


def invitation(desk: Desk, person: str) -> str:
    """Invite a person and return what to tell them.

    Somebody who is not in the register yet may set up a passkey, so that two approvers can put it there, and no more.
    """
    here = desk.installation()
    name = entering.called(here, person)
    code = desk.store.invite(person, desk.now())
    entering.note(here, entering.INVITED, person)
    return (
        f"{name} opens {desk.address.origin}/enrol on their own device, within three days, and types\n  {code}\n"
        "Tell them the code by voice or by hand: whoever has it can act as them."
    )


def _desk() -> Desk:
    settings = Settings.from_environment()
    return Desk(Installation.open(settings), read_address(settings.trust))


def main() -> int:
    """Run the command; a refusal becomes its message and its exit code, anything else its type and place."""
    try:
        app(prog_name="python -m console")
    except Refusal as refusal:
        print(f"{refusal}\nExit code {EXIT_CODES.get(refusal.code, FAULT)}: see docs/exit_codes.md", file=sys.stderr)
        return EXIT_CODES.get(refusal.code, FAULT)
    except Exception as error:  # noqa: BLE001  the edge: another's message may quote a pupil's value
        print(describe(error), file=sys.stderr)
        return FAULT
    return 0


if __name__ == "__main__":
    sys.exit(main())
