"""A small chart of how a return has come along: where its lines and marks lie.

Belongs here: arithmetic for the picture. The figures stand beside it in a table, for whoever sees no picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.actions.progress import Then

WIDTH: Final = 640
HEIGHT: Final = 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 28


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it counts, where it runs, and its marks."""

    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True, slots=True)
class Chart:
    """The lines, the highest figure, and the edges of the field they lie in."""

    lines: tuple[Line, ...]
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def chart(trend: Sequence[Then]) -> Chart | None:
    """Return the chart of a trend, each preparation as far from the next; None where there is nothing to compare."""
    if len(trend) < 2:  # noqa: PLR2004  a line has two ends
        return None
    most = max(1, *(max(then.blocking, then.unexplained) for then in trend))
    lines = (
        Line("blocking", _points([then.blocking for then in trend], most)),
        Line("unexplained", _points([then.unexplained for then in trend], most)),
    )
    return Chart(lines, most)


def _points(figures: Sequence[int], most: int) -> tuple[tuple[float, float], ...]:
    across, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    apart = across / (len(figures) - 1)
    return tuple((_LEFT + number * apart, _TOP + up * (1 - count / most)) for number, count in enumerate(figures))
