"""Owns how the shell says what went wrong: one table from kinds of problems to exit codes, words and the JSON envelope (A2)."""

import json
import re
import sys
import traceback
from dataclasses import asdict, dataclass, field
from html import unescape
from typing import Any

import typer

from housebot.errors import ConfigProblem, DatabaseProblem, Refusal

# Typer brings its own click, or none, by version; what it raises for wrong usage is found by what it exports.
UsageError: Any = typer.BadParameter.__mro__[1]
REFUSED, USAGE, AWAY, BUG, ANOTHER_RUNS, CONFIGURATION = 1, 2, 69, 70, 75, 78


class Away(Exception):  # noqa: N818  it is an answer, not a fault
    """Something outside this machine did not answer; `fix` says what to try."""

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Said:
    """A problem in words: the envelope's content, the lines for people, and the exit code."""

    code: str
    message: str
    exit_code: int
    details: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


def say(problem: Exception, *, as_json: bool) -> int:
    """Print the problem on stderr and give its exit code."""
    said = _said(problem)
    if as_json:
        envelope = {"error": {"code": said.code, "message": said.message, "details": said.details}}
        print(json.dumps(envelope, ensure_ascii=False), file=sys.stderr)
        return said.exit_code
    for line in said.lines or (f"housebot: {said.message}",):
        print(line, file=sys.stderr)
    return said.exit_code


def _said(problem: Exception) -> Said:
    if isinstance(problem, Refusal):
        return _refusal(problem)
    if isinstance(problem, ConfigProblem):
        return Said(
            "configuration", str(problem), CONFIGURATION, {"fix": problem.fix}, _with_fix(str(problem), problem.fix)
        )
    if isinstance(problem, DatabaseProblem):
        code = BUG if problem.damaged else CONFIGURATION
        return Said("database", problem.message, code, {"fix": problem.fix}, _with_fix(problem.message, problem.fix))
    if isinstance(problem, Away):
        return Said("away", str(problem), AWAY, {"fix": problem.fix}, _with_fix(str(problem), problem.fix))
    if isinstance(problem, UsageError):
        return _usage(problem)
    if isinstance(problem, typer.Abort):
        return Said("aborted", "stopped, nothing was changed", USAGE)
    return _other(problem)


def _refusal(refusal: Refusal) -> Said:
    facts = {name: value for name, value in refusal.facts.items() if name not in {"alternatives", "stays"}}
    known = ", ".join(f"{name}={_short(value)}" for name, value in facts.items())
    message = _words(refusal)
    lines = [f"refused: {refusal.code}" + (f" ({known})" if known else "")]
    lines += [message] if message else []
    lines += [
        f"  free: {other['start']} .. {other['end']} {other['tariff']}"
        for other in refusal.facts.get("alternatives", [])
    ]
    lines += [
        f"  in the way: {stay['code']} {stay['status']} {stay['start']} .. {stay['end']}"
        for stay in refusal.facts.get("stays", [])
    ]
    return Said(refusal.code, message or str(refusal), REFUSED, refusal.facts, tuple(lines))


def _words(refusal: Refusal) -> str:
    """The reason as guests would read it, where the texts have been built; the code says the same to a script."""
    from housebot import words

    try:
        html = words.translator("en").refusal(refusal)
    except (LookupError, OSError):
        return ""
    return unescape(re.sub(r"</?[a-z-]+[^<>]*>", "", html))


def _usage(problem: Any) -> Said:
    message = problem.format_message()
    context = getattr(problem, "ctx", None)
    hint = f"Try: {context.command_path} -h" if context is not None else "Try: housebot -h"
    if type(problem).__name__ == "NoArgsIsHelpError":
        return Said("usage", "no command was given", USAGE, {}, (message,))
    return Said("usage", message, USAGE, {}, (f"housebot: {message}", hint))


def _other(problem: Exception) -> Said:
    kind = type(problem).__name__
    if kind == "CatalogProblems":  # named, not imported: its module is heavy, and whoever raised it has it already
        found = [asdict(one) for one in problem.problems]  # type: ignore[attr-defined]
        lines = tuple(f"{one['place']}: {one['message']}" for one in found)
        message = f"the catalog has {len(found)} mistake{'s' * (len(found) != 1)}; nothing was stored"
        return Said("invalid", message, REFUSED, {"problems": found}, (*lines, f"refused: {message}"))
    if kind == "AlreadyRunning":
        return Said("already_running", str(problem), ANOTHER_RUNS)
    traceback.print_exception(problem, file=sys.stderr)
    return Said("internal", f"a bug: {kind}: {problem}", BUG)


def _with_fix(message: str, fix: str) -> tuple[str, ...]:
    return (f"housebot: {message}", f"     fix: {fix}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"
