"""A synthetic trust, an Arbor server over it, and hostile variants of both.

Belongs here: what the demo, the tests and the benchmarks talk to. No product code imports this package.
Every school, person, address and number in it is invented.
"""
