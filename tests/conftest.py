"""What holds for every test."""

import gc

import pytest

from tests.quick_keys import stretched_once
from tests.run_history import kept_without_waiting
from tests.together import Together, late, scheduler


def pytest_configure() -> None:
    kept_without_waiting()
    stretched_once()
    gc.set_threshold(50_000, 20, 100)  # a test makes millions of objects that go by themselves


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=late)


def pytest_collection_finish() -> None:
    """What is there when the tests begin stays to their end: nobody need look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together | None:
    return scheduler(config, log)
