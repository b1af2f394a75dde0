"""Leaving: what may go, to whom, in which bytes, on whose signature, and by which route.

Belongs here: agreements, minimising, file formats, the re-reader, the release gate and transports. Does not belong
here: Dagster, the clock, anything about how data arrives.
"""
