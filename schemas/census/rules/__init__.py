"""The rules of the census, one module per section of the return; a function is the rule it is marked with.

Belongs here: what a rule tests, in one to eight lines of `schemas.census.vocabulary`. A mask is true where the rule is
broken. Severity, wording, fields and source are rows of the year's `catalogue.csv`, never repeated here.
"""
