"""`python -m bench`: the rules over one large return, a trust's returns stage by stage, five years of its record."""

import sys

from bench import history, rules, stages

if __name__ == "__main__":
    rules.main([])
    stages.main(sys.argv[1:])
    history.main([])
