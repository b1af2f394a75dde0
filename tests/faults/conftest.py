"""A desk with a ledger and the recipients' servers, as the tests of `exports` have them."""

from tests.exports.conftest import asyncssh_server, desk, openssh, openssh_place

__all__ = ["asyncssh_server", "desk", "openssh", "openssh_place"]
