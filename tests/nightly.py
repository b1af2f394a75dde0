"""Whether this is the night's run of the tests: the same code with bigger numbers."""

import os

NIGHTLY = bool(os.environ.get("WAYBILL_NIGHTLY"))
