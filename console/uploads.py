"""A form that carries a file (multipart/form-data, RFC 7578), read in memory as browsers write it.

Belongs here: taking such a form apart, and refusing whatever a browser does not send. How large it may be is
`console.guard`; what the file is, the action's. A file may hold pupils, so none of it is put on a disk (ADR 0081).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_KIND: Final = re.compile(r"multipart/form-data; ?boundary=([0-9A-Za-z'()+_,./:=?-]{1,70})", re.IGNORECASE)
_PART: Final = re.compile(
    rb'Content-Disposition: form-data; name="(?P<name>[a-z]{1,40})"(?P<file>; filename="[^"\r\n]*")?'
    rb"(?:\r\nContent-Type: [^\r\n]*)?",
    re.IGNORECASE,
)
_MOST: Final = 50


class MalformedFormError(ValueError):
    """The bytes are not what a browser makes of a form."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form carried: its fields, and the bytes of its one file; None when it has no place for one."""

    fields: Mapping[str, str]
    file: bytes | None


def read(kind: str, body: bytes) -> Sent:
    """Take a form apart.

    Args:
        kind: the request's Content-Type.
        body: of the request, whole.

    Raises:
        MalformedFormError: it is not such a form, has two files, or more than 50 parts.

    """
    boundary = _KIND.fullmatch(kind)
    if boundary is None:
        raise MalformedFormError
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode(), _MOST + 1)
    if before or not parts or parts.pop() not in {b"--", b"--\r\n"}:
        raise MalformedFormError
    fields, files = dict[str, str](), list[bytes]()
    for part in parts:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        found = _PART.fullmatch(head)
        if found is None or not part.startswith(b"\r\n"):
            raise MalformedFormError
        if found["file"] is None:
            fields[found["name"].decode()] = data.decode("utf-8", "replace")
        else:
            files.append(data)
    if len(files) > 1:
        raise MalformedFormError
    return Sent(fields, files[0] if files else None)
