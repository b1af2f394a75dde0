"""A passkey's answer to a question of the desk, as a signature: what every act that is signed there shares.

Belongs here: refusing who keeps a key file, and taking an answer only when it holds. What is signed, and whether it
counts, is each act's own: `signing`, `overriding`, `standing`, `delegating`, `approving`.
"""

from exports.approvers import Person, current
from exports.passkeys import PREFIX, packed
from exports.signing import Signature, SignatureBroken, Statement, check
from pipelines.actions.context import Context, NotNamed


def refuse_key_file(person: Person) -> None:
    """Refuse to ask somebody's passkey when the register holds another key for them; raises NotNamed."""
    if not person.public_key.startswith(PREFIX):
        message = f"The register holds an ed25519 key for {person.id}, not a passkey. Sign with: waybill sign"
        raise NotNamed(message)


def accepted(ctx: Context, statement: Statement, answer: str, school: str) -> Signature:
    """Return a passkey's answer as the actor's signature, once it holds for a school (`*`: the whole trust).

    The head key countersigns what was found to hold, so that it can be checked where ed25519 alone can.

    Raises:
        SignatureBroken: the answer is not for this statement, or of no passkey of the signer's.
        Refusal: it does not hold (`exports.signing.check`).

    """
    here = ctx.installation
    register = current(here.ledger)
    person = register.person(ctx.actor)
    try:
        given = Signature(statement, person.public_key if person else "", packed(answer))
    except ValueError:
        message = f"{ctx.actor}: the passkey gave no answer that can be read"
        raise SignatureBroken(message) from None
    check(given, register, here.now(), school=school)
    return given.countersigned(here.lodged.key)
