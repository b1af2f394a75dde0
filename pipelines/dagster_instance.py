"""Dagster's instance of an installation.

Belongs here: opening it, for whatever starts runs and whatever looks at them.
"""

import dagster as dg

from pipelines.installation import Installation


def instance_of(installation: Installation) -> dg.DagsterInstance:
    """Dagster's instance of this installation, so that its runs show in the UI."""
    return dg.DagsterInstance.from_config(str(installation.settings.dagster))
