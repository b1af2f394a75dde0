"""Logging: one line per state change, to the console and nowhere else.

Belongs here: the console logger Dagster is given. Its event log has the same lines; compute logs keep nothing.
"""

import logging

import dagster as dg

_FORMAT = "%(asctime)s %(levelname)s %(message)s"


@dg.logger(description="Warnings and worse, one line each.")
def one_line(_context: dg.InitLoggerContext) -> logging.Logger:
    """Build the console logger."""
    logger = logging.getLogger("waybill.dagster")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT))
        logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    return logger
