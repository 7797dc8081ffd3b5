"""Owns `python -m housebot`: the same as the command `housebot`."""

import sys

from housebot.cli import main

if __name__ == "__main__":
    sys.exit(main())
