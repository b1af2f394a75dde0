"""Pages for people who do not use the command line: written to a file, printed, read on paper."""
