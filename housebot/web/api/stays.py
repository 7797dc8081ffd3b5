"""Owns how prices and bookings look to other programs (INTERFACE): the models of the document; services write the JSON."""

from typing import Annotated, Any

from pydantic import Field

from housebot.web.api.shapes import Extra, Money, PriceLine, Shown, Status


class GiftShare(Shown):
    """What a gift pays of the total (R48)."""

    code: str
    amount: Money


class Quote(Shown):
    """What a stay costs, line by line (R22). The price of a `quote_token` is honoured until `expires_at` (R23)."""

    unit: str
    tariff: str
    start: str
    end: str
    arrival: Annotated[str, Field(description="By the clock of the unit.")]
    departure: Annotated[str, Field(description="By the clock of the unit.")]
    guests: int
    party: dict[str, int]
    extras: list[Extra]
    lines: list[PriceLine]
    total: Money
    gift: GiftShare | None
    deposit: Annotated[Money, Field(description="What is paid to book, beside the gift.")]
    deposit_reason: str
    city_tax: Money
    currency: str
    expires_at: str
    quote_token: str | None
    taxes: Annotated[list[PriceLine], Field(description="Taxes that are included in the lines.")]
    notes: list[str]
    cancellation: Annotated[str, Field(description="The policy in words.")]
    catalog_version: int


class WhoseStay(Shown):
    """The guest of a booking."""

    id: int | None
    name: str
    telegram_id: int | None


class Booking(Shown):
    """A stay as it stands."""

    id: int
    code: Annotated[str, Field(description="For people; good in place of the number everywhere.")]
    unit: str
    zone: str
    tariff: str
    status: Status
    start: str
    end: str
    arrival: Annotated[str, Field(description="By the clock of the unit.")]
    departure: Annotated[str, Field(description="By the clock of the unit.")]
    guests: int
    party: dict[str, int]
    guest: WhoseStay | None
    contact: str | None
    extras: list[Extra]
    answers: dict[str, str]
    comment: str
    total: Money
    deposit: Annotated[
        Money, Field(description="What is paid to book, all in all: a gift's share, which is in `paid`, is part of it.")
    ]
    paid: Money
    due: Money
    payment_method: str | None
    hold_expires_at: str | None
    source: str
    test: bool
    reason: str | None
    moves: int
    created_at: str
    updated_at: str
    version: Annotated[int, Field(description="One more with every change; send it back to change only what you saw.")]


class BookingWithQuote(Booking):
    """A stay with the price it was sold for."""

    quote: Quote


class Note(Shown):
    """What staff wrote down for themselves."""

    at: str
    actor: str
    text: str


class BookingInFull(BookingWithQuote):
    """A stay with everything known about it."""

    notes: list[Note]
    damage_deposit: dict[str, Any]


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "BYN"}


def _line(code: str, label: str, amount: int) -> dict[str, Any]:
    price = _money(amount)
    return {"code": code, "label": label, "quantity": 1, "unit_price": price, "amount": price, "rule": ""}


QUOTE: dict[str, Any] = {
    "unit": "house",
    "tariff": "day",
    "start": "2026-12-05T11:00:00Z",
    "end": "2026-12-06T11:00:00Z",
    "arrival": "2026-12-05T14:00",
    "departure": "2026-12-06T14:00",
    "guests": 4,
    "party": {"adult": 4},
    "extras": [{"id": "sauna", "quantity": 1, "included": False}],
    "lines": [_line("base", "Full day", 70000), _line("extra", "Sauna", 10000)],
    "total": _money(80000),
    "gift": None,
    "deposit": _money(40000),
    "deposit_reason": "50 %",
    "city_tax": _money(0),
    "currency": "BYN",
    "expires_at": "2026-11-20T12:15:00Z",
    "quote_token": None,
    "taxes": [],
    "notes": [],
    "cancellation": "Free of charge until 7 days before check-in.",
    "catalog_version": 1,
}
BOOKING: dict[str, Any] = {
    "id": 17,
    "code": "HB-7K2M",
    "unit": "house",
    "zone": "Europe/Minsk",
    "tariff": "day",
    "status": "held",
    "start": "2026-12-05T11:00:00Z",
    "end": "2026-12-06T11:00:00Z",
    "arrival": "2026-12-05T14:00",
    "departure": "2026-12-06T14:00",
    "guests": 4,
    "party": {"adult": 4},
    "guest": {"id": 5, "name": "Maria", "telegram_id": None},
    "contact": "+375291234567",
    "extras": [{"id": "sauna", "quantity": 1, "included": False}],
    "answers": {},
    "comment": "",
    "total": _money(80000),
    "deposit": _money(40000),
    "paid": _money(0),
    "due": _money(80000),
    "payment_method": None,
    "hold_expires_at": "2026-11-20T14:00:00Z",
    "source": "api",
    "test": False,
    "reason": None,
    "moves": 0,
    "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z",
    "version": 1,
}
WITH_QUOTE = {**BOOKING, "quote": QUOTE}
IN_FULL = {
    **WITH_QUOTE,
    "notes": [{"at": "2026-11-20T12:10:00Z", "actor": "key:3", "text": "comes by bus"}],
    "damage_deposit": {
        **{name: _money(0) for name in ("asked", "taken", "returned", "kept", "left")},
        "entries": [],
    },
}
