"""Owns what goes wrong on purpose: rules that make calls fail, hang or lose their answers, a server that is down, rate limits."""

import time
from collections import defaultdict, deque
from dataclasses import asdict, dataclass

from housebot.simulator.errors import ApiError, WrongWishError
from housebot.simulator.model import Json

KINDS = ("429", "403", "500", "502", "timeout", "lose_reply", "drop_connection", "slow", "error")


@dataclass(slots=True)
class Rule:
    """One wish for trouble. `times` counts down; None goes on until the rule is taken away."""

    id: int
    kind: str
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    skip: int = 0
    retry_after: int = 1
    seconds: float = 0.5
    code: int = 400
    description: str = ""
    hits: int = 0

    def applies(self, method: str, chat_id: str) -> bool:
        wanted = self.method is None or self.method.lower() == method.lower()
        return wanted and (self.chat_id is None or str(self.chat_id) == chat_id)

    def error(self) -> ApiError | None:
        """The refusal this rule answers with, if it is of that sort."""
        if self.kind == "429":
            return ApiError(
                429,
                self.description or f"Too Many Requests: retry after {self.retry_after}",
                retry_after=self.retry_after,
            )
        words = {
            "403": (403, "Forbidden: bot was blocked by the user"),
            "500": (500, "Internal Server Error"),
            "502": (502, "Bad Gateway"),
            "error": (self.code, "Bad Request"),
        }
        if self.kind not in words:
            return None
        code, description = words[self.kind]
        return ApiError(code, self.description or description)


class Misbehaviour:
    """The rules in force and the time until which the server is down."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._number = 0
        self._down_until = 0.0

    def add(self, kind: str, **wishes: object) -> Rule:
        """Puts a rule in force. getUpdates is only meant when it is named."""
        if kind not in KINDS:
            raise WrongWishError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
        self._number += 1
        rule = Rule(self._number, kind, **wishes)  # type: ignore[arg-type]
        self._rules.append(rule)
        return rule

    def pick(self, method: str, chat_id: str) -> Rule | None:
        """The rule this call falls under, counted as used."""
        for rule in list(self._rules):
            if not rule.applies(method, chat_id) or (method.lower() == "getupdates" and rule.method is None):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.hits += 1
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
            return rule
        return None

    def rules(self) -> list[Json]:
        """The rules still in force."""
        return [asdict(rule) for rule in self._rules]

    def clear(self) -> None:
        """Everything behaves again."""
        self._rules.clear()
        self._down_until = 0.0

    def down(self, seconds: float | None) -> None:
        """Connections are closed without an answer for a time, or until `clear`."""
        self._down_until = float("inf") if seconds is None else time.monotonic() + seconds

    @property
    def is_down(self) -> bool:
        return time.monotonic() < self._down_until


class RateLimits:
    """Telegram's limits on sending, roughly: 30 a second over all, about one a second to a person, 20 a minute to a group."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[float]] = defaultdict(deque)

    def check(self, bot_id: int, method: str, chat_id: str) -> None:
        """Counts a send and refuses it when there were too many."""
        if not method.lower().startswith(("send", "copy", "forward", "edit")) or method.lower() == "sendchataction":
            return
        group = chat_id.startswith("-")
        limits = [
            (f"{bot_id}", 30, 1.0),
            (f"{bot_id}:{chat_id}", 20, 60.0) if group else (f"{bot_id}:{chat_id}", 5, 5.0),
        ]
        now = time.monotonic()
        for key, count, window in limits:
            sent = self._sent[key]
            while sent and sent[0] <= now - window:
                sent.popleft()
            if len(sent) >= count:
                wait = int(sent[0] + window - now) + 1
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        for key, _, _ in limits:
            self._sent[key].append(now)
