"""The way to each recipient: the SFTP transport with the keys of this installation.

Belongs here: which way it is, and resolving a route's key reference. Sending is `exports.transports`.
"""

from collections.abc import Callable

from exports.agreements import Agreement
from exports.case_terms import DATASET as CASE
from exports.transports import Transport
from exports.transports.folder import FolderTransport
from exports.transports.sftp import PrivateKey, SftpTransport
from exports.transports.sftp_failures import CredentialUnusable
from pipelines.settings import SecretMissing, Settings, secret


def transport_for(settings: Settings) -> Callable[[Agreement], Transport]:
    """Return what finds the transport of an agreement: what a person sends on is laid here, the rest goes by SFTP."""

    def key(reference: str) -> PrivateKey:
        try:
            return PrivateKey(secret(reference, settings))
        except SecretMissing as missing:  # a transport's own refusal: nobody was contacted, so nothing is in doubt
            raise CredentialUnusable(str(missing), payload_began=False) from None

    sftp, folder = SftpTransport(key), FolderTransport(settings.handed_over)
    return lambda agreement: folder if agreement.dataset == CASE or agreement.delivery.by_hand else sftp
