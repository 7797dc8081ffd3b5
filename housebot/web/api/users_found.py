"""Owns how people who book are looked up by other programs: page by page, and one of them with what they have booked (T4)."""

from typing import Any

from housebot.errors import Refusal
from housebot.services import catalogs, guest_figures, guests, views
from housebot.services.guests import Guest
from housebot.services.ports import Tx
from housebot.web.api import asked, pages
from housebot.web.api.bookings import OnePage
from housebot.web.api.operation import Call, Operation
from housebot.web.api.users import USER, WITH_STATISTICS, Users, UserWithStatistics, WhichChat, WhichContact, as_json


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of people."""
    query: OnePage = call.query
    since = None if query.updated_since is None else asked.an_instant(query.updated_since)
    found = guests.steady_page(tx, after=pages.behind(query), limit=query.limit + 1, updated_since=since)
    shown, more = pages.page(found, query, number=lambda one: one.id)
    return {"items": [as_json(one) for one in shown], "next_cursor": more}


def by_contact(tx: Tx, call: Call) -> dict[str, Any]:
    """The newest guest with that contact."""
    contact, found = known(tx, call)
    return _with_statistics(tx, call, found[0], [one.id for one in found], contact)


def by_chat(tx: Tx, call: Call) -> dict[str, Any]:
    """The guest of a chat."""
    found = guests.by_telegram(tx, call.path.chat_id)
    if found is None:
        raise Refusal("not_found", what="guest")
    return _with_statistics(tx, call, found, [found.id], found.contact if found.contact_shared else None)


def known(tx: Tx, call: Call) -> tuple[str, list[Guest]]:
    """The contact in its normal form and everybody who has it, the newest first; `not_found` where nobody has."""
    contact = asked.contact(call.path.contact, zone=views.zone(tx, now=call.now))
    found = guests.known_as(tx, contact)
    if not found:
        raise Refusal("not_found", what="guest")
    return contact, [*found]


def _with_statistics(tx: Tx, call: Call, guest: Guest, ids: list[int], contact: str | None) -> dict[str, Any]:
    currency = catalogs.current(tx, now=call.now).currency
    figures = guest_figures.of(tx, ids, contact, currency=currency, now=call.now)
    return {**as_json(guest), "statistics": guest_figures.as_json(figures)}


OPERATIONS = [
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
        example={"items": [USER], "next_cursor": None},
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
        example=WITH_STATISTICS,
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
        example=WITH_STATISTICS,
        reads=by_contact,
        refusals=("not_found", "contact_invalid"),
    ),
]
