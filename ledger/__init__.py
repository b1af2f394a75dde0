"""The record: hash-chained events, the releases they add up to, who was told what, and the verifier.

Belongs here: what happened, without a pupil's value in it. Files and keys are `vault`; decisions to send are `exports`.
"""
