"""A guest pays inside Telegram: the invoice, the answer before the money, the money once (R36, R47)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from housebot.bot.guest import invoices as answering
from housebot.domain.catalog import Catalog
from housebot.services import bookings, late_money, payments, repricing, tasks
from housebot.services.bookings import Booking
from housebot.services.ports import Actor
from housebot.simulator.client import Person
from housebot.simulator.people import People
from tests import factories
from tests.journeys.afterwards import newcomer, paid, rows, said
from tests.journeys.house import OWNER_ID, House, open_house
from tests.journeys.walking import press, say

INVOICE, AGAIN = "💳 Картой в Telegram", "🧾 Прислать счёт ещё раз"
SATURDAY = "2026-12-05T16:00"
SETTINGS = '[payments.telegram]\nprovider_token = "381764678:TEST:100037"\ncurrency = "{currency}"\n'


def catalog(**desk: Any) -> Catalog:
    house = factories.secret_house()
    return replace(house, desk=replace(house.desk, **desk))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, catalog(), more_settings=SETTINGS.format(currency="BYN")) as made:
        yield made


async def invoiced(house: House) -> tuple[Person, Booking]:
    """A hold whose guest has the invoice in front of them."""
    maria = await newcomer(house)
    booking = await house.hold(maria, SATURDAY, method=None)
    await press(house, maria, INVOICE)
    return maria, house.booking(booking.code)


async def pay(house: House, person: Person, **wishes: Any) -> dict[str, Any]:
    done = await person.pay(**wishes)
    await house.settle()
    return done


def slug(house: House) -> str:
    """The newest invoice, as whoever got a link to it names it."""
    return f"https://t.me/${list(house.simulator.world.invoices)[-1]}"


def ledger(house: House) -> list[tuple[str, int, str]]:
    found = house.read(payments.listing)
    return [(one.method, one.amount, one.state) for one in found]


def staff() -> Actor:
    return Actor("staff", OWNER_ID, "Анна", "telegram", "owner")


async def test_r47_the_prepayment_is_paid_in_the_chat_and_confirms_by_itself(house: House) -> None:
    maria, booking = await invoiced(house)
    assert (booking.status, booking.payment_method) == ("awaiting_payment", "telegram")
    invoice = house.simulator.world.invoices[list(house.simulator.world.invoices)[-1]]
    assert (invoice.total, invoice.currency) == (booking.deposit, "BYN")
    assert invoice.start_parameter, "a forwarded copy leads to the bot"
    assert booking.code not in invoice.payload, "it says nothing to anybody else"
    done = await pay(house, maria)
    assert done["paid"], done
    assert house.booking(booking.code).status == "confirmed"
    assert ledger(house) == [("telegram", booking.deposit, "done")]
    assert (await maria.last()).text.startswith("Забронировано ✅")
    assert rows(house, "guest.confirmed") == 1


async def test_r47_without_a_provider_or_in_another_currency_there_is_no_button(tmp_path: Path) -> None:
    async with open_house(tmp_path, catalog(), more_settings=SETTINGS.format(currency="EUR")) as house:
        maria = await newcomer(house)
        await house.hold(maria, SATURDAY, method=None)
        assert INVOICE not in str((await maria.last()).rows)


async def test_ux6_an_invoice_keeps_the_dates_twenty_minutes_and_a_yes_to_it_five_more_once(house: House) -> None:
    maria, booking = await invoiced(house)
    assert booking.hold_expires_at is not None
    first = booking.hold_expires_at
    assert (first - house.now).total_seconds() == 20 * 60
    world = house.simulator.world
    bot = next(iter(world.bots.values()))
    invoice = world.invoices[list(world.invoices)[-1]]
    facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload}
    for number in range(3):
        person = world.user(maria.id)
        world.notify(bot, "pre_checkout_query", {"id": f"q{number}", "from": person.json(), **facts})
        await house.settle()
    later = house.booking(booking.code).hold_expires_at
    assert later is not None
    assert (later - first).total_seconds() == 5 * 60


async def test_r47_a_second_press_of_pay_is_the_same_order_and_the_invoice_comes_again(house: House) -> None:
    maria, booking = await invoiced(house)
    await press(house, maria, AGAIN)
    assert rows(house, "guest.invoice") == 2
    orders = house.read(lambda tx: tx.value("SELECT count(*) FROM checkouts"))
    assert orders == 1
    await pay(house, maria)
    again = await pay(house, maria)
    assert not again["paid"]
    assert "уже оплачен" in again["error"]
    assert paid(house, booking) == booking.deposit


async def test_r47_time_that_ran_out_is_said_before_any_money_is_taken(house: House) -> None:
    maria, booking = await invoiced(house)
    await house.advance(minutes=21)
    assert house.booking(booking.code).status == "expired"
    done = await pay(house, maria)
    assert not done["paid"]
    assert "Время вышло" in done["error"]
    assert ledger(house) == []


async def test_r47_a_forwarded_invoice_paid_by_a_second_person_is_refused_with_words(house: House) -> None:
    _, booking = await invoiced(house)
    boris = await newcomer(house, "Борис")
    done = await pay(house, boris, link=slug(house))
    assert not done["paid"]
    assert "другому гостю" in done["error"]
    assert house.booking(booking.code).status == "awaiting_payment"
    assert ledger(house) == []


async def test_r47_a_price_that_changed_meanwhile_is_not_paid_at_the_old_sum(house: House) -> None:
    maria, booking = await invoiced(house)
    await house.write(
        lambda tx: repricing.set_price(tx, booking.id, 90000, reason="a holiday", actor=staff(), now=house.now)
    )
    await house.settle()
    done = await pay(house, maria, link=f"https://t.me/${next(iter(house.simulator.world.invoices))}")
    assert not done["paid"]
    assert ledger(house) == []


async def test_r47_a_payment_told_twice_is_one_row(house: House) -> None:
    maria, booking = await invoiced(house)
    done = await pay(house, maria)
    world = house.simulator.world
    chat = world.private_chat(next(iter(world.bots.values())), world.user(maria.id))
    world.hear(chat, chat.messages[done["message_id"]])
    await house.settle()
    assert ledger(house) == [("telegram", booking.deposit, "done")]
    assert rows(house, "guest.confirmed") == 1


async def late(house: House, maria: Person) -> None:
    """The guest said yes in time, and Telegram brings the money when time is over."""
    world = house.simulator.world
    chat = world.private_chat(bot := next(iter(world.bots.values())), user := world.user(maria.id))
    invoice = world.invoices[list(world.invoices)[-1]]
    facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload}
    world.notify(bot, "pre_checkout_query", {"id": "late", "from": user.json(), **facts})
    await house.settle()
    await house.advance(minutes=26)
    await maria_pays(house, user, chat, bot, invoice, facts)


async def maria_pays(house: House, user: Any, chat: Any, bot: Any, invoice: Any, facts: dict[str, Any]) -> None:
    People(house.simulator.world)._paid(user, chat, bot, invoice, facts)
    await house.settle()


async def test_r36_money_that_comes_when_time_ran_out_while_paying_takes_the_free_dates_back(house: House) -> None:
    maria, booking = await invoiced(house)
    await late(house, maria)
    assert house.booking(booking.code).status == "confirmed"
    assert ledger(house) == [("telegram", booking.deposit, "done")]


async def test_r36_money_for_dates_sold_meanwhile_waits_for_a_choice_and_a_person_sends_it_back(house: House) -> None:
    maria, booking = await invoiced(house)
    boris = await newcomer(house, "Борис")
    await house.advance(minutes=21)
    other = await house.hold(boris, SATURDAY)
    world = house.simulator.world
    bot = next(iter(world.bots.values()))
    user = world.user(maria.id)
    invoice = world.invoices[list(world.invoices)[-1]]
    facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload}
    await maria_pays(house, user, world.private_chat(bot, user), bot, invoice, facts)
    assert house.booking(booking.code).status == "expired"
    assert house.booking(other.code).status == "awaiting_payment"
    assert ledger(house) == [("telegram", booking.deposit, "unapplied")]
    assert await said(house.owner, booking.code)
    mine = house.booking(booking.code)
    assert house.read(lambda tx: late_money.waiting(tx, mine)) is not None
    await press(house, maria, "↩️ Вернуть деньги")
    owed = house.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert owed is not None
    assert owed.facts["seen"]
    await house.write(lambda tx: tasks.done(tx, owed.id, actor=staff(), now=house.now))
    assert [row[2] for row in ledger(house)] == ["done", "done"], "what has come and what went back sum to nothing"


async def test_r48_what_came_by_telegram_goes_back_by_a_person_who_says_done(house: House) -> None:
    maria, booking = await invoiced(house)
    await pay(house, maria)
    await house.write(
        lambda tx: bookings.cancel(tx, booking.id, by="owner", reason="boiler", actor=staff(), now=house.now)
    )
    await house.settle()
    owed = house.read(lambda tx: tasks.find_open(tx, "refund", booking.id))
    assert owed is not None
    assert owed.facts["amount"] == booking.deposit
    await house.write(lambda tx: tasks.done(tx, owed.id, actor=staff(), now=house.now))
    assert paid(house, booking) == 0
    assert [row[0] for row in ledger(house)] == ["telegram", "telegram"]


async def test_r47_money_for_an_invoice_nobody_remembers_is_a_row_and_an_alert(house: House) -> None:
    maria, _ = await invoiced(house)
    world = house.simulator.world
    bot, user = next(iter(world.bots.values())), world.user(maria.id)
    invoice = replace(world.invoices[list(world.invoices)[-1]], payload="of-before-the-backup")
    facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload}
    await maria_pays(house, user, world.private_chat(bot, user), bot, invoice, facts)
    assert [row[2] for row in ledger(house)] == ["unapplied"]
    assert await said(house.owner, "по счёту, которого здесь нет")


async def test_r47_the_balance_of_a_booked_stay_is_paid_by_invoice(house: House) -> None:
    maria, booking = await invoiced(house)
    await pay(house, maria)
    await press(house, maria, "💳 Доплатить 350")
    done = await pay(house, maria)
    assert done["paid"], done
    assert paid(house, booking) == booking.total
    assert "всё оплачено" in (await maria.last()).text
    assert "Доплатить" not in str([one.rows for one in await said(maria, "Забронировано")])


@pytest.mark.parametrize(("language", "title"), [("ru", "Сертификат GO-"), ("en", "Gift GO-")])
async def test_r47_a_gift_is_bought_by_invoice_and_comes_at_once(house: House, language: str, title: str) -> None:
    maria = await newcomer(house, language=language)
    ru = language == "ru"
    await say(house, maria, "/gift")
    await press(house, maria, "🎁 Купить сертификат" if ru else "🎁 Buy a gift")
    await press(house, maria, "100 BYN")
    for words in ("Аня", "Ура"):
        await say(house, maria, words)
    await press(house, maria, "Сразу после оплаты" if ru else "As soon as it is paid")
    await press(house, maria, "Мне, передам сам" if ru else "To me, I hand it over")
    await press(house, maria, (await maria.last()).buttons[0])
    await maria.share_contact()
    await house.settle()
    await press(house, maria, INVOICE if ru else "💳 Card in Telegram")
    invoice = house.simulator.world.invoices[list(house.simulator.world.invoices)[-1]]
    assert invoice.total == 10_000
    assert invoice.title.startswith(title)
    assert (await pay(house, maria))["paid"]
    assert [one for one in await maria.messages() if one.get("photo") and not one["mine"]]


async def test_r44_an_invoice_charged_twice_is_one_payment_and_one_that_a_person_sends_back(house: House) -> None:
    maria, booking = await invoiced(house)
    await pay(house, maria)
    world = house.simulator.world
    bot, user = next(iter(world.bots.values())), world.user(maria.id)
    invoice = world.invoices[list(world.invoices)[-1]]
    facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload}
    await maria_pays(house, user, world.private_chat(bot, user), bot, invoice, facts)
    assert [row[2] for row in ledger(house)] == ["done", "unapplied"]
    assert paid(house, booking) == booking.deposit
    assert await said(house.owner, "счёт оплачен второй раз")
    owed = next(one for one in house.read(tasks.listing) if one.kind == "refund")
    assert (owed.facts["amount"], owed.facts["seen"]) == (booking.deposit, True)
    assert await said(house.owner, "Деньги пришли счётом в Telegram")


@pytest.mark.parametrize(
    ("change", "why"), [({"total_amount": 100}, "другая сумма"), ({"currency": "EUR"}, "другая валюта")]
)
async def test_r47_another_sum_or_currency_never_confirms(house: House, change: dict[str, Any], why: str) -> None:
    maria, booking = await invoiced(house)
    world = house.simulator.world
    bot, user = next(iter(world.bots.values())), world.user(maria.id)
    invoice = world.invoices[list(world.invoices)[-1]]
    facts = {"currency": invoice.currency, "total_amount": invoice.total, "invoice_payload": invoice.payload} | change
    await maria_pays(house, user, world.private_chat(bot, user), bot, invoice, facts)
    assert [row[2] for row in ledger(house)] == ["unapplied"]
    assert house.booking(booking.code).status == "awaiting_payment"
    assert await said(house.owner, why)


async def test_r47_the_old_invoice_of_somebody_who_chose_a_transfer_again_is_still_theirs_to_pay(house: House) -> None:
    maria, booking = await invoiced(house)
    await press(house, maria, "🏦 Переводом")
    assert house.booking(booking.code).payment_method == "bank"
    done = await pay(house, maria)
    assert done["paid"], done
    assert house.booking(booking.code).status == "confirmed"
    assert paid(house, booking) == booking.deposit


async def test_r47_the_answer_before_a_payment_comes_from_a_read_and_waits_for_no_write(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria, booking = await invoiced(house)

    def broken(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(answering, "agreed", broken)
    done = await pay(house, maria)
    assert done["paid"], done
    assert house.booking(booking.code).status == "confirmed"
