"""`python -m bench`: rules over a large return, a trust's returns by stage, its record of years, a MIS, the wire."""

import sys

from bench import extraction, history, rules, stages, wire

if __name__ == "__main__":
    rules.main([])
    stages.main(sys.argv[1:])
    history.main([])
    extraction.main([])
    wire.main([])
