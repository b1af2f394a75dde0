"""Benchmarks: each stage of a return beside its bare equivalent, in one run on one machine (`python -m bench`).

Belongs here: programs that measure, and the synthetic returns they measure on. What they print is ratios; seconds
belong to a machine. Nothing else imports this package.
"""
