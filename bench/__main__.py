"""Owns the command line of the measures: `python -m bench [--quick] [write|hold|month|turnaround|cold|slow_sockets|api]…`; all of them by default."""

import argparse
import sys
from collections.abc import Callable

from bench import api, cold, hold, month, slow_sockets, turnaround, write
from bench.figures import Figure, Size, table

MEASURES: dict[str, Callable[[Size], list[Figure]]] = {
    "write": write.measure,
    "hold": hold.measure,
    "month": month.measure,
    "turnaround": turnaround.measure,
    "cold": cold.measure,
    "slow_sockets": slow_sockets.measure,
    "api": api.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a target is missed. The quick run is over in a minute and judges nothing."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Speed and size, as ratios within one run; medians of interleaved rounds."
    )
    parser.add_argument("measures", nargs="*", metavar="NAME", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="small numbers: shows that the measures work")
    options = parser.parse_args(arguments)
    unknown = set(options.measures) - set(MEASURES)
    if unknown:
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in options.measures or MEASURES:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += MEASURES[name](Size(quick=options.quick))
    print(table(figures))
    missed = [one.what for one in figures if not one.met]
    return int(bool(missed) and not options.quick)


if __name__ == "__main__":
    sys.exit(main())
