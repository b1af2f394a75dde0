"""The only module-level construction: what `workspace.yaml` loads."""

from pipelines.build import build_defs
from pipelines.settings import Settings

defs = build_defs(Settings.from_environment())
