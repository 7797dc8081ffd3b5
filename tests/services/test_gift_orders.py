"""Gifts that are bought: what guards an order, its money, its receipt and its delivery (R33, R36, R44, R46, R49)."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.gift_order import most_sum, usual_sums
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import (
    catalogs,
    checkouts,
    gift_deciding,
    gift_delivery,
    gift_holders,
    gift_orders,
    gift_receipts,
    gift_sales,
    gifts,
    guesses,
    guests,
    invoice_money,
    receipt_desk,
    settings,
    tasks,
    ways,
)
from housebot.services.gift_orders import Order
from housebot.services.gift_shop import Wish
from housebot.services.handed_in import Outcome, ReceiptFile
from housebot.services.ports import Actor
from housebot.storage import checkouts as checkout_rows
from housebot.storage.file import DatabaseFile
from tests import factories
from tests.desk import OWNER, SECOND, Desk
from tests.services.test_checkouts import Till, opened

BANK = settings.BankData(bank="Bank", number="4255 1234", holder="A K", reference="optional", reference_text="")
HUNDRED = Wish(amount=10_000, recipient="Маша")


class Shop:
    """A desk that sells gifts, and what its guests and owners do with them in one line."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.write(lambda tx: settings.set_bank(tx, BANK, actor=OWNER, now=desk.now))

    def order(self, wish: Wish = HUNDRED, *, guest: int = 1, method: str | None = None) -> Order:
        buyer = self.desk.guest(guest)
        actor = Actor("guest", buyer, "Guest", "telegram")
        return self.desk.write(
            lambda tx: gift_orders.order(tx, wish, guest_id=buyer, method=method, actor=actor, now=self.desk.now)
        )

    def receipt(self, order: Order, name: str = "a", **more: Any) -> Outcome:
        file = ReceiptFile("photo", f"file-{name}", f"unique-{name}", media_group_id=more.get("album"))
        actor = Actor("guest", order.guest_id, "Guest", "telegram")
        return self.desk.write(
            lambda tx: receipt_desk.hand_in(
                tx,
                guest_id=order.guest_id,
                file=file,
                sent_at=more.get("sent_at") or self.desk.now,
                actor=actor,
                now=self.desk.now,
            )
        )

    def confirm(self, order: Order, received: int = 10_000, *, by: Actor = OWNER, **more: Any) -> Order:
        return self.desk.write(
            lambda tx: gift_deciding.confirm(tx, order.id, received=received, actor=by, now=self.desk.now, **more)
        )

    def decline(self, order: Order, kind: str = "other", **more: Any) -> Order:
        return self.desk.write(
            lambda tx: gift_deciding.decline(tx, order.id, kind=kind, actor=OWNER, now=self.desk.now, **more)
        )

    def look(self, order: Order) -> Order:
        return self.desk.read(lambda tx: gift_orders.get(tx, order.id))

    def gift(self) -> gifts.Gift:
        (found,) = self.desk.read(gifts.listing)
        return found

    def money(self, order: Order) -> list[tuple[str, int]]:
        return [(one.kind, one.amount) for one in self.desk.read(lambda tx: gift_sales.listing(tx, order.id))]

    def broken(self) -> list[str]:
        return [f"{one.check}: {one.detail}" for one in self.desk.findings() if one.status == "fail"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    yield Shop(Desk(file))
    file.close()


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


def refused(code: str, work: Any) -> dict[str, Any]:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code
    return caught.value.facts


# Placing


@pytest.mark.parametrize("amount", [0, -500, 99, 10**14], ids=["nothing", "minus", "below one", "a slip"])
def test_a_gift_of_a_sum_that_is_none_is_not_ordered(shop: Shop, amount: int) -> None:
    assert refused("amount_invalid", lambda: shop.order(Wish(amount=amount)))["reason"] == "gift_sum"


def test_usual_sums_are_round_parts_of_a_usual_stay() -> None:
    catalog = factories.secret_house()
    assert usual_sums(catalog) == (10_000, 30_000, 50_000)
    assert most_sum(catalog) == 500_000


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(tariff="worker"), "invalid"),
        (Wish(tariff="nothing"), "unknown_tariff"),
        (Wish(tariff="day", extras=("pool",)), "unknown_extra"),
        (Wish(amount=10_000, wish="я" * 301), "invalid"),
        (Wish(amount=10_000, recipient="я" * 129), "invalid"),
        (Wish(amount=10_000, deliver_on=date(2026, 11, 19)), "invalid"),
        (Wish(amount=10_000, deliver_on=date(2027, 11, 21)), "invalid"),
        (Wish(amount=10_000, deliver_to=999), "not_found"),
    ],
    ids=["not given", "unknown", "extra", "wish", "name", "yesterday", "too far", "nobody"],
)
def test_what_cannot_be_given_is_not_ordered(shop: Shop, wish: Wish, code: str) -> None:
    catalog = factories.secret_house()
    if wish.tariff == "worker":
        tariffs = tuple(replace(one, giftable=one.id != "worker") for one in catalog.tariffs)
        shop.desk._apply(replace(catalog, tariffs=tariffs))
    refused(code, lambda: shop.order(wish))


def test_a_stay_costs_what_it_costs_on_an_ordinary_day_also_before_new_year(shop: Shop) -> None:
    shop.desk.now = factories.at("2026-12-30T12:00:00Z")
    assert shop.order(Wish(tariff="day", extras=("sauna",))).total == 80_000


def test_t3_the_same_wish_twice_is_one_order_and_open_ones_are_capped(shop: Shop) -> None:
    first = shop.order()
    assert shop.order().id == first.id
    shop.order(replace(HUNDRED, recipient="Аня"))
    assert refused("holds_limit", lambda: shop.order(replace(HUNDRED, recipient="Петя")))["what"] == "gift_orders"
    assert shop.order(guest=2).id != first.id


def test_a_banned_guest_buys_nothing_and_a_desk_without_a_way_to_pay_sells_nothing(shop: Shop) -> None:
    guest = shop.desk.guest(7)
    shop.desk.write(lambda tx: guests.ban(tx, guest, reason="x", actor=OWNER, now=shop.desk.now))
    assert refused("forbidden", lambda: shop.order(guest=7))["reason"] == "banned"
    shop.desk.write(lambda tx: settings.set_bank(tx, None, actor=OWNER, now=shop.desk.now))
    assert refused("invalid", shop.order)["reason"] == "payment_method"


def test_a_withdrawn_order_is_over_and_one_under_review_cannot_be_withdrawn(shop: Shop) -> None:
    order = shop.order()
    actor = Actor("guest", order.guest_id, "Guest", "telegram")

    def withdraw(one: Order) -> Order:
        return shop.desk.write(lambda tx: gift_orders.withdraw(tx, one.id, actor=actor, now=shop.desk.now))

    assert withdraw(order).status == "cancelled"
    assert withdraw(order).status == "cancelled"
    other = shop.order(replace(HUNDRED, recipient="Аня"))
    shop.receipt(other)
    refused("stale", lambda: withdraw(other))


# Time


async def test_r46_it_expires_to_the_second_and_never_under_review(shop: Shop) -> None:
    order = shop.order()
    assert order.expires_at == shop.desk.now + timedelta(hours=2)
    await shop.desk.until(order.expires_at - timedelta(seconds=1))
    assert shop.look(order).status == "awaiting_payment"
    await shop.desk.until(order.expires_at)
    assert shop.look(order).status == "expired"
    assert len(shop.desk.said("guest.gift_expired")) == 1
    second = shop.order()
    shop.receipt(second)
    await shop.desk.until(shop.desk.now + timedelta(days=3))
    assert shop.look(second).status == "awaiting_owner"
    assert shop.broken() == []


def test_a_deadline_in_the_night_moves_to_the_morning(shop: Shop) -> None:
    shop.desk.now = factories.at("2026-11-20T19:30:00Z")  # 22:30 in Minsk
    order = shop.order()
    assert order.expires_at is not None
    assert local(order.expires_at, factories.secret_house().zone).strftime("%d %H:%M") == "21 09:00"


async def test_r36_a_receipt_after_the_end_is_as_good_and_its_lateness_is_said(shop: Shop) -> None:
    order = shop.order()
    await shop.desk.until(shop.desk.now + timedelta(hours=2, minutes=4))
    outcome = shop.receipt(order)
    assert (outcome.kind, shop.look(order).status) == ("revived", "awaiting_owner")
    now = shop.look(order)
    assert shop.desk.read(lambda tx: gift_receipts.flags(tx, now)) == {"late_minutes": 4}
    assert refused("stale", lambda: shop.confirm(order))["flags"] == {"late_minutes": 4}
    assert shop.confirm(order, twice=True).status == "paid"


async def test_r36_part_of_the_money_on_an_order_that_ran_out_alarms_staff(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    shop.desk.write(
        lambda tx: gift_deciding.wait_for_rest(tx, order.id, received=4_000, actor=OWNER, now=shop.desk.now)
    )
    await shop.desk.until(shop.desk.now + timedelta(days=1))
    assert shop.look(order).status == "expired"
    assert [row["facts"]["code"] for row in shop.desk.said("staff.gift_alert")] == ["gift_money_on_expired"] * 2
    shop.confirm(order, 6_000)
    assert shop.gift().amount == 10_000


# Money


def test_r33_a_gift_is_issued_once_and_the_second_learns_who_was_first(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    shop.confirm(order)
    facts = refused("already_decided", lambda: shop.confirm(order, by=SECOND))
    assert facts["by"] == "Анна"
    refused("already_decided", lambda: shop.decline(order))
    assert shop.gift().amount == 10_000
    assert shop.money(order) == [("payment", 10_000)]
    assert shop.broken() == []


def test_t3_a_card_drawn_before_the_last_change_is_not_obeyed(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    refused("stale", lambda: shop.confirm(order, version=order.version))


@pytest.mark.parametrize(("came", "worth", "on_card", "back"), [
    (8_000, "came", 8_000, 0), (12_000, "came", 12_000, 0), (12_000, "ordered", 10_000, 2_000),
])  # fmt: skip
def test_r36_another_sum_is_asked_about_and_then_made_what_was_chosen(
    shop: Shop, came: int, worth: Any, on_card: int, back: int
) -> None:
    order = shop.order()
    shop.receipt(order)
    facts = refused("amount_invalid", lambda: shop.confirm(order, came))
    assert (facts["ask_again"], facts["expected"]) == (True, 10_000)
    shop.confirm(order, came, worth=worth, twice=True)
    assert shop.gift().amount == on_card
    assert [one.facts["amount"] for one in shop.desk.read(tasks.listing)] == ([back] if back else [])
    assert shop.broken() == []


def test_r36_a_stay_is_a_stay_whatever_came_and_the_rest_goes_back(shop: Shop) -> None:
    order = shop.order(Wish(tariff="day"))
    shop.receipt(order)
    shop.confirm(order, 75_000, twice=True)
    assert (shop.gift().kind, shop.gift().tariff, shop.gift().visits) == ("stay", "day", 1)
    (task,) = shop.desk.read(tasks.listing)
    shop.desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=shop.desk.now))
    assert shop.money(order) == [("payment", 75_000), ("refund", 5_000)]


@pytest.mark.parametrize("received", [0, -100, 10_000, 12_000])
def test_only_a_part_is_waited_for_and_nothing_is_nothing(shop: Shop, received: int) -> None:
    order = shop.order()
    shop.receipt(order)
    refused(
        "amount_invalid",
        lambda: shop.desk.write(
            lambda tx: gift_deciding.wait_for_rest(tx, order.id, received=received, actor=OWNER, now=shop.desk.now)
        ),
    )
    if received <= 0:
        refused("amount_invalid", lambda: shop.confirm(order, received, twice=True))
    assert shop.money(order) == []


@pytest.mark.parametrize(
    ("kind", "owed"), [("money_not_seen", []), ("other", [10_000]), ("wrong_sum", [None])], ids=str
)
def test_check_22_a_decline_owes_what_is_believed_to_have_come(shop: Shop, kind: str, owed: list[int | None]) -> None:
    order = shop.order()
    shop.receipt(order)
    assert shop.decline(order, kind).status == "declined"
    assert [one.facts["amount"] for one in shop.desk.read(tasks.listing)] == owed
    assert shop.desk.read(gifts.listing) == []
    for task in shop.desk.read(tasks.listing):
        shop.desk.write(lambda tx, number=task.id: tasks.done(tx, number, actor=OWNER, now=shop.desk.now))  # type: ignore[misc]
    assert shop.money(order) == []  # nobody has seen it come, so the ledger knows nothing of it
    assert len(shop.desk.said("guest.gift_refund_done")) == len(owed)


def test_r44_no_more_goes_back_than_is_left(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    shop.confirm(order)
    for amount in (0, 10_001):
        refused(
            "amount_invalid",
            lambda amount=amount: shop.desk.write(
                lambda tx: gift_sales.refund(tx, order, amount, actor=OWNER, now=shop.desk.now)
            ),
        )


# Receipts


def test_check_23_the_same_file_for_two_gifts_is_flagged_on_both(shop: Shop) -> None:
    first, second = shop.order(), shop.order(guest=2)
    shop.receipt(first, "same")
    shop.receipt(second, "same")
    assert shop.desk.read(lambda tx: gift_receipts.flags(tx, second)) == {"same_receipt": [first.code]}
    assert refused("stale", lambda: shop.confirm(second))["ask_again"]


def test_r46_an_album_is_one_case_and_the_same_file_again_nothing(shop: Shop) -> None:
    order = shop.order()
    kinds = [shop.receipt(order, name, album="g").kind for name in ("a", "b", "a")]
    assert kinds == ["taken", "added", "again"]
    assert len(shop.desk.said("staff.gift_order")) >= 2


def test_r46_a_refused_receipt_leaves_the_order_and_a_new_deadline(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    back = shop.decline(order, "unreadable")
    assert (back.status, back.under_review) == ("awaiting_payment", False)
    assert back.expires_at is not None
    assert back.expires_at > shop.desk.now
    assert shop.receipt(order, "a").kind == "taken"  # the very same file may be sent again
    assert shop.confirm(order).status == "paid"


# Delivery


async def test_it_is_delivered_at_ten_of_its_day_once_and_is_good_from_that_day(shop: Shop) -> None:
    friend = shop.desk.guest(5)
    order = shop.order(replace(HUNDRED, deliver_on=date(2026, 12, 31), deliver_to=friend))
    shop.receipt(order)
    shop.confirm(order)
    assert shop.gift().valid_until == date(2027, 3, 31)
    await shop.desk.until("2026-12-31T06:59:59Z")
    assert shop.desk.said("guest.gift_card") == []
    await shop.desk.until("2027-01-02T12:00:00Z")
    (sent,) = shop.desk.said("guest.gift_card")
    assert (sent["class"], sent["chat_id"], sent["created_at"]) == ("must", 105, "2026-12-31T07:00:00Z")
    assert len(shop.desk.said("guest.gift_delivered")) == 1
    shop.desk.write(lambda tx: gift_delivery.deliver(tx, order.id, now=shop.desk.now))
    assert len(shop.desk.said("guest.gift_card")) == 1
    assert shop.broken() == []


async def test_a_gift_made_void_is_not_delivered(shop: Shop) -> None:
    order = shop.order(replace(HUNDRED, deliver_on=date(2026, 12, 1)))
    shop.receipt(order)
    shop.confirm(order)
    code = shop.gift().code
    shop.desk.write(lambda tx: gifts.void(tx, code, reason="x", actor=OWNER, now=shop.desk.now))
    await shop.desk.until("2026-12-03T12:00:00Z")
    assert shop.desk.said("guest.gift_card") == []


# Who may see one


def test_r49_a_stranger_learns_nothing_of_a_gift_that_is_over_and_its_buyer_sees_it(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    shop.confirm(order)
    gift, catalog = shop.gift(), factories.secret_house()
    stranger = shop.desk.guest(9)

    def opened_by(guest: int) -> gifts.Gift:
        return shop.desk.write(
            lambda tx: gift_holders.opened(tx, catalog, gift.code, guest_id=guest, now=shop.desk.now)
        )

    assert opened_by(stranger).id == gift.id
    shop.desk.pass_time(days=200)
    assert refused("gift_invalid", lambda: opened_by(stranger)) == {}
    assert opened_by(order.guest_id).id == gift.id
    for _ in range(guesses.MOST):
        shop.desk.write(lambda tx: guesses.wrong(tx, f"guest:{stranger}", now=shop.desk.now))
    refused("rate_limited", lambda: opened_by(stranger))


def test_t3_a_foreign_order_is_not_found(shop: Shop) -> None:
    order, other = shop.order(), shop.desk.guest(2)
    facts = refused("not_found", lambda: shop.desk.read(lambda tx: receipt_desk.theirs(tx, order.code, guest_id=other)))
    missing = refused("not_found", lambda: shop.desk.read(lambda tx: receipt_desk.theirs(tx, "GO-ZZ", guest_id=other)))
    assert facts.keys() == missing.keys()


# By a provider


async def test_r45_a_gift_paid_by_card_is_issued_without_a_person_and_staff_are_told(till: Till) -> None:
    shop = Shop(till.desk)
    order = shop.order(method="yookassa")
    await till.round()
    page = till.desk.read(lambda tx: checkouts.current_of_gift(tx, order.id))
    assert page is not None
    assert page.confirmation_url is not None
    await till.shop.pay()
    await till.later(seconds=15)
    assert shop.look(order).status == "paid"
    assert shop.gift().amount == 10_000
    assert till.ledger() == [("payment", 10_000, "done")]
    assert len(till.desk.said("staff.gift_sold")) == 2
    till.agrees()


async def test_r36_a_card_payment_after_the_end_makes_the_gift_all_the_same(till: Till) -> None:
    shop = Shop(till.desk)
    order = shop.order(method="yookassa")
    await till.round()
    await till.desk.until(till.desk.now + timedelta(hours=3))
    assert shop.look(order).status == "expired"
    await till.shop.pay()
    await till.later(minutes=2)
    assert shop.look(order).status == "paid"
    till.agrees()


async def test_r36_paid_by_transfer_and_by_card_is_a_row_an_alert_and_a_task(till: Till) -> None:
    shop = Shop(till.desk)
    order = shop.order(method="yookassa")
    await till.round()
    await till.shop.pay()
    shop.receipt(order)
    shop.confirm(order)
    await till.later(seconds=15)  # the page was let go: what the bank would have given is not taken
    assert shop.money(order) == [("payment", 10_000)]
    assert len(till.desk.said("guest.gift_let_go")) == 1
    till.agrees()


def test_r47_an_invoice_of_a_gift_is_paid_by_its_buyer_alone_and_the_second_charge_goes_back(shop: Shop) -> None:
    desk = shop.desk
    desk.write(lambda tx: ways.remember(tx, ["telegram"]))
    order = shop.order(method="telegram")
    assert len(desk.said("guest.invoice")) == 1
    page = desk.read(lambda tx: checkouts.current_of_gift(tx, order.id))
    assert page is not None

    def judged(payer: int) -> str | None:
        return desk.read(
            lambda tx: invoice_money.judge(tx, page.key, payer=payer, amount=10_000, currency="BYN", now=desk.now)
        )

    assert (judged(101), judged(102)) == (None, "payer")
    buyer = desk.read(lambda tx: guests.get(tx, order.guest_id))
    for charge in ("charge-1", "charge-1", "charge-2"):
        desk.write(
            lambda tx, charge=charge: invoice_money.came(  # type: ignore[misc]
                tx, page.key, charge, payer=buyer, amount=10_000, currency="BYN", now=desk.now
            )
        )
    assert shop.look(order).status == "paid"
    rows = desk.rows("SELECT amount, state FROM payments ORDER BY id")
    assert [(row["amount"], row["state"]) for row in rows] == [(10_000, "done"), (10_000, "unapplied")]
    (task,) = desk.read(tasks.listing)
    desk.write(lambda tx: tasks.done(tx, task.id, actor=OWNER, now=desk.now))
    assert shop.money(order) == [("payment", 10_000), ("payment", 10_000), ("refund", 10_000)], "it came, and it went"
    assert shop.broken() == []


def sold_otherwise(catalog: Catalog, what: str) -> Catalog:
    """The document of tomorrow: no couple's day as a gift any more, or everything in other money."""
    if what == "money":
        return replace(catalog, currency="USD")
    return replace(
        catalog, tariffs=tuple(replace(one, giftable=one.giftable and one.id != "couple") for one in catalog.tariffs)
    )


def apply(desk: Desk, what: str) -> None:
    document = to_document(sold_otherwise(factories.secret_house(), what))
    desk.write(lambda tx: catalogs.apply(tx, document, actor=OWNER, now=desk.now))


@pytest.mark.parametrize("what", ["tariff", "money"])
@pytest.mark.parametrize("taken", [False, True], ids=["authorised", "taken"])
async def test_r36_money_for_a_gift_that_is_sold_no_more_is_not_taken_or_goes_back(
    till: Till, what: str, taken: bool
) -> None:
    shop = Shop(till.desk)
    order = shop.order(Wish(tariff="couple", recipient="Маша"), method="yookassa")
    await till.round()
    await till.shop.pay()
    if taken:
        page = till.desk.read(lambda tx: checkouts.current_of_gift(tx, order.id))
        assert page is not None
        till.desk.write(lambda tx: checkout_rows.decide(tx, page.id, "capture", now=till.desk.now))
        await till.port.capture(await till.port.get(str(page.provider_id)), key="capture")
    apply(till.desk, what)
    await till.later(minutes=1)
    assert till.desk.read(gifts.listing) == [], "neither what is not sold, nor a sum of other money"
    assert till.ledger() == ([("payment", order.total, "unapplied")] if taken else [])
    assert [one.kind for one in till.desk.read(tasks.listing)] == ["gift_refund"] * taken
    assert len(till.desk.said("staff.gift_alert")) == 2 * taken
    till.agrees()


def test_r47_an_invoice_of_a_gift_that_is_sold_no_more_is_not_paid_and_its_money_goes_back(shop: Shop) -> None:
    desk = shop.desk
    desk.write(lambda tx: ways.remember(tx, ["telegram"]))
    order = shop.order(Wish(tariff="couple", recipient="Маша"), method="telegram")
    page = desk.read(lambda tx: checkouts.current_of_gift(tx, order.id))
    assert page is not None
    apply(desk, "tariff")
    asked: Any = {"amount": order.total, "currency": "BYN"}
    assert desk.read(lambda tx: invoice_money.judge(tx, page.key, payer=101, now=desk.now, **asked)) == "late"
    buyer = desk.read(lambda tx: guests.get(tx, order.guest_id))
    desk.write(lambda tx: invoice_money.came(tx, page.key, "charge", payer=buyer, now=desk.now, **asked))
    assert [row["state"] for row in desk.rows("SELECT state FROM payments")] == ["unapplied"]
    assert [one.kind for one in desk.read(tasks.listing)] == ["gift_refund"]
    assert shop.broken() == []


def test_r20_staff_cannot_issue_a_gift_in_other_money_than_was_paid(shop: Shop) -> None:
    order = shop.order()
    shop.receipt(order)
    apply(shop.desk, "money")
    assert refused("invalid", lambda: shop.confirm(order))["reason"] == "currency"
    shop.decline(shop.look(order))
    assert shop.desk.read(gifts.listing) == []
