"""How a delivery over SFTP can fail: one class for each thing that somebody must do something different about.

Belongs here: the classes and the meaning of a server's status. What raises them is `exports.transports.sftp_connection`
and `exports.transports.sftp_steps`.
"""

from exports.terms import Route
from exports.transports import TransportFailure
from exports.transports.sftp_wire import Status


class HostKeyChanged(TransportFailure):
    """The server is not the one that the agreement names."""

    code = "sftp_host_key"


class AuthenticationFailed(TransportFailure):
    """The server does not accept our one credential."""

    code = "sftp_authentication"


class CredentialUnusable(TransportFailure):
    """The credential for the route cannot be read; nobody was contacted."""

    code = "sftp_credential"


class ConnectionRefusedByServer(TransportFailure):
    """Nobody answers at the route's host and port."""

    code = "sftp_connection_refused"


class AlgorithmMismatch(TransportFailure):
    """The server offers only algorithms that are no longer safe."""

    code = "sftp_algorithm"


class RemoteQuota(TransportFailure):
    """The server could not store the file: in practice its disk or quota is full."""

    code = "sftp_quota"


class RemotePermission(TransportFailure):
    """The server does not let us do this in the route's directory."""

    code = "sftp_permission"


class RemoteDirectoryMissing(TransportFailure):
    """The route's directory does not exist on the server."""

    code = "sftp_directory"


class RemoteNameTaken(TransportFailure):
    """A different file lies under the final name."""

    code = "sftp_name_taken"


class ContentDiffers(TransportFailure):
    """What was read back is not what was sent; nothing was renamed."""

    code = "sftp_content_differs"


class Timeout(TransportFailure):
    """A step, or the whole delivery, took too long."""

    code = "sftp_timeout"


class ConnectionLost(TransportFailure):
    """The connection ended before the delivery did, or stopped making sense."""

    code = "sftp_connection_lost"


def declined(status: int, route: Route, *, payload_began: bool) -> TransportFailure:
    """Return the failure that a status stands for; the server's own text is not repeated."""
    where = f"{route.host}:{route.port}, directory {route.directory}"
    if status == Status.PERMISSION_DENIED:
        message = f"{where}: permission denied. User {route.user} must be let write, read and rename there."
        return RemotePermission(message, payload_began=payload_began)
    if status == Status.NO_SUCH_FILE:
        message = f"{where}: no such directory. Compare delivery.directory with the recipient."
        return RemoteDirectoryMissing(message, payload_began=payload_began)
    message = f"{where}: the server could not do it (status {status}). Ask the recipient about space and quota."
    return RemoteQuota(message, payload_began=payload_began)
