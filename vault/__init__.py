"""Sealed storage for anything that holds a pupil, each artefact with a purge date.

Belongs here: encryption at rest, the index of artefacts, keys per pupil. What was sent to whom is `ledger`.
"""
