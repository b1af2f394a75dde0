"""Private keys of signers: ed25519 key files, encrypted, on the signer's own device.

Belongs here: making one and opening one. They are never kept by an installation. What is signed with them is
`exports.signing`.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exports.signing import KeyUnreadable


def new_private_key(passphrase: str) -> bytes:
    """Make an ed25519 key in OpenSSH's private format, encrypted; for the signer's own device.

    Raises:
        KeyUnreadable: an empty passphrase.

    """
    if not passphrase:
        message = "a signing key must have a passphrase"
        raise KeyUnreadable(message)
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


def read_private_key(data: bytes, passphrase: str) -> Ed25519PrivateKey:
    """Open an encrypted private key, OpenSSH's format or PKCS #8.

    Raises:
        KeyUnreadable: wrong passphrase, no passphrase on the key, another kind of key, or not a key.

    """
    if _opens(data, None) is not None:
        message = "the signing key has no passphrase: give it one with ssh-keygen -p"
        raise KeyUnreadable(message)
    key = _opens(data, passphrase.encode())
    if key is None:
        message = "the signing key cannot be opened: check the file and the passphrase"
        raise KeyUnreadable(message)
    if not isinstance(key, Ed25519PrivateKey):
        message = "the signing key is not ed25519: make one with ssh-keygen -t ed25519"
        raise KeyUnreadable(message)
    return key


def _opens(data: bytes, passphrase: bytes | None) -> object | None:
    openssh = data.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    try:
        return load(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
