"""What holds for every test."""

import gc

from tests.run_history import kept_without_waiting


def pytest_configure() -> None:
    kept_without_waiting()
    gc.set_threshold(50_000, 20, 100)  # a test makes millions of objects that go by themselves


def pytest_collection_finish() -> None:
    """What is there when the tests begin stays to their end: nobody need look at it again."""
    gc.collect()
    gc.freeze()
