"""Owns the screens of buying a gift, one for each step, and the summary with its rules before anything is ordered."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from housebot.bot.actions import act
from housebot.bot.buttons import LABEL_UNITS
from housebot.bot.guest.gifts import telling, wish
from housebot.bot.guest.gifts.wish import Buying
from housebot.bot.guest.journey import route
from housebot.bot.guest.telling import menu_button
from housebot.bot.renderer import Scene, Texts
from housebot.domain import gift_order as rules
from housebot.domain.catalog import Catalog, say
from housebot.domain.gift import Gift
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import catalogs, gift_orders, gift_shop
from housebot.services.ports import Button, Message
from housebot.words import Html, Words, cut, join

texts = Texts()

Rows = list[tuple[Button, ...]]


@dataclass(frozen=True)
class Asking:
    """One step as it is shown."""

    scene: Scene
    buying: Buying

    @property
    def words(self) -> Words:
        return self.scene.words

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.scene.tx, now=self.scene.now)

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.catalog.currency)

    def button(self, text: str, arg: str) -> Button:
        return Button(cut(text, LABEL_UNITS), data=act("cb", self.buying.code, self.buying.version, arg))

    @property
    def price(self) -> int:
        return gift_shop.price_of(self.catalog, self.buying.ordered, now=self.scene.now)

    @property
    def gift(self) -> Gift:
        return gift_shop.draft_of(self.catalog, self.buying.ordered, now=self.scene.now)


Ask = Callable[[Asking], tuple[list[Html], Rows]]


@texts.renders("screen.gift_wish")
def step(scene: Scene) -> Message:
    """The notice, the question, its buttons, and the ways out."""
    buying = wish.from_json(scene.facts.get("wish"))
    if buying is None:
        raise Refusal("stale")
    asking = Asking(scene, buying)
    lines, rows = ASKS[buying.step](asking)
    out = (asking.button(scene.words.plain("button.back"), "back"), menu_button(scene.words, "button.menu", "menu"))
    return Message(join("\n\n", [_notice(scene), join("\n", lines)]), (*rows, out))


def _notice(scene: Scene) -> Html | str:
    said = scene.facts.get("notice")
    if not said:
        return ""
    if "refusal" in said:
        return scene.words.refusal(Refusal(said["refusal"], **said.get("facts", {})))
    return scene.words.t(said["id"])


def mark_of(name: str) -> str:
    """How a button names a tariff or an extra, whatever signs its id has."""
    return hashlib.sha256(name.encode()).hexdigest()[:9]


def _what(asking: Asking) -> tuple[list[Html], Rows]:
    words, catalog = asking.words, asking.catalog
    sums = [asking.button(asking.money(amount), f"sum-{amount}") for amount in rules.usual_sums(catalog)]
    rows: Rows = [tuple(sums)]
    for tariff in gift_shop.stays(catalog):
        price = gift_shop.price_of(catalog, gift_shop.Wish(tariff=tariff.id), now=asking.scene.now)
        stay = telling.stay(words, catalog, tariff.id, (), None)
        label = words.plain("gift.button.stay", stay=stay, price=words.amount(price, catalog.currency))
        rows.append((asking.button(label, f"stay-{mark_of(tariff.id)}"),))
    facts = {"least": asking.money(rules.least_sum(catalog)), "most": asking.money(rules.most_sum(catalog))}
    if len(rows) == 1:
        return [words.t("gift.ask_sum", **facts)], rows
    return [words.t("gift.ask_what_slot" if route.only_slots(catalog) else "gift.ask_what", **facts)], rows


def _extras(asking: Asking) -> tuple[list[Html], Rows]:
    words, catalog, buying = asking.words, asking.catalog, asking.buying
    tariff = catalog.tariff(buying.tariff)
    assert tariff is not None, "the step is asked for a tariff"
    rows: Rows = []
    for extra_id in gift_shop.extras_of(catalog, tariff):
        extra = catalog.extra(extra_id)  # noqa: S610  no query: the catalog
        assert extra is not None
        name = say(extra.name, words.language)
        on = words.plain("choose.button.wish_on", extra=name) if extra_id in buying.extras else name
        rows.append((asking.button(on, f"x-{mark_of(extra_id)}"),))
    rows.append((asking.button(words.plain("choose.button.next"), "next"),))
    stay = telling.stay(words, catalog, buying.tariff, buying.extras, None)
    return [words.t("gift.ask_extras", stay=stay, price=asking.money(asking.price))], rows


def _name(asking: Asking) -> tuple[list[Html], Rows]:
    words = asking.words
    return [words.t("gift.ask_recipient")], [(asking.button(words.plain("gift.button.no_name"), "next"),)]


def _words(asking: Asking) -> tuple[list[Html], Rows]:
    words = asking.words
    return (
        [words.t("gift.ask_wish", longest=rules.LONGEST_WISH)],
        [(asking.button(words.plain("gift.button.no_wish"), "next"),)],
    )


def _when(asking: Asking) -> tuple[list[Html], Rows]:
    words = asking.words
    tomorrow = local(asking.scene.now, asking.catalog.zone).date() + timedelta(days=1)
    rows: Rows = [
        (asking.button(words.plain("gift.button.at_once"), "next"),),
        (asking.button(words.plain("gift.button.tomorrow", day=words.day(tomorrow)), "day-1"),),
    ]
    return [words.t("gift.ask_when")], rows


def _whom(asking: Asking) -> tuple[list[Html], Rows]:
    words = asking.words
    rows: Rows = [
        (asking.button(words.plain("gift.button.to_me"), "next"),),
        (asking.button(words.plain("gift.button.to_them"), "them"),),
    ]
    return [words.t("gift.ask_whom")], rows


def _username(asking: Asking) -> tuple[list[Html], Rows]:
    words = asking.words
    return [words.t("gift.ask_username")], [(asking.button(words.plain("gift.button.to_me"), "back"),)]


def _summary(asking: Asking) -> tuple[list[Html], Rows]:
    """What, for whom, with which words, when and to whom; until when it is good, and that it is not turned into money again."""
    words, buying, gift = asking.words, asking.buying, asking.gift
    lines = [
        words.t("gift.check", what=telling.what(words, asking.catalog, gift, buying.amount)),
        words.t("gift.for_whom", name=buying.recipient) if buying.recipient else Html(),
        words.t("gift.wish", wish=buying.wish) if buying.wish else Html(),
        telling.delivery(words, buying.ordered),
        words.t("gift.total", total=asking.money(asking.price)),
        words.t(
            "gift.rules" if gift.kind == "money" else "gift.rules_stay", day=telling.last_day(words, gift.valid_until)
        ),
    ]
    rows: Rows = [
        (asking.button(words.plain("gift.button.order"), "order"),),
        (asking.button(words.plain("gift.button.change"), "change"),),
    ]
    return [line for line in lines if line], rows


ASKS: dict[str, Ask] = {
    "what": _what,
    "extras": _extras,
    "name": _name,
    "words": _words,
    "when": _when,
    "whom": _whom,
    "username": _username,
    "summary": _summary,
}


@texts.renders("screen.gift_ordered")
def ordered(scene: Scene) -> Message:
    """The summary without its buttons: how to pay stands below."""
    order = gift_orders.get(scene.tx, int(scene.facts["order"]))
    return Message(scene.words.t("gift.ordered", code=order.code))
