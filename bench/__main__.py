"""`python -m bench`: the rules over a large return, a trust's returns by stage, its record of years, reading a MIS."""

import sys

from bench import extraction, history, rules, stages

if __name__ == "__main__":
    rules.main([])
    stages.main(sys.argv[1:])
    history.main([])
    extraction.main([])
