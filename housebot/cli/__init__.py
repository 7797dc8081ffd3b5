"""Owns the entry of the command line: one command is run, and whatever goes wrong becomes words and an exit code.

Only the module of the named command is imported: most of what a desk is made of is heavy, and a list is wanted at once.
"""

import gc
import os
import sys
from collections.abc import Sequence

DONE, INTERRUPTED = 0, 130
LONG_RUNNING = {"run", "demo"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; nothing is raised. Without arguments it is the program itself."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    code = _answer(words)
    if arguments is None and not LONG_RUNNING.intersection(words):
        # Everything is closed and said; taking hundreds of modules apart again would be a fifth of a short command's time.
        sys.stderr.flush()
        os._exit(code)
    return code


def _answer(words: list[str]) -> int:
    words, as_json = _json_first(words)
    try:
        result = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:  # `housebot bookings list | head` has seen enough
        sys.stdout = None
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as problem:
        from housebot.cli import problems

        return problems.say(problem, as_json=as_json)
    return result if isinstance(result, int) else DONE


def _run(words: list[str]) -> object:
    gc.disable()  # for short commands, see `commands.Commands`
    try:
        from housebot.cli import commands

        return commands.run(words)
    finally:
        gc.enable()


def _json_first(words: list[str]) -> tuple[list[str], bool]:
    """`--json` is taken anywhere: moved in front of the command, where it is declared."""
    end = words.index("--") if "--" in words else len(words)
    rest = [word for word in words[:end] if word != "--json"] + words[end:]
    as_json = len(rest) < len(words)
    return (["--json", *rest] if as_json else rest), as_json
