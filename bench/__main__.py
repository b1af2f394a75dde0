"""`python -m bench`: the main benchmark."""

import sys

from bench.stages import main

main(sys.argv[1:])
