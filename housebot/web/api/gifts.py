"""Owns what the API does with gifts: sold, looked up, judged, used to pay, made longer, made void. Their codes are money (R48, R49)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from housebot.domain.catalog import Catalog
from housebot.domain.gift import MOST_VISITS, Gift
from housebot.domain.gift import check as still_good
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import (
    bookings,
    catalogs,
    gift_ledger,
    gift_redeeming,
    gift_sales,
    gift_views,
    gifts,
    guesses,
)
from housebot.services.ports import Tx
from housebot.web.api import asked, pages, stays
from housebot.web.api.discretion import guesser
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import Body, Day, Line, Money, Name, Params, Shown, Sum

MOST_HOURS = 24 * 366
Much = Annotated[Money | int, Field(description="Money of a card; visits of a certificate.")]
TypedCode = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


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
    certificate_number: TypedCode


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

    booking_id: Annotated[int | str, Field(description="The number or the code.")]
    amount: Sum | None = None


class Change(Body):
    """A later last day, somebody else's name, or both."""

    valid_until: Day | None = None
    recipient: Line | None = None


class Paid(Shown):
    """The gift, and the booking that it has paid for."""

    gift: GiftShown
    booking: stays.Booking


def issue(tx: Tx, call: Call) -> Answer:
    """Make a gift under a code of its own."""
    body: NewGift = call.body
    if (body.amount is None) == (body.tariff is None):
        raise Refusal("invalid", reason="fields", fields={"amount": "either amount or tariff"})
    if body.amount is not None and (body.extras or body.length or body.visits):
        raise Refusal("invalid", reason="fields", fields={"tariff": "extras, length and visits belong to a stay"})
    catalog = catalogs.current(tx, now=call.now)
    draft = Gift(
        id=0,
        code="",
        kind="stay" if body.amount is None else "money",
        currency=catalog.currency,
        valid_until=asked.day(body.valid_until) if body.valid_until else gifts.valid_until(catalog, now=call.now),
        amount=0 if body.amount is None else asked.amount(body.amount, catalog.currency),
        tariff=body.tariff or "",
        extras=tuple(body.extras),
        length=body.length,
        visits=0 if body.tariff is None else body.visits or 1,
        buyer=body.buyer,
        recipient=body.recipient,
    )
    sale = None
    if body.paid is not None:
        stay = draft.kind == "stay"
        price = gifts.price_of(catalog, draft, now=call.now) * draft.visits if stay else draft.amount
        sale = gift_sales.sold_by_staff(tx, draft, price, method=body.paid, actor=call.actor, now=call.now)
    made = gifts.issue(tx, catalog, draft, payment_id=sale, actor=call.actor, now=call.now)
    return Answer(_shown(tx, catalog, call, made), headers={"Location": f"{PREFIX}/gifts/{made.id}"})


def listing(tx: Tx, call: Call) -> dict[str, Any]:
    """A page of gifts, in the order in which they were sold."""
    query: pages.Changes = call.query
    catalog = catalogs.current(tx, now=call.now)
    touched = pages.touched(tx, "gift", query)
    found = [one for one in gifts.listing(tx) if touched is None or one.id in touched]
    shown, more = pages.page(found, query, number=lambda one: one.id)
    return {"items": [_shown(tx, catalog, call, one) for one in shown], "next_cursor": more}


def show(tx: Tx, call: Call) -> dict[str, Any]:
    """One gift with its ledger."""
    return _shown(tx, catalogs.current(tx, now=call.now), call, _named(tx, call))


def validate(tx: Tx, call: Call) -> dict[str, Any]:
    """Whether a code is worth something. Guessing is limited, and unknown, foreign and expired look the same (R49)."""
    staff, who = call.may("manage"), guesser(call)
    if not staff:
        guesses.limit(tx, who, now=call.now)
    catalog = catalogs.current(tx, now=call.now)
    try:
        gift = gifts.get(tx, call.body.certificate_number)
        still_good(gift, on=local(call.now, catalog.zone).date())
        if gift.currency != catalog.currency:
            raise Refusal("gift_invalid", reason="currency")
        if gift_ledger.left(tx, gift.id) <= 0:
            raise Refusal("gift_insufficient", reason="empty")
    except Refusal as refusal:
        if not staff:
            guesses.wrong(tx, who, now=call.now)
        reason = "unknown" if refusal.code == "not_found" else str(refusal.facts["reason"])
        return {"valid": False, "gift": None, "reason": reason if staff else None}
    whole = gift_views.as_json(tx, catalog, gift, now=call.now)
    return {"valid": True, "gift": {name: whole[name] for name in Known.model_fields}, "reason": None}


def redeem(tx: Tx, call: Call) -> dict[str, Any]:
    """A booking is paid by it."""
    body: Redeemed = call.body
    gift = _named(tx, call)
    amount = None if body.amount is None else asked.amount(body.amount, gift.currency)
    if amount == 0:
        raise Refusal("amount_invalid", value="0")
    booking = gift_redeeming.redeem(tx, gift, body.booking_id, amount, actor=call.actor, now=call.now)
    catalog = catalogs.current(tx, now=call.now)
    return {"gift": _shown(tx, catalog, call, gift), "booking": bookings.as_json(tx, booking)}


def change(tx: Tx, call: Call) -> dict[str, Any]:
    """It lasts longer, or is somebody else's."""
    body: Change = call.body
    if body.valid_until is None and body.recipient is None:
        raise Refusal("invalid", reason="fields", fields={"valid_until": "valid_until, recipient or both"})
    catalog, gift = catalogs.current(tx, now=call.now), _named(tx, call)
    if body.valid_until is not None:
        until = asked.day(body.valid_until)
        gift = gifts.extend(tx, catalog, gift.code, until, actor=call.actor, now=call.now)
    if body.recipient is not None:
        gift = gifts.transfer(tx, gift.code, body.recipient, actor=call.actor, now=call.now)
    return _shown(tx, catalog, call, gift)


def void(tx: Tx, call: Call) -> None:
    """Nobody may use it from now on."""
    gifts.void(tx, _named(tx, call).code, reason=call.query.reason, actor=call.actor, now=call.now)


def _named(tx: Tx, call: Call) -> Gift:
    """By its number; who may see codes may say one. Others would be guessing (R49)."""
    word: str = call.path.id
    if word.isascii() and word.isdigit() and len(word) < 19:
        return gifts.by_id(tx, int(word))
    if not call.may("manage"):
        raise Refusal("not_found", what="gift")
    return gifts.get(tx, word)


def _shown(tx: Tx, catalog: Catalog, call: Call, gift: Gift) -> dict[str, Any]:
    shown = gift_views.as_json(tx, catalog, gift, now=call.now)
    if not call.may("manage"):
        shown["code"] = masked(gift.code)
    return shown


def masked(code: str) -> str:
    """Enough of a code to tell it from another, not to use it."""
    *hidden, last = code.split("-")
    return "-".join([*("•" * len(group) for group in hidden), last])


_BYN = "BYN"
_HUNDRED = {"amount": 10000, "currency": _BYN}
_KNOWN: dict[str, Any] = {
    "kind": "money",
    "state": "active",
    "balance": _HUNDRED,
    "valid_until": "2027-05-20",
    "tariff": None,
    "extras": [],
    "length": None,
    "visits": None,
}
_EXAMPLE = _KNOWN | {
    "id": 7,
    "code": "GNXGG-BBEDS-EWMKN",
    "reserved": {"amount": 0, "currency": _BYN},
    "amount": _HUNDRED,
    "buyer": None,
    "recipient": "Maria",
    "order": None,
    "ledger": [
        {
            "at": "2026-11-20T12:00:00Z",
            "kind": "issue",
            "amount": _HUNDRED,
            "booking": None,
            "paid": None,
            "actor": "key:3",
            "comment": "",
        }
    ],
}

OPERATIONS = [
    Operation(
        "POST",
        "/gifts",
        name="issueGift",
        summary="Make a gift: a card of money, or a certificate for a stay",
        tag="gifts",
        scope="manage",
        takes=NewGift,
        body_example={"amount": _HUNDRED, "recipient": "Maria", "paid": "cash"},
        answers=GiftShown,
        example=_EXAMPLE,
        writes=issue,
        status=201,
        answer_headers={"Location": "Where the gift is found."},
        refusals=(
            "amount_invalid",
            "unknown_tariff",
            "unknown_extra",
            "extra_not_offered",
            "max_stay",
            "not_found",
        ),
    ),
    Operation(
        "GET",
        "/gifts",
        name="listGifts",
        summary="Gifts, page by page",
        tag="gifts",
        description="Codes are whole for `manage`, masked for others. With `updated_since` only those something happened to since then.",
        scope="read",
        query=pages.Changes,
        answers=Gifts,
        example={"items": [_EXAMPLE], "next_cursor": None},
        reads=listing,
        refusals=("not_found",),
    ),
    Operation(
        "POST",
        "/gifts/validate",
        name="validateGift",
        summary="Whether a gift may be used",
        tag="gifts",
        description="Unknown, used, expired and void look the same but for `manage`. Wrong codes are limited.",
        scope="book",
        takes=Typed,
        body_example={"certificate_number": "GNXGG-BBEDS-EWMKN"},
        answers=Verdict,
        example={"valid": True, "gift": _KNOWN, "reason": None},
        writes=validate,
        refusals=("rate_limited", "not_found"),
    ),
    Operation(
        "GET",
        "/gifts/{id}",
        name="getGift",
        summary="One gift with its ledger",
        tag="gifts",
        scope="read",
        in_path=Which,
        answers=GiftShown,
        example=_EXAMPLE,
        reads=show,
        refusals=("not_found",),
    ),
    Operation(
        "PATCH",
        "/gifts/{id}/redeem",
        name="redeemGift",
        summary="Pay a booking with a gift",
        tag="gifts",
        description="A card pays what is due, or `amount` of it; a certificate its stay. A hold with nothing left to pay is confirmed. "
        "What comes of it goes back on the gift when the booking is cancelled or costs less.",
        scope="manage",
        in_path=Which,
        takes=Redeemed,
        body_example={"booking_id": "HB-7KWQ"},
        answers=Paid,
        example={"gift": _EXAMPLE, "booking": stays.BOOKING},
        writes=redeem,
        refusals=(
            "not_found",
            "gift_invalid",
            "gift_insufficient",
            "amount_invalid",
            "already_decided",
            "stale",
            "in_flight",
            "max_stay",
        ),
    ),
    Operation(
        "PATCH",
        "/gifts/{id}",
        name="changeGift",
        summary="Make a gift last longer, or hand it on",
        tag="gifts",
        scope="manage",
        in_path=Which,
        takes=Change,
        body_example={"valid_until": "2027-08-20"},
        answers=GiftShown,
        example=_EXAMPLE,
        writes=change,
        refusals=("not_found", "already_decided"),
    ),
    Operation(
        "DELETE",
        "/gifts/{id}",
        name="voidGift",
        summary="Make a gift void; stays it has paid for keep it",
        tag="gifts",
        scope="manage",
        in_path=Which,
        query=Why,
        answers=None,
        writes=void,
        status=204,
        refusals=("not_found", "already_decided"),
    ),
]
