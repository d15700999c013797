"""`portico` and `python -m app`.

The console is read only for its own commands: its imports take longer than the start of a server.
"""

import sys
from importlib import import_module

from app.programs import PROGRAMS, run


def main() -> None:
    if len(sys.argv) == 2 and sys.argv[1] in PROGRAMS:
        run(sys.argv[1])
    else:
        import_module("app.cli").main()


if __name__ == "__main__":
    main()
