"""Owns how the shell says what went wrong: one table from kinds of problems to exit codes, words and the JSON envelope (A2)."""

import json
import re
import sys
import traceback
from dataclasses import asdict, dataclass, field
from html import unescape
from typing import Any

import typer

from housebot.cli.terminal import clock, one_line
from housebot.domain.money import plain
from housebot.errors import ConfigProblem, DatabaseProblem, Refusal

# Typer brings its own click, or none, by version; what it raises for wrong usage is found by what it exports.
UsageError: Any = typer.BadParameter.__mro__[1]
TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,}")
_INSTANT = re.compile(r"[0-9-]{10}T[0-9:]{8}Z")
REFUSED, USAGE, AWAY, BUG, ANOTHER_RUNS, CONFIGURATION = 1, 2, 69, 70, 75, 78

# What a guest would read says the wrong thing at a shell.
WORDS: dict[tuple[str, Any], str] = {
    ("not_found", "guest"): "There is no such guest: see housebot guests list.",
    ("not_found", "gift"): "There is no such gift: see housebot gifts list.",
    ("not_found", "payment"): "There is no such payment: see housebot payments list.",
    ("not_found", "key"): "There is no such key: see housebot keys list.",
    ("already_decided", "key"): "This key was revoked already: it opens nothing.",
    ("invalid", "scope"): "Scopes are read, book, manage and admin.",
    ("invalid", "name"): "A name is 1 to 64 signs long.",
    ("invalid", "expires_past"): "That day is over: a key must work for a while.",
    ("already_decided", "gift"): "This gift is void already.",
    ("invalid", "period_empty"): "The end must come after the beginning.",
    ("invalid", "no_payment"): "Only a payment that came can go back: see housebot payments list.",
    ("invalid", "not_giftable"): "The catalog does not give this tariff as a gift (giftable = false).",
    ("invalid", "not_later"): "It is good for longer than that already.",
    ("invalid", "valid_until_past"): "That day is over.",
    (
        "invalid",
        "length",
    ): "Give --hours for a tariff by the hour, --nights for one by the night, and none for an appointment.",
    (
        "already_decided",
        "deposit",
    ): "Somebody has written it down already; see housebot bookings show. If more came, add --twice.",
    ("not_found", "message"): "There is no such message: see housebot outbox list.",
    ("not_found", "catalog"): "No such catalog was applied: see housebot catalog history.",
    (
        "invalid",
        "from_date_past",
    ): "That day is over, and what was quoted on it stays as it was: name today or a later day.",
    ("in_flight", "card"): "The guest's money is being taken by card: try again in a minute.",
    ("invalid", "unit_in_use"): "A unit that somebody has booked ahead may not vanish with all its parts.",
    ("invalid", "time_missing"): "This tariff is sold by the hour: write a time too.",
    ("not_found", "endpoint"): "There is no such endpoint: see housebot hooks list.",
    ("not_found", "delivery"): "There is no such delivery: see housebot hooks deliveries.",
    ("not_found", "provider"): "There is no such provider: see housebot hooks address -h.",
    ("not_found", "notification"): "Nothing of that number was put aside: see housebot hooks aside.",
    ("not_found", "contact"): "Nobody of that number has written: see housebot hooks contacts.",
    ("already_decided", "endpoint"): "This endpoint is on already.",
    ("already_decided", "older_secret"): "Only one secret signs already.",
    ("stale", "endpoint_off"): "This endpoint is switched off: housebot hooks enable turns it on again.",
    ("invalid", "endpoint_twice"): "That address is told of events already: see housebot hooks list.",
    ("invalid", "endpoints_many"): "So many programs may be told, and no more: remove one first.",
    ("invalid", "event"): "There is no such event.",
    (
        "invalid",
        "address",
    ): "That is no address the desk understands: https://host/path, without a name and password in it, in plain letters.",
    (
        "invalid",
        "address_scheme",
    ): "Only https goes out into the world; [web] webhooks_to_private = true allows http in your own network.",
    (
        "invalid",
        "address_private",
    ): "That address is inside your own network; [web] webhooks_to_private = true allows it.",
    ("invalid", "address_forbidden"): "The desk never calls such an address.",
    ("invalid", "quote_token_of_another_stay"): "The quote token is of another stay.",
}


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
    facts = dict(refusal.facts)
    if zone := facts.pop("zone", None):  # scripts read UTC, people the clock of the house
        facts = _on_the_clock(facts, zone)
    others = facts.pop("alternatives", [])
    stays = facts.pop("stays", [])
    known = ", ".join(f"{name}={_short(value)}" for name, value in facts.items())
    message = _words(refusal)
    lines = [f"refused: {refusal.code}" + (f" ({known})" if known else "")]
    lines += [message] if message else []
    lines += [f"  free: {other['start']} .. {other['end']} {other['tariff']}" for other in others]
    lines += [f"  in the way: {stay['code']} {stay['status']} {stay['start']} .. {stay['end']}" for stay in stays]
    return Said(refusal.code, message or str(refusal), REFUSED, refusal.facts, tuple(map(one_line, lines)))


def _on_the_clock(value: Any, zone: str) -> Any:
    """The same with every instant in it as the clock of the house shows it."""
    if isinstance(value, dict):
        return {name: _on_the_clock(one, zone) for name, one in value.items()}
    if isinstance(value, list):
        return [_on_the_clock(one, zone) for one in value]
    return clock(value, zone) if isinstance(value, str) and _INSTANT.fullmatch(value) else value


def _words(refusal: Refusal) -> str:
    """The reason for whoever sits here, else as guests would read it; the code says the same to a script."""
    facts = refusal.facts
    if facts.get("ask_again"):
        return _ask_again(facts)
    for kind in (facts.get("reason"), facts.get("what")):
        if (refusal.code, kind) in WORDS:
            return WORDS[refusal.code, kind]
    from housebot import words

    try:
        html = words.translator("en").refusal(refusal)
    except (LookupError, OSError):
        return ""
    return unescape(re.sub(r"</?[a-z-]+[^<>]*>", "", html))


def _ask_again(facts: dict[str, Any]) -> str:
    if "overpaid" in facts:
        more = f"{plain(facts['overpaid'], facts['currency'])} {facts['currency']}"
        return f"That is {more} more than is asked for. If so much came, add --twice."
    return "The receipt looks odd. If you have looked at it and it is good, add --twice."


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
    message = _without_tokens(f"a bug: {kind}: {problem}")
    trace = tuple(_without_tokens("".join(traceback.format_exception(problem))).splitlines())
    return Said("internal", message, BUG, {"traceback": trace}, (*trace, f"housebot: {message}"))


def _without_tokens(text: str) -> str:
    """What nobody foresaw may repeat an address, and an address the bot's token."""
    return TOKEN.sub(lambda found: f"{found[0].partition(':')[0]}:…", text)


def _with_fix(message: str, fix: str) -> tuple[str, ...]:
    return (f"housebot: {message}", f"     fix: {fix}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"
