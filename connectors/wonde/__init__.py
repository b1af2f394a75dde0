"""Wonde, which stands in front of many MIS: current values without dates, and contacts.

`supplies` what it has and has not, `rows` one answer, `connector` the whole. Facts: mis/wonde.md; the vendor's pages
and public clients disagree in places, which is handled here and not assumed away.
"""
