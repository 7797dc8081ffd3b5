"""Owns how bookings are looked up by other programs: lists that lose nothing (A3), one stay in full, its history (A7)."""

from typing import Annotated, Any

from pydantic import Field

from housebot.errors import Refusal
from housebot.services import audit, bookings, catalogs, damage, guests, quotes, views
from housebot.services.ports import Tx
from housebot.web.api import asked, stays
from housebot.web.api.operation import Call, Operation
from housebot.web.api.shapes import MOST_ID, Contact, Instant, Line, Moment, Name, Page, Params, Shown, Status

Version = Annotated[
    int | None, Field(ge=1, le=MOST_ID, description="Only if nobody has changed it since; else `stale`.")
]
DECIDED = ("not_found", "stale", "already_decided", "forbidden")  # what deciding about a booking may be refused with


class Which(Params):
    """One booking."""

    id: Annotated[
        str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$", description="The number or the code.")
    ]


class Whose(Params):
    """Everything of one contact."""

    user_contact: Contact


class OnePage(Page):
    """A page, or what has changed since the last look."""

    updated_since: Instant | None = None


class Wanted(OnePage):
    """Which bookings; a filter that is missing lets everything through."""

    start_date: Annotated[Moment | None, Field(description="What ends after this.")] = None
    end_date: Annotated[Moment | None, Field(description="What begins until this; a date includes its whole day.")] = (
        None
    )
    unit: Name | None = None
    status: Annotated[list[Status], Field(default_factory=list, description="May be given several times.")]
    user_contact: Contact | None = None
    guest: Annotated[Line | None, Field(min_length=1, description="Part of a name or contact, or a code.")] = None


class Bookings(Shown):
    """A page of bookings, in the order in which they were made."""

    items: list[stays.Booking]
    next_cursor: str | None


class Entry(Shown):
    """One thing that was done: by whom, through which door, what was before and after."""

    at: str
    actor: str
    channel: str
    action: str
    before: Any
    after: Any
    reason: str | None


class History(Shown):
    """Everything that was done to one booking, oldest first."""

    items: list[Entry]
    next_cursor: str | None


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of what was asked for."""
    query: Wanted = call.query
    zone = views.zone(tx, now=call.now)
    unit = None
    if query.unit is not None:
        found = catalogs.current(tx, now=call.now).unit(query.unit)
        unit, zone = (query.unit, zone) if found is None else (found.id, found.zone)
    since = None if query.start_date is None else asked.moment(query.start_date, zone=zone)
    until = None if query.end_date is None else asked.moment(query.end_date, zone=zone, end_of_day=True)
    contact = None if query.user_contact is None else asked.contact(query.user_contact, zone=zone)
    return _page(
        tx, query, contact, since=since, until=until, unit=unit, statuses=tuple(query.status), guest=query.guest
    )


def of_contact(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of what was booked under a contact, or by a guest who has it."""
    contact = asked.contact(call.path.user_contact, zone=views.zone(tx, now=call.now))
    return _page(tx, call.query, contact)


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One booking with everything known about it."""
    found = in_full(tx, bookings.get(tx, call.path.id), language=call.language)
    gift = found["quote"]["gift"]
    if gift is not None and not call.may("manage"):
        gift["code"] = f"{gift['code'][:5]}…"  # whoever knows all of it can spend what is left (R49)
    return found


def history(tx: Tx, call: Call) -> dict[str, Any]:
    """What was done to one booking."""
    found = bookings.get(tx, call.path.id)
    return {"items": [audit.as_json(one) for one in audit.history(tx, found.subject)], "next_cursor": None}


def in_full(tx: Tx, booking: bookings.Booking, *, language: str) -> dict[str, Any]:
    """The booking with its quote, notes and damage deposit."""
    return {
        **bookings.as_json(tx, booking),
        "quote": quotes.as_json(quotes.load(tx, booking.quote_id), language),
        "notes": bookings.notes_json(tx, booking.id),
        "damage_deposit": damage.as_json(tx, booking),
    }


def seen(one: bookings.Booking, version: int | None) -> bookings.Booking:
    """The booking, if it is still as the client has seen it; `stale`."""
    if version is not None and version != one.version:
        raise Refusal("stale", booking=one.code, status=one.status, version=one.version)
    return one


def _page(tx: Tx, query: OnePage, contact: str | None, **wanted: Any) -> dict[str, Any]:
    since = None if query.updated_since is None else asked.an_instant(query.updated_since)
    if contact is not None:
        wanted["contact"] = contact
        wanted["guest_ids"] = tuple(guest.id for guest in guests.known_as(tx, contact))
    items, more = views.steady_page(tx, cursor=query.cursor, limit=query.limit, updated_since=since, **wanted)
    return {"items": items, "next_cursor": more}


_ITEMS = {"items": [stays.BOOKING], "next_cursor": None}
LIST_ORDER = (
    "In the order in which they were made, so that no page loses or doubles a stay that is moved meanwhile. "
    "With `updated_since` only those that have changed since then."
)

OPERATIONS = [
    Operation(
        "GET",
        "/bookings",
        name="listBookings",
        summary="Bookings, page by page",
        tag="bookings",
        description=LIST_ORDER,
        scope="read",
        query=Wanted,
        answers=Bookings,
        example=_ITEMS,
        reads=listing,
        refusals=("unknown_unit", "contact_invalid"),
    ),
    Operation(
        "GET",
        "/bookings/user/{user_contact}",
        name="listBookingsOfContact",
        summary="What was booked under a contact",
        tag="bookings",
        description=f"Under a phone (`%2B375291234567`) or `@name`, and by the guests who have it. {LIST_ORDER}",
        scope="read",
        in_path=Whose,
        query=OnePage,
        answers=Bookings,
        example=_ITEMS,
        reads=of_contact,
        refusals=("contact_invalid",),
    ),
    Operation(
        "GET",
        "/bookings/{id}",
        name="getBooking",
        summary="One booking with its price and notes",
        tag="bookings",
        scope="read",
        in_path=Which,
        answers=stays.BookingInFull,
        example=stays.IN_FULL,
        reads=show,
        refusals=("not_found",),
    ),
    Operation(
        "GET",
        "/bookings/{id}/history",
        name="getBookingHistory",
        summary="Who did what to a booking",
        tag="bookings",
        description="Oldest first, the whole of it: `next_cursor` is always null.",
        scope="read",
        in_path=Which,
        answers=History,
        example={
            "items": [
                {
                    "at": "2026-11-20T12:05:00Z",
                    "actor": "key:3",
                    "channel": "api",
                    "action": "booking.confirm",
                    "before": {"status": "held"},
                    "after": {"status": "confirmed"},
                    "reason": None,
                }
            ],
            "next_cursor": None,
        },
        reads=history,
        refusals=("not_found",),
    ),
]
