"""Owns `POST /bookings`: dates are taken for somebody, once, at the desk's own price (R8, R23, R31, R40)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.domain.catalog import Catalog
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, guests, quote_tokens, quotes
from housebot.services.guests import Guest
from housebot.services.ports import Tx
from housebot.services.quotes import Quote
from housebot.web.api import asked, stays, wishes
from housebot.web.api.discretion import guarded
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import ChatId, Contact, Line, Name, Text

SOURCE = "api"


class NewBooking(wishes.Priced):
    """A stay to be kept. There is no field for a price: it is the desk's, or that of a `quote_token`."""

    user_contact: Annotated[Contact | None, Field(description="Required but for `manage`.")] = None
    name: Annotated[Line, Field(description="Who it is for.")] = ""
    language: Annotated[Literal["ru", "en"] | None, Field(description="In which the guest reads.")] = None
    chat_id: Annotated[
        ChatId | None,
        Field(
            description="The guest in Telegram, who is told as by the bot. Believed from `manage`; else it is not looked at."
        ),
    ] = None
    comment: Text = ""
    answers: Annotated[
        dict[Name, Text],
        Field(default_factory=dict, max_length=50, description="To the questions of the tariff, by their ids."),
    ]
    quote_token: Annotated[
        str | None,
        Field(max_length=quote_tokens.LONGEST, description="Of `POST /pricing/calculate`, for the same stay."),
    ] = None
    test: Annotated[bool, Field(description="Leave it out of figures; for `manage`.")] = False
    override: Annotated[
        Line, Field(description="Why notice, length and window are passed over; for `manage`. Never taken dates.")
    ] = ""


def book(tx: Tx, call: Call) -> Any:
    """Hold the dates."""
    body: NewBooking = call.body
    if (body.override.strip() or body.test) and not call.may("manage"):
        raise Refusal("forbidden", scope="manage", field="override" if body.override.strip() else "test")
    with_code = body.promocode is not None or body.gift_code is not None
    return guarded(tx, call, lambda: _book(tx, call, body), with_code=with_code)


def _book(tx: Tx, call: Call, body: NewBooking) -> Answer:
    catalog = catalogs.current(tx, now=call.now)
    wish = wishes.request(catalog, body)
    _known_questions(catalog, wish.tariff, body.answers)
    guest, contact = _whose(tx, call, body, catalog)
    overrides = bool(body.override.strip())
    token = body.quote_token
    promised = None if token is None else _promised(tx, call, token, wish, guest, overrides=overrides)
    held = bookings.hold(
        tx,
        promised or wish,
        guest_id=None if guest is None else guest.id,
        contact=contact,
        name=body.name,
        answers=body.answers,
        comment=body.comment,
        source=SOURCE,
        actor=call.actor,
        test=body.test,
        # A key that may pass over soft rules says so; a price that was promised has been judged.
        as_guest=promised is None and not overrides,
        now=call.now,
    )
    if overrides:
        bookings.note(tx, held.id, f"soft rules passed over: {body.override.strip()}", actor=call.actor, now=call.now)
    shown = bookings.as_json(tx, held)
    shown["quote"] = quotes.as_json(quotes.load(tx, held.quote_id), call.language)
    if not call.may("read") and shown["guest"] is not None:
        # What the desk knows of somebody with that contact is not for whoever types it (T4).
        shown["guest"] = {"id": None, "name": body.name.strip(), "telegram_id": None}
    return Answer(shown, headers={"Location": f"{PREFIX}/bookings/{held.id}"})


def _whose(tx: Tx, call: Call, body: NewBooking, catalog: Catalog) -> tuple[Guest | None, str | None]:
    """The guest, and the contact in its normal form; a Telegram guest is believed from `manage` alone (T4)."""
    zone = asked.the_unit(catalog, body.unit).zone
    contact = None if body.user_contact is None else asked.contact(body.user_contact, zone=zone)
    if body.chat_id is not None and call.may("manage"):
        return guests.in_chat(
            tx,
            body.chat_id,
            name=body.name,
            language=body.language or catalog.languages[0],
            source=SOURCE,
            now=call.now,
        ), contact
    if contact is None:
        if call.may("manage"):
            return None, None
        raise Refusal("invalid", reason="fields", fields={"user_contact": "it is missing"})
    guest = guests.by_phone(
        tx,
        name=body.name,
        contact=contact,
        language=body.language or catalog.languages[0],
        source=SOURCE,
        by_staff=call.may("manage"),
        now=call.now,
    )
    return guest, contact


def _promised(tx: Tx, call: Call, token: str, wish: StayRequest, guest: Guest | None, *, overrides: bool) -> Quote:
    """The quote of the token, if it is about the very stay of the body, which is sold."""
    guest_id = None if guest is None else guest.id
    drawn = quotes.draw_up(tx, wish, now=call.now, staff=overrides, guest_id=guest_id)
    return quote_tokens.promised(tx, token, drawn, now=call.now)


def _known_questions(catalog: Catalog, tariff: str, answers: dict[str, str]) -> None:
    found = catalog.tariff(tariff)
    questions = () if found is None else found.questions
    unknown = [one for one in answers if one not in questions]
    if unknown:
        raise Refusal(
            "invalid", reason="fields", fields={f"answers.{unknown[0]}": f"of {', '.join(questions) or 'none'}"}
        )


OPERATIONS = [
    Operation(
        "POST",
        "/bookings",
        name="createBooking",
        summary="Keep the dates of a stay",
        tag="bookings",
        description=(
            "Judged again at once, in the transaction that takes the dates. They are kept until `hold_expires_at`; with nothing to pay it "
            "is confirmed. The same dates once more are 409: use an `Idempotency-Key` to repeat a request. "
            "Taken dates come with at most three alternatives."
        ),
        scope="book",
        takes=NewBooking,
        body_example={
            "unit": "house",
            "tariff": "day",
            "start_date": "2026-12-05T14:00",
            "end_date": "2026-12-06T14:00",
            "number_of_guests": 4,
            "extras": ["sauna"],
            "user_contact": "+375291234567",
            "name": "Maria",
        },
        answers=stays.BookingWithQuote,
        example=stays.WITH_QUOTE,
        writes=book,
        status=201,
        refusals=(
            *wishes.REFUSALS,
            "dates_taken",
            "holds_limit",
            "stale",
            "answer_missing",
            "contact_invalid",
            "forbidden",
        ),
        answer_headers={"Location": "Where the booking is found."},
    ),
]
