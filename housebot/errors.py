"""Owns the one business error: a refusal with a stable code and the facts behind it."""

from typing import Any

# Every refusal code and the HTTP status that carries it (INTERFACE). A code missing here is a bug.
CODES: dict[str, int] = {
    **dict.fromkeys(
        [
            "dates_taken",
            "holds_limit",
            "stale",
            "already_decided",
            "promo_used_up",
            "gift_insufficient",
            "temporarily_unavailable",
            "in_flight",
        ],
        409,
    ),
    **dict.fromkeys(
        [
            "min_stay",
            "max_stay",
            "too_soon",
            "too_far",
            "past",
            "closed_to_arrival",
            "closed_to_departure",
            "weekday",
            "outside_hours",
            "dst_gap",
            "min_guests",
            "max_guests",
            "no_adult",
            "unknown_unit",
            "unknown_tariff",
            "unknown_extra",
            "extra_not_offered",
            "extra_sold_out",
            "answer_missing",
            "contact_invalid",
            "promo_invalid",
            "gift_invalid",
            "amount_invalid",
            "idempotency_mismatch",
            "invalid",
        ],
        422,
    ),
    "not_found": 404,
    "unauthorized": 401,
    "forbidden": 403,
    "rate_limited": 429,
    "body_too_large": 413,
}


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not a fault
    """A rule said no. `code` is stable, `facts` are JSON-ready; words are chosen by the transport that shows it.

    `facts["alternatives"]`, where present, is a list of at most three `{start, end, tariff}` that do work (R13).
    """

    def __init__(self, code: str, /, **facts: Any) -> None:
        if code not in CODES:
            raise ValueError(f"unknown refusal code {code!r}")
        super().__init__(code)
        self.code = code
        self.facts: dict[str, Any] = facts

    def __str__(self) -> str:
        facts = ", ".join(
            f"{name}={value}" for name, value in self.facts.items() if name not in {"alternatives", "stays"}
        )
        return f"{self.code}: {facts}" if facts else self.code


class ProviderAway(Exception):  # noqa: N818  it passes
    """A payment provider gave no answer that counts: what was asked may have had its effect, so ask again with the same key."""

    def __init__(self, what: str, *, retry_after: float = 0.0, locked_out: bool = False) -> None:
        super().__init__(what)
        self.retry_after = retry_after  # seconds, where the provider named them
        self.locked_out = locked_out  # our name or key is wrong: only a person can mend that


class ProviderRefused(Exception):  # noqa: N818  it is an answer
    """A payment provider said no for good: `code` is its own word. Asking again says the same."""

    def __init__(self, what: str, *, code: str) -> None:
        super().__init__(f"{what}: {code}")
        self.code = code


class Unreadable(Exception):  # noqa: N818  it is put aside, not a fault of ours
    """What another program sent cannot be made out; the reason is a word for the owner and repeats nothing of it."""


class DatabaseProblem(Exception):  # noqa: N818  it is told to the owner as it stands
    """The file cannot be used: foreign, newer, older, damaged, unreadable, on a failing disk. Nothing was changed by finding out.

    `message` says what is wrong and names the file, `fix` what to do about it. `damaged` tells a broken file or disk
    (the process must stop) from a wrong setting.
    """

    def __init__(self, message: str, *, fix: str, damaged: bool = False) -> None:
        super().__init__(f"{message} ({fix})")
        self.message = message
        self.fix = fix
        self.damaged = damaged


class KeyProblem(DatabaseProblem):
    """The file with the keys of sealed secrets is missing, of another desk, or cannot be used; what needs no secret goes on."""


class ConfigProblem(Exception):  # noqa: N818  it is told to the owner as it stands
    """A setting is missing, unknown or wrong. The message names it and its file, `fix` says how to mend it (exit 78)."""

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.fix = fix
