"""What holds for every test."""

from tests.run_history import kept_without_waiting


def pytest_configure() -> None:
    kept_without_waiting()
