"""Owns how a gift reads: what it is worth, for whom it is, until when."""

from datetime import date, datetime
from typing import Any

from housebot.domain import gift as rules
from housebot.domain.catalog import Catalog, Kind, say
from housebot.domain.gift import Gift
from housebot.services import catalogs, face, gift_ledger, gifts
from housebot.services.gift_orders import Order
from housebot.services.ports import Tx
from housebot.words import Html, Words


def what(words: Words, catalog: Catalog, gift: Gift | Order, amount: int) -> Html:
    """`сертификат на 100 BYN`, or `сертификат на отдых: Сутки, сауна`."""
    if gift.kind == "money":
        return words.t("gift.what_money", amount=words.money(amount, gift.currency))
    given = stay(words, catalog, gift.tariff, gift.extras, gift.length)
    if is_service(catalog, gift.tariff):
        return words.t("gift.what_slot", service=given)
    return words.t("gift.what_stay", stay=given)


def is_service(catalog: Catalog, tariff_id: str) -> bool:
    """An appointment: no text about it may speak of stays (UX 2e)."""
    tariff = catalog.tariff(tariff_id)
    return tariff is not None and tariff.kind is Kind.SLOT


def stay(words: Words, catalog: Catalog, tariff_id: str, extras: tuple[str, ...], length: int | None) -> str:
    """`Сутки, сауна`; with its length where that is not the tariff's own."""
    tariff = catalog.tariff(tariff_id)
    if tariff is None:
        return tariff_id
    parts = [say(tariff.short or tariff.name, words.language)]
    if length is not None:
        parts.append(words.length(nights=length) if tariff.kind is Kind.NIGHTLY else words.length(hours=length))
    found = [catalog.extra(one) for one in extras]  # noqa: S610  no query: the catalog
    return ", ".join([*parts, *(say(one.name, words.language).lower() for one in found if one is not None)])


def left(tx: Tx, words: Words, gift: Gift) -> Html:
    """What is on it now."""
    balance = gift_ledger.left(tx, gift.id)
    if gift.kind == "money":
        return words.t("gift.left_money", amount=words.money(balance, gift.currency))
    return words.n("gift.left_visits", balance)


def last_day(words: Words, day: date) -> str:
    """With its year: a gift may be good for long."""
    return words.day(day, year=True)


def link(tx: Tx, gift: Gift) -> str:
    """The deep link that opens it; empty until the bot knows its name."""
    name = face.username(tx)
    return f"https://t.me/{name}?start=gift_{gift.code}" if name else ""


def key(gift: Gift) -> str:
    """How its buttons name it: whoever presses them has the code before their eyes."""
    return rules.key(gift.code)


def house(tx: Tx, words: Words, now: datetime) -> str:
    return say(catalogs.current(tx, now=now).name, words.language)


def worth(tx: Tx, order: Order) -> int:
    """What was ordered; once it is made, what is on it: staff may make it of what came."""
    made = gifts.by_id(tx, order.gift_id).amount if order.gift_id is not None else None
    return order.total if made is None else made


def delivery(words: Words, order: Any) -> Html:
    """When and to whom it is sent."""
    when = words.day(order.deliver_on, year=True) if order.deliver_on is not None else ""
    if order.deliver_to is not None:
        name = order.recipient or words.plain("gift.somebody")
        return words.t("gift.to_them_on", name=name, day=when) if when else words.t("gift.to_them_now", name=name)
    return words.t("gift.to_me_on", day=when) if when else words.t("gift.to_me_now")


def now_paid(words: Words, order: Order) -> Html:
    """The same once it is paid: what was to be sent at once is on its way."""
    if order.deliver_on is not None:
        return delivery(words, order)
    if order.deliver_to is None:
        return words.t("gift.comes_now")
    return words.t("gift.goes_now", name=order.recipient or words.plain("gift.somebody"))


def for_staff(words: Words, order: Order) -> Html:
    """The same for whoever decides, who is not the one it is sent to."""
    if order.deliver_to is not None:
        return delivery(words, order)
    if order.deliver_on is None:
        return words.t("gift_staff.to_buyer_now")
    return words.t("gift_staff.to_buyer_on", day=words.day(order.deliver_on, year=True))
