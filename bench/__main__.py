"""`python -m bench`: the rules over one large return, then a trust's returns stage by stage."""

import sys

from bench import rules, stages

if __name__ == "__main__":
    rules.main([])
    stages.main(sys.argv[1:])
