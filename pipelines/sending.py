"""The way to each recipient: the SFTP transport with the keys of this installation.

Belongs here: resolving a route's key reference. Sending is `exports.transports`.
"""

from collections.abc import Callable

from exports.agreements import Agreement
from exports.transports import Transport
from exports.transports.sftp import PrivateKey, SftpTransport
from pipelines.settings import Settings, secret


def transport_for(settings: Settings) -> Callable[[Agreement], Transport]:
    """Return what finds the transport of an agreement; every route today is SFTP."""
    sftp = SftpTransport(lambda reference: PrivateKey(secret(reference, settings)))
    return lambda _agreement: sftp
