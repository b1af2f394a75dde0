"""Arbor over REST v2.

`resources` what the API has, `sources` which of it feeds which canonical table, `shapes*` what a path cannot say,
`client` one request, `rows` one body, `walk` one list, `certificate` whether it was one moment, `connector` the whole.
The vendor's documentation is behind a login: facts are from its public SDKs (facts: mis/arbor.md), doubts are
handled, not assumed away.
"""
