"""Owns how gifts look to other programs: what is sent and what is answered, with examples; services write the JSON."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.domain.gift import MOST_VISITS
from housebot.web.api import stays
from housebot.web.api.shapes import Body, BookingId, Day, Line, Money, Name, Params, Shown, Sum
from housebot.web.api.wishes import Code

MOST_HOURS = 24 * 366
Much = Annotated[Money | int, Field(description="Money of a card; visits of a certificate.")]


class Entry(Shown):
    """One line of a ledger."""

    at: str
    kind: str
    amount: Much
    booking: str | None
    paid: Money | None
    actor: str
    comment: str


class Known(Shown):
    """What somebody who has the code may know of a gift."""

    kind: Literal["money", "stay"]
    state: Literal["active", "used", "expired", "voided"]
    balance: Much
    valid_until: Annotated[str, Field(description="The last day, included.")]
    tariff: str | None
    extras: list[str]
    length: Annotated[dict[str, int] | None, Field(description='`{"hours": 24}`, or `{"nights": 2}`.')]
    visits: int | None


class GiftShown(Known):
    """A gift with everything that was ever paid with it. Without `manage` its code is masked: it is money."""

    id: int
    code: str
    reserved: Much
    amount: Money | None
    buyer: str | None
    recipient: str | None
    ledger: list[Entry]


class Gifts(Shown):
    items: list[GiftShown]
    next_cursor: str | None


class NewGift(Body):
    """A card of money (`amount`), or a certificate for a stay (`tariff`)."""

    amount: Sum | None = None
    tariff: Name | None = None
    extras: Annotated[list[Name], Field(default_factory=list, max_length=50)]
    length: Annotated[
        int | None, Field(ge=1, le=MOST_HOURS, description="Hours, or nights of a nightly tariff; else its own length.")
    ] = None
    visits: Annotated[int | None, Field(ge=1, le=MOST_VISITS)] = None
    valid_until: Annotated[Day | None, Field(description="The last day; else as long as the catalog says.")] = None
    recipient: Line = ""
    buyer: Line = ""
    paid: Annotated[Literal["bank", "cash"] | None, Field(description="How: the sale goes into the ledger.")] = None


class Typed(Body):
    certificate_number: Code


class Verdict(Shown):
    """`reason` is told to keys with `manage` alone."""

    valid: bool
    gift: Known | None
    reason: str | None


class Which(Params):
    id: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="The number; with `manage` the code too.",
        ),
    ]


class Why(Params):
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Redeemed(Body):
    """Which booking it pays; a card of money may pay a part of what is due."""

    booking_id: BookingId
    amount: Sum | None = None


class Change(Body):
    """A later last day, somebody else's name, or both."""

    valid_until: Day | None = None
    recipient: Line | None = None


class Paid(Shown):
    """The gift, and the booking that it has paid for."""

    gift: GiftShown
    booking: stays.Booking


_BYN = "BYN"
HUNDRED = {"amount": 10000, "currency": _BYN}
KNOWN: dict[str, Any] = {
    "kind": "money",
    "state": "active",
    "balance": HUNDRED,
    "valid_until": "2027-05-20",
    "tariff": None,
    "extras": [],
    "length": None,
    "visits": None,
}
EXAMPLE = KNOWN | {
    "id": 7,
    "code": "GNXGG-BBEDS-EWMKN",
    "reserved": {"amount": 0, "currency": _BYN},
    "amount": HUNDRED,
    "buyer": None,
    "recipient": "Maria",
    "order": None,
    "ledger": [
        {
            "at": "2026-11-20T12:00:00Z",
            "kind": "issue",
            "amount": HUNDRED,
            "booking": None,
            "paid": None,
            "actor": "key:3",
            "comment": "",
        }
    ],
}
