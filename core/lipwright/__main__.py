"""`python -m lipwright`: the command line, as hosts start it."""

from lipwright.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
