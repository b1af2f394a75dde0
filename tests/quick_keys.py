"""A signer's key is stretched many times against whoever finds the file; a test's guards nobody and is stretched once.

Belongs here: the number alone. The files have the same form, and are opened by the same code.
"""

from cryptography.hazmat.primitives.serialization import ssh


def stretched_once() -> None:
    """Let the keys that this process makes cost one round of bcrypt in place of OpenSSH's sixteen."""
    ssh._DEFAULT_ROUNDS = 1
