"""Owns how another program makes a gift: a card of money or a certificate for a stay, with its sale where it was paid (R48)."""

from housebot.domain.catalog import Catalog
from housebot.domain.gift import Gift
from housebot.errors import Refusal
from housebot.services import catalogs, gift_sales, gifts
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.gifts import EXAMPLE, HUNDRED, GiftShown, NewGift
from housebot.web.api.gifts_found import shown
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.serving import PREFIX


def issue(tx: Tx, call: Call) -> Answer:
    """Make a gift under a code of its own."""
    body: NewGift = call.body
    _is_one_thing(body)
    catalog = catalogs.current(tx, now=call.now)
    draft = _draft(catalog, call, body)
    sale = None if body.paid is None else _sale(tx, catalog, call, draft, body.paid)
    made = gifts.issue(tx, catalog, draft, payment_id=sale, actor=call.actor, now=call.now)
    return Answer(shown(tx, catalog, call, made), headers={"Location": f"{PREFIX}/gifts/{made.id}"})


def _is_one_thing(body: NewGift) -> None:
    if (body.amount is None) == (body.tariff is None):
        raise Refusal("invalid", reason="fields", fields={"amount": "either amount or tariff"})
    if body.amount is not None and (body.extras or body.length or body.visits):
        raise Refusal("invalid", reason="fields", fields={"tariff": "extras, length and visits belong to a stay"})


def _draft(catalog: Catalog, call: Call, body: NewGift) -> Gift:
    return Gift(
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


def _sale(tx: Tx, catalog: Catalog, call: Call, draft: Gift, method: str) -> int:
    """The row of the ledger that says how it was paid."""
    stay = draft.kind == "stay"
    price = gifts.price_of(catalog, draft, now=call.now) * draft.visits if stay else draft.amount
    return gift_sales.sold_by_staff(tx, draft, price, method=method, actor=call.actor, now=call.now)


OPERATIONS = [
    Operation(
        "POST",
        "/gifts",
        name="issueGift",
        summary="Make a gift: a card of money, or a certificate for a stay",
        tag="gifts",
        scope="manage",
        takes=NewGift,
        body_example={"amount": HUNDRED, "recipient": "Maria", "paid": "cash"},
        answers=GiftShown,
        example=EXAMPLE,
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
]
