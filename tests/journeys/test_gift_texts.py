"""Every text about a gift and its order, in every state and language: it renders whole and within its limits (UX 37, 41)."""

import re
from datetime import date
from typing import Any

import pytest

from housebot.bot import guest, staff
from housebot.bot.guest.gifts import wish
from housebot.bot.renderer import TableRenderer
from housebot.domain.gift import Gift
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import catalogs, gift_orders, gift_sales, gifts, tasks, ways
from housebot.services.gift_orders import Order
from housebot.services.gift_shop import Wish, stays
from housebot.services.ports import SYSTEM, Actor, Message, Outgoing, Tx
from tests.journeys.afterwards import newcomer
from tests.journeys.house import House
from tests.journeys.test_guest_texts import NEVER_IN_A_SALON, UndoneError, check

STATES = ("awaiting_payment", "awaiting_owner", "paid", "expired", "declined", "cancelled")
GUESTS = sorted(kind for kind in guest.texts.table if kind.startswith("guest.gift_"))
STAFF = sorted(kind for kind in staff.texts.table if kind.startswith(("staff.gift_", "facts.gift_")))
STEPS = ("what", "extras", "name", "words", "when", "whom", "username", "summary")


async def placed(house: House, language: str, *, stay: bool) -> Order:
    maria = await newcomer(house, language=language)

    def order(tx: Tx) -> Order:
        buyer = int(tx.value("SELECT id FROM guests WHERE telegram_id = :id", id=maria.id))
        catalog = catalogs.current(tx, now=house.now)
        tariff = stays(catalog)[0].id if stay else ""
        wanted = Wish(0 if stay else 5_000, tariff, (), "<b>Маша</b> {x}", "Счастья & {name}", date(2026, 12, 31))
        actor = Actor("guest", buyer, "Мария", "telegram")
        return gift_orders.order(tx, wanted, guest_id=buyer, actor=actor, now=house.now)

    return await house.write(order)


def drawn(house: House, order: Order, state: str, language: str) -> dict[str, Message]:
    """Every text as it would be now, if the order stood in that state."""
    renderer, found = TableRenderer([guest.texts, staff.texts]), dict[str, Message]()

    def look(tx: Tx) -> None:
        catalog, tariff = catalogs.current(tx, now=house.now), order.tariff
        draft = Gift(0, "", "stay" if tariff else "money", order.currency, date(2027, 1, 1), amount=0 if tariff else 5_000, tariff=tariff, visits=1 if tariff else 0, recipient="<i>Маша</i>")  # fmt: skip
        gift = gifts.issue(tx, catalog, draft, actor=SYSTEM, now=house.now)
        gift_sales.record(tx, order, 1_000, actor=SYSTEM, now=house.now)
        task = tasks.open_task(tx, "gift_refund", facts={"order": order.id, "amount": None}, now=house.now)
        tx.run(
            "UPDATE gift_orders SET status = :state, under_review = :review, gift_id = :gift, reason = 'other' WHERE id = :id",
            state=state,
            review=int(state == "awaiting_owner"),
            gift=gift.id if state == "paid" else None,
            id=order.id,
        )
        facts: dict[str, Any] = {
            "order": order.id, "gift": gift.id, "late": True, "kind": "other", "refund": 4_000, "amount": 4_000, "came": 1_000,
            "rest": 4_000, "promised_by": utc_text(house.now), "received": 3_000, "receipt": 0, "by": "x", "guest": order.guest_id,
            "handed_over": True, "wait": False, "moved": True, "code": "gift_money_odd", "ask": "sure", "task": task,
        }  # fmt: skip
        for kind in (*GUESTS, *STAFF, "screen.gifts", "screen.gift_code", "reply.gift_wrong", "staff.task"):
            try:
                found[kind] = renderer.render(
                    tx, Outgoing(1, kind, facts, 1, None, language, False, None), now=house.now
                )
            except Refusal as refusal:
                if refusal.code != "stale":  # nothing left to say
                    raise
        for step in STEPS if tariff else [one for one in STEPS if one != "extras"]:
            asked = wish.to_json(
                wish.Buying("aBc123", step=step, amount=0 if tariff else 5_000, tariff=tariff, recipient="{x}")
            )
            row = Outgoing(1, "screen.gift_wish", {"wish": asked}, 1, None, language, False, None)
            found[f"screen.gift_wish.{step}"] = renderer.render(tx, row, now=house.now)
        raise UndoneError

    with pytest.raises(UndoneError):
        house.app.db.write_now(look)  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("stay", [False, True], ids=["money", "stay"])
async def test_check_41_every_text_of_a_gift_renders_in_every_state(house: House, language: str, stay: bool) -> None:
    order = await placed(house, language, stay=stay)
    seen: set[str] = set()
    for state in STATES:
        for kind, message in drawn(house, order, state, language).items():
            check(kind, message)
            seen.add(kind)
    assert {*GUESTS, *STAFF} - seen == {"staff.gift_receipt"}  # it needs a file, and has a journey of its own


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_check_37_a_salon_gives_services(salon: House, language: str) -> None:
    await salon.write(lambda tx: ways.remember(tx, ["telegram"]))  # it has no transfers
    order = await placed(salon, language, stay=True)
    for state in STATES:
        for kind, message in drawn(salon, order, state, language).items():
            check(kind, message)
            text = message.text + " ".join(button.text for row in message.buttons for button in row)
            assert not re.search(NEVER_IN_A_SALON, text.replace("checking", "")), (kind, text)
