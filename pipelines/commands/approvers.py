"""Who may sign: `waybill approvers ...`.

Belongs here: parsing and presenting. What a register is, and who may change it, is `exports.approvers`.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from exports.key_files import new_private_key, read_private_key
from exports.signing import public_text
from pipelines.actions import approving
from pipelines.commands.asking import PASSPHRASE_VARIABLE, As, Capacity, File, Json, Key, context, private_key
from pipelines.screen import say, say_json, say_register

approvers = typer.Typer(no_args_is_help=True, help="Who may sign.")


@approvers.command("list")
def approvers_list(as_json: Json = False) -> None:
    """Who may sign now. With --json: a people file, to be edited for a change."""
    register = approving.listed(context(""))
    if as_json:
        say_json(register.body()["people"])
    else:
        say_register(register)


@approvers.command("bootstrap")
def approvers_bootstrap(people: File, actor: As = "") -> None:
    """Set up the first register from a JSON list, and print each key's fingerprint to be confirmed by voice."""
    listed = approving.read_people(people.read_text(encoding="utf-8"))
    for person, fingerprint in approving.bootstrap_register(context(actor), listed).items():
        say(f"{person}  {fingerprint}")
    say("Ring each person and compare. A change now needs two of them.")


@approvers.command("new-key")
def new_key(path: Annotated[Path, typer.Argument(help="A new file, on your own device.")]) -> None:
    """Make your signing key. Keep the file and its passphrase to yourself; the public part goes into the register."""
    if path.exists():
        message = f"{path} exists. Nothing was written; name a new file."
        raise typer.BadParameter(message)
    passphrase = os.environ.get(PASSPHRASE_VARIABLE) or typer.prompt(
        "Passphrase", hide_input=True, confirmation_prompt=True
    )
    data = new_private_key(passphrase)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    say_json({"public_key": public_text(read_private_key(data, passphrase))})


@approvers.command("propose")
def approvers_propose(people: File, change: Annotated[Path, typer.Argument(help="Where to write the change.")]) -> None:
    """Write a change of the register: the file lists everybody who may sign from then on."""
    listed = approving.read_people(people.read_text(encoding="utf-8"))
    proposed = approving.propose(context(""), listed)
    change.write_text(proposed.text(), encoding="utf-8")
    say_register(proposed.register)
    say(f"Its hash: {proposed.register.sha256}")
    say(f"Next: two current approvers each run waybill approvers sign {change}")


@approvers.command("sign")
def approvers_sign(
    change: File,
    role: Capacity,
    key: Key,
    named: Annotated[str | None, typer.Option("--named", help="First eight characters of the hash.")] = None,
    actor: As = "",
) -> None:
    """Show a change of the register, ask you to name it, and add your signature to its file."""
    proposed = approving.read_change(change.read_text(encoding="utf-8"))
    say_register(proposed.register)
    say(f"Its hash: {proposed.register.sha256}")
    typed = named if named is not None else typer.prompt("Type the first eight characters of the hash to sign it")
    signed = approving.sign_change(context(actor), proposed, role, private_key(key), typed)
    change.write_text(signed.text(), encoding="utf-8")
    say(f"Signed: {len(signed.signatures)} of 2. Next: the other signs, then waybill approvers apply {change}")


@approvers.command("apply")
def approvers_apply(change: File, actor: As = "") -> None:
    """Put a change signed by two current approvers into force."""
    proposed = approving.read_change(change.read_text(encoding="utf-8"))
    say_register(approving.apply_change(context(actor), proposed))
    say("In force. Whatever is not sent yet must be prepared and signed again.")
