"""`portico` and `python -m app`.

A program of PROGRAMS starts at once. The console is read only for its own commands: that takes longer than a server's
whole start.
"""

import sys
from importlib import import_module

from app.programs import PROGRAMS, become


def main() -> None:
    if len(sys.argv) == 2 and sys.argv[1] in PROGRAMS:
        become(sys.argv[1])
    import_module("app.cli").main()


if __name__ == "__main__":
    main()
