"""How a message says how many: 1 pupil, 1,200 pupils, 1 query, 2 queries.

Belongs here: what people's messages, on every layer, must say alike.
"""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number and its noun; `many` where the plural is not `one` and an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
