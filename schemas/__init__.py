"""The vocabulary: tables, identifiers, code sets, dates, the collection calendar, census years and rules.

Belongs here: definitions and pure functions over frames. Does not belong here: input or output
(except this package's own data files), Dagster, the clock, any knowledge of one trust.
"""
