"""Owns the command line of the rigs: `python -m rigs [--small] [--seed N] [script|money|api|storm|kill|histories|contention|matrix|fuzz|controls]…`; all of them by default."""

import argparse
import sys
import time
from collections.abc import Callable

from rigs import (
    api_session,
    contention,
    controls,
    fuzz,
    histories,
    hooks_storm,
    kill,
    matrix,
    money_script,
    script_journey,
)

RIGS: dict[str, Callable[[bool, int], int]] = {
    "script": lambda small, seed: script_journey.main(small=small, seed=seed),
    "money": lambda small, seed: money_script.main(),
    "api": lambda small, seed: api_session.main(),
    "storm": lambda small, seed: hooks_storm.main(small=small, seed=seed),
    "kill": lambda small, seed: kill.main(small=small, seed=seed),
    "histories": lambda small, seed: histories.main(small=small, seed=seed),
    "contention": lambda small, seed: contention.main(small=small, seed=seed),
    "matrix": lambda small, seed: matrix.main(),
    "fuzz": lambda small, seed: fuzz.main(small=small, seed=seed),
    "controls": lambda _, seed: controls.main(seed=seed),
}


def main() -> int:
    """1 when a rig found a fault, or could not have found one."""
    parser = argparse.ArgumentParser(prog="python -m rigs", description="Crash, contention and fault rigs.")
    parser.add_argument("rigs", nargs="*", metavar="RIG", help=f"of {', '.join(RIGS)}; all by default")
    parser.add_argument("--small", action="store_true", help="a minute instead of half an hour")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    unknown = set(options.rigs) - set(RIGS)
    if unknown:
        parser.error(f"there is no rig {', '.join(sorted(unknown))}")
    failed = []
    for name in options.rigs or RIGS:
        print(f"== {name}, seed {options.seed} ==", flush=True)
        began = time.monotonic()
        if RIGS[name](options.small, options.seed):
            failed.append(name)
        print(f"   {time.monotonic() - began:.0f} s\n", flush=True)
    print(f"FAILED: {', '.join(failed)}" if failed else "All rigs held.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
