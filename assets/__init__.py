"""Dagster objects, thin: partitions, the one IO manager, assets and checks.

Belongs here: what trust IT sees in the Dagster UI. An asset body calls one function and returns a value with counts.
Does not belong here: any rule, format, decision or setting; assembly is `pipelines`.
"""
