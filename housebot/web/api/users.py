"""Owns what the API says of people who book, and how another program enters them (T4)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.errors import Refusal
from housebot.services import catalogs, guest_figures, guests, views
from housebot.services.guests import Guest
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.bookings import OnePage
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import Body, ChatId, Contact, Line, Money, Params, Reason, Shown

SOURCE = "api"


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


def enter(tx: Tx, call: Call) -> dict[str, Any]:
    """Create or update."""
    body: Entered = call.body
    if body.contact is None and body.chat_id is None:
        raise Refusal("invalid", reason="fields", fields={"contact": "contact or chat_id is needed"})
    catalog = catalogs.current(tx, now=call.now)
    found = guests.enter(
        tx,
        contact=None if body.contact is None else asked.contact(body.contact, zone=catalog.zone),
        telegram_id=body.chat_id,
        name=body.name,
        language=body.language,
        source=SOURCE,
        fallback=catalog.languages[0],
        actor=call.actor,
        now=call.now,
    )
    return _user(found)


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of people."""
    query: OnePage = call.query
    since = None if query.updated_since is None else asked.an_instant(query.updated_since)
    found = guests.steady_page(tx, after=pages.behind(query), limit=query.limit + 1, updated_since=since)
    shown, more = pages.page(found, query, number=lambda one: one.id)
    return {"items": [_user(one) for one in shown], "next_cursor": more}


def by_contact(tx: Tx, call: Call) -> dict[str, Any]:
    """The newest guest with that contact."""
    contact, found = _known(tx, call)
    return _with_statistics(tx, call, found[0], [one.id for one in found], contact)


def by_chat(tx: Tx, call: Call) -> dict[str, Any]:
    """The guest of a chat."""
    found = guests.by_telegram(tx, call.path.chat_id)
    if found is None:
        raise Refusal("not_found", what="guest")
    return _with_statistics(tx, call, found, [found.id], found.contact if found.contact_shared else None)


def ban(tx: Tx, call: Call) -> dict[str, Any]:
    """No more bookings from anybody with that contact."""
    _, found = _known(tx, call)
    standing = [one for one in found if not one.banned]
    for one in standing or found[:1]:  # of those who all are, the first says since when
        guests.ban(tx, one.id, reason=call.body.reason, actor=call.actor, now=call.now)
    return _user(guests.get(tx, found[0].id))


def unban(tx: Tx, call: Call) -> dict[str, Any]:
    """Bookings are taken again."""
    _, found = _known(tx, call)
    for one in found:
        guests.unban(tx, one.id, actor=call.actor, now=call.now)
    return _user(guests.get(tx, found[0].id))


def _known(tx: Tx, call: Call) -> tuple[str, list[Guest]]:
    contact = asked.contact(call.path.contact, zone=views.zone(tx, now=call.now))
    found = guests.known_as(tx, contact)
    if not found:
        raise Refusal("not_found", what="guest")
    return contact, [*found]


def _user(guest: Guest) -> dict[str, Any]:
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


def _with_statistics(tx: Tx, call: Call, guest: Guest, ids: list[int], contact: str | None) -> dict[str, Any]:
    currency = catalogs.current(tx, now=call.now).currency
    figures = guest_figures.of(tx, ids, contact, currency=currency, now=call.now)
    return {**_user(guest), "statistics": guest_figures.as_json(figures)}


_USER: dict[str, Any] = {
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
_WITH_STATISTICS = {
    **_USER,
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
_BANNED = {**_USER, "banned": {"at": "2026-11-20T12:00:00Z", "reason": "broke a door"}}

OPERATIONS = [
    Operation(
        "POST",
        "/users",
        name="enterUser",
        summary="Create or update somebody who books",
        tag="users",
        description=(
            "By `chat_id` the guest in Telegram, else the one who has that contact and no Telegram: a typed contact never opens "
            "a Telegram guest. What is entered proves nothing; a phone shared by the guest is not replaced (`contact_invalid`)."
        ),
        scope="manage",
        takes=Entered,
        body_example={"contact": "+375291234567", "name": "Maria", "language": "ru"},
        answers=User,
        example=_USER,
        writes=enter,
        refusals=("contact_invalid", "not_found"),
    ),
    Operation(
        "GET",
        "/users",
        name="listUsers",
        summary="People who book, page by page",
        tag="users",
        description="In the order in which they came. With `updated_since` only who was seen or changed since then.",
        scope="read",
        query=OnePage,
        answers=Users,
        example={"items": [_USER], "next_cursor": None},
        reads=listing,
    ),
    Operation(
        "GET",
        "/users/chat/{chat_id}",
        name="getUserOfChat",
        summary="The guest of a Telegram chat, with statistics",
        tag="users",
        scope="read",
        in_path=WhichChat,
        answers=UserWithStatistics,
        example=_WITH_STATISTICS,
        reads=by_chat,
        refusals=("not_found",),
    ),
    Operation(
        "GET",
        "/users/{contact}",
        name="getUser",
        summary="Somebody by contact, with statistics",
        tag="users",
        description="A phone (`%2B375291234567`) or `@name`. The newest guest who has it; the statistics are of everybody who has.",
        scope="read",
        in_path=WhichContact,
        answers=UserWithStatistics,
        example=_WITH_STATISTICS,
        reads=by_contact,
        refusals=("not_found", "contact_invalid"),
    ),
    Operation(
        "POST",
        "/users/{contact}/ban",
        name="banUser",
        summary="Take no more bookings from somebody",
        tag="users",
        description="From everybody with that contact. Stays that stand are not touched; the guest does not see the reason.",
        scope="manage",
        in_path=WhichContact,
        takes=Banned,
        body_example={"reason": "broke a door"},
        answers=User,
        example=_BANNED,
        writes=ban,
        refusals=("not_found", "contact_invalid", "already_decided"),
    ),
    Operation(
        "DELETE",
        "/users/{contact}/ban",
        name="unbanUser",
        summary="Take bookings from somebody again",
        tag="users",
        scope="manage",
        in_path=WhichContact,
        answers=User,
        example=_USER,
        writes=unban,
        refusals=("not_found", "contact_invalid"),
    ),
]
