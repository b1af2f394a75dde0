"""A seeded synthetic trust of invented people, kept as dated facts with the day each was recorded.

`schools` the seven schools, `trust` the entry point, `entities` the same facts as an Arbor store, `background` and
`teaching` what no census asks for, `expected` what a return must hold, told from the facts and not from the store,
`faults` mistakes on request.
No clock is read: the same arguments give the same trust, byte for byte.
"""
