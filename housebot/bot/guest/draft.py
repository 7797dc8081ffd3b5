"""Owns the draft of a booking: what a guest has chosen so far, kept in the conversation; it holds no dates (R32)."""

import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, time
from typing import Any, Literal

from housebot.domain.stay import StayRequest
from housebot.services import codes

Way = Literal["help", "book", "slot"]  # help me choose, a tariff by its name, an appointment

KEY = "draft"  # where it stands in the conversation's data
_SIGNS = string.ascii_letters + string.digits
_MOST_VERSIONS = 9999  # what fits a button


@dataclass(frozen=True, slots=True)
class Near:
    """Other dates that were offered: a whole stay, or a day alone when there is no tariff."""

    day: date
    unit: str | None = None
    tariff: str | None = None
    arrival: datetime | None = None
    departure: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One wish in the making. `passed` are the steps that need not be asked any more; `near` is what the last screen offered."""

    code: str
    version: int = 1  # raised by choosing, never by turning pages (T3)
    way: Way = "help"
    step: str = ""
    opened: Mapping[str, str] = field(
        default_factory=dict
    )  # steps opened out of their order, and the screen to return to
    mode: str = ""  # "staff": entered for somebody else
    passed: tuple[str, ...] = ()
    day: date | None = None
    either: tuple[date, ...] = ()  # the arrival days of the two nights a phrase may have meant
    shape: str | None = None
    length: int | None = None  # whole days, or nights
    at: time | None = None  # the hour of arrival that was named
    party: Mapping[str, int] = field(default_factory=dict)
    extras: tuple[str, ...] = ()
    unit: str | None = None
    any_unit: bool = False  # an appointment with whoever is free
    tariff: str | None = None
    arrival: datetime | None = None
    departure: datetime | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    asking: str = ""  # the question whose answer is being typed
    promo: str | None = None  # a code that was typed and fits
    gift: str | None = None  # the code of a gift that pays
    certificate: bool = False  # it is for a stay of this very tariff
    given: int = 0  # hours, or nights, that its stay lasts
    quote: int | None = None
    near: tuple[Near, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether there is anything to go on with."""
        return bool(self.day or self.party or self.tariff or self.extras or self.gift) and self.step != ""

    @property
    def request(self) -> StayRequest | None:
        """The stay it has come to, once there is one."""
        if self.unit is None or self.tariff is None or self.arrival is None or self.departure is None:
            return None
        extras = dict.fromkeys(self.extras, 1)
        party = dict(self.party)
        return StayRequest(
            self.unit, self.tariff, self.arrival, self.departure, party, extras, promo=self.promo, gift=self.gift
        )


def begin(way: Way, *, mode: str = "", **known: Any) -> Draft:
    """A new draft under a code of its own: buttons of other drafts do not fit it."""
    return replace(Draft(codes.random(_SIGNS, 6), way=way, mode=mode), **known)


def chose(draft: Draft, *passed: str, again: tuple[str, ...] = (), **choice: Any) -> Draft:
    """The draft after a choice: a new version, the steps that are done, those to be asked again, and nothing that went stale."""
    done = tuple(step for step in dict.fromkeys((*draft.passed, *passed)) if step not in again)
    fresh: dict[str, Any] = {"quote": None, "near": (), "asking": "", **choice}
    return replace(draft, version=draft.version % _MOST_VERSIONS + 1, passed=done, **fresh)


def returned(draft: Draft) -> Draft:
    """The draft whose open step is left for the screen it was opened from."""
    return replace(draft, opened={step: came for step, came in draft.opened.items() if step != draft.step})


def to_json(draft: Draft) -> dict[str, Any]:
    """What is stored: JSON values only, empty ones left out."""
    return {key: _plain(value) for key, value in asdict(draft).items() if value not in (None, (), {}, "", False)}


def from_json(stored: Mapping[str, Any] | None) -> Draft | None:
    """The draft that was stored; None for none, and for one that an older version of the desk wrote differently."""
    if not stored:
        return None
    try:
        known = {name: stored[name] for name in (one.name for one in fields(Draft)) if name in stored}
        for name in ("passed", "extras"):
            known[name] = tuple(known.get(name, ()))
        known["day"] = _date(known.get("day"))
        known["at"] = time.fromisoformat(known["at"]) if known.get("at") else None
        known["either"] = tuple(date.fromisoformat(day) for day in known.get("either", ()))
        for name in ("arrival", "departure"):
            known[name] = _moment(known.get(name))
        known["near"] = tuple(_near(one) for one in known.get("near", ()))
        return Draft(**known)
    except (TypeError, ValueError, KeyError):
        return None


def _near(stored: Mapping[str, Any]) -> Near:
    return Near(
        date.fromisoformat(stored["day"]),
        stored.get("unit"),
        stored.get("tariff"),
        _moment(stored.get("arrival")),
        _moment(stored.get("departure")),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat() if not isinstance(value, datetime) else value.isoformat(timespec="minutes")
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    return value
