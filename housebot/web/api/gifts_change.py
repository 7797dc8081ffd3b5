"""Owns what another program does with a gift that stands: a booking is paid by it, it lasts longer or is handed on, it is made void (R48)."""

from typing import Any

from housebot.errors import Refusal
from housebot.services import bookings, catalogs, gift_redeeming, gifts
from housebot.services.ports import Tx
from housebot.web.api import asked, stays
from housebot.web.api.gifts import EXAMPLE, Change, GiftShown, Paid, Redeemed, Which, Why
from housebot.web.api.gifts_found import named, shown
from housebot.web.api.operation import Call, Operation


def redeem(tx: Tx, call: Call) -> dict[str, Any]:
    """A booking is paid by it."""
    body: Redeemed = call.body
    gift = named(tx, call)
    amount = None if body.amount is None else asked.amount(body.amount, gift.currency)
    if amount == 0:
        raise Refusal("amount_invalid", value="0")
    booking = gift_redeeming.redeem(tx, gift, body.booking_id, amount, actor=call.actor, now=call.now)
    catalog = catalogs.current(tx, now=call.now)
    return {"gift": shown(tx, catalog, call, gift), "booking": bookings.as_json(tx, booking)}


def change(tx: Tx, call: Call) -> dict[str, Any]:
    """It lasts longer, or is somebody else's."""
    body: Change = call.body
    if body.valid_until is None and body.recipient is None:
        raise Refusal("invalid", reason="fields", fields={"valid_until": "valid_until, recipient or both"})
    catalog, gift = catalogs.current(tx, now=call.now), named(tx, call)
    if body.valid_until is not None:
        until = asked.day(body.valid_until)
        gift = gifts.extend(tx, catalog, gift.code, until, actor=call.actor, now=call.now)
    if body.recipient is not None:
        gift = gifts.transfer(tx, gift.code, body.recipient, actor=call.actor, now=call.now)
    return shown(tx, catalog, call, gift)


def void(tx: Tx, call: Call) -> None:
    """Nobody may use it from now on."""
    gifts.void(tx, named(tx, call).code, reason=call.query.reason, actor=call.actor, now=call.now)


OPERATIONS = [
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
        example={"gift": EXAMPLE, "booking": stays.BOOKING},
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
        example=EXAMPLE,
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
