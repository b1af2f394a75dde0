"""The edge between our code and Dagster's records: what an error may say there.

Dagster keeps an exception's text and its chain in the event log and prints both to stderr, so this is one of the few
places where every exception is caught: a refusal passes on with its words, anything else with its type and place only
(a library's message may quote a pupil's value). So it is with a library's warnings, which Python prints to stderr.
"""

import contextlib
import functools
import sys
import traceback
import warnings
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, ParamSpec, TypeVar

import dagster as dg

from schemas.refusal import Refusal

P = ParamSpec("P")
T = TypeVar("T")

NO_CONFIG: Final[Mapping[str, Any]] = MappingProxyType({"config_schema": {}})
"""For every asset, check and op: run config can tell it nothing. (Left out, Dagster accepts and keeps anything.)"""


def value_free(body: Callable[P, T]) -> Callable[P, T]:
    """Wrap an asset or op body so that no exception or warning leaves it with a pupil's value in text or context."""

    @functools.wraps(body)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with _warnings_by_place():
                return body(*args, **kwargs)
        except Refusal as refusal:
            failure = dg.Failure(str(refusal), metadata={"code": refusal.code}, allow_retries=refusal.may_retry)
        except dg.Failure:
            raise
        except Exception as error:  # noqa: BLE001  the edge: see the module docstring
            failure = dg.Failure(describe(error), metadata={"code": "fault"}, allow_retries=False)
        raise failure

    return guarded


def describe(error: BaseException) -> str:
    """Say what went wrong by type and place alone: the exception's own words may hold a value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f"{Path(f.filename).name}:{f.lineno} in {f.name}" for f in reversed(frames)), "an unknown place")
    return (
        f"A fault in the program: {type(error).__name__} at {place}. `waybill status` shows what has left and what "
        "has not. Report this line to support; it holds no personal data."
    )


@contextlib.contextmanager
def _warnings_by_place() -> Generator[None]:
    """Have warnings say their kind and place alone."""

    def place_alone(_message: object, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
        sys.stderr.write(f"{category.__name__} at {Path(filename).name}:{lineno}\n")

    with warnings.catch_warnings():
        warnings.showwarning = place_alone
        yield
