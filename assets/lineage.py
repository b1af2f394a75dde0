"""The links of `exports.lineage_links` as Dagster shows them: which column of a file is made from which of the tables.

Belongs here: metadata made from an agreement, nothing of a run. The ledger is the record; this is its picture.
"""

import dagster as dg

from exports.agreements import Compiled
from exports.grounds import grounds_of
from exports.lineage_links import links


def column_links(compiled: Compiled, tables: dg.AssetKey) -> dict[str, object]:
    """Return the metadata of an agreement's tables; none for an agreement that does not compile."""
    agreement = compiled.agreement
    if agreement is None:
        return {}
    deps = {
        column: [dg.TableColumnDep(asset_key=tables, column_name=field) for field in fields]
        for column, fields in links(grounds_of(agreement)).items()
    }
    return {
        "agreement_sha256": agreement.sha256,
        "recipient": agreement.recipient.legal_name,
        "dagster/column_lineage": dg.TableColumnLineage(deps),
    }
