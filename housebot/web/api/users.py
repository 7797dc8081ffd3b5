"""Owns how people who book look to other programs: what is sent and what is answered, with examples (T4)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.services.guests import Guest
from housebot.web.api.shapes import Body, ChatId, Contact, Line, Money, Params, Reason, Shown


class Ban(Shown):
    """Since when no bookings are taken from somebody, and why."""

    at: str
    reason: str


class User(Shown):
    """Somebody who books. `contact_verified` is true only for the phone they shared by Telegram's own button."""

    id: int
    name: str
    contact: str | None
    contact_verified: bool
    language: str
    chat_id: Annotated[int | None, Field(description="In Telegram; null for somebody known by a contact alone.")]
    reachable: Annotated[bool, Field(description="Whether the bot may write to them, as far as it knows.")]
    banned: Ban | None
    source: str
    created_at: str
    seen_at: str


class LastStay(Shown):
    """The last stay that has begun."""

    code: str
    start: str
    end: str


class Statistics(Shown):
    """Stays that have begun, and what became of the others; tests are left out."""

    stays: int
    nights: int
    hours: int
    upcoming: int
    cancelled: int
    no_shows: int
    paid: Money
    last_stay: LastStay | None


class UserWithStatistics(User):
    """Somebody with what they have booked, under their id and under their contact."""

    statistics: Statistics


class Users(Shown):
    """A page of people, in the order in which they came."""

    items: list[User]
    next_cursor: str | None


class Entered(Body):
    """Who somebody is: by `chat_id` in Telegram, else by `contact`. What is missing stays as it is."""

    contact: Contact | None = None
    chat_id: ChatId | None = None
    name: Line | None = None
    language: Literal["ru", "en"] | None = None


class Banned(Body):
    """Why no more bookings are taken."""

    reason: Reason


class WhichContact(Params):
    """A phone or `@name`."""

    contact: Contact


class WhichChat(Params):
    """An id in Telegram."""

    chat_id: ChatId


def as_json(guest: Guest) -> dict[str, Any]:
    """Somebody as everybody with a key sees them."""
    return {
        "id": guest.id,
        "name": guest.name,
        "contact": guest.contact,
        "contact_verified": guest.contact_shared,
        "language": guest.language,
        "chat_id": guest.telegram_id,
        "reachable": guest.telegram_id is not None and guest.unreachable_at is None,
        "banned": None if guest.banned_at is None else {"at": guest.banned_at, "reason": guest.ban_reason or ""},
        "source": guest.source,
        "created_at": guest.created_at,
        "seen_at": guest.seen_at,
    }


USER: dict[str, Any] = {
    "id": 5,
    "name": "Maria",
    "contact": "+375291234567",
    "contact_verified": True,
    "language": "ru",
    "chat_id": 77,
    "reachable": True,
    "banned": None,
    "source": "telegram",
    "created_at": "2026-11-20T12:00:00Z",
    "seen_at": "2026-11-20T12:00:00Z",
}
WITH_STATISTICS = {
    **USER,
    "statistics": {
        "stays": 2,
        "nights": 3,
        "hours": 60,
        "upcoming": 1,
        "cancelled": 0,
        "no_shows": 0,
        "paid": {"amount": 140000, "currency": "BYN"},
        "last_stay": {"code": "HB-7K2M", "start": "2026-10-03T11:00:00Z", "end": "2026-10-04T11:00:00Z"},
    },
}
BANNED = {**USER, "banned": {"at": "2026-11-20T12:00:00Z", "reason": "broke a door"}}
