"""Owns /prices: every way to book with its price, what is included, what can be added, dear dates and the prepayment."""

from datetime import date, timedelta

from aiogram import Router

from housebot.bot.guest.journey import route
from housebot.bot.guest.journey.wishes import with_basis
from housebot.bot.guest.menu import opens
from housebot.bot.guest.telling import menu_button
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.catalog import Basis, Catalog, DatedPrice, DateSpan, Extra, Kind, Recurring, Tariff, Text, say
from housebot.domain.period import local
from housebot.services import catalogs
from housebot.services.ports import Message
from housebot.words import Html, Words, join

router = Router(name="guest.prices")
texts = Texts()

MOST_DATED = 8
_SOME_YEAR = 2024  # with a 29 February


@opens("prices")
async def show(turn: Turn) -> None:
    await turn.write(lambda tx: turn.screen(tx, "prices", ring=turn.query_id is None))


@texts.renders("screen.prices")
def prices(scene: Scene) -> Message:
    catalog, words = catalogs.current(scene.tx, now=scene.now), scene.words
    list_of = _Prices(catalog, words)
    slots = route.only_slots(catalog)
    dated = [*catalogs.hand_prices(scene.tx), *catalog.dated_prices]
    today = local(scene.now, catalog.zone).date()
    begin = "menu.button.visit" if slots else "menu.button.help_choose"
    note = words.t("prices.note_slot", button=words.plain(begin)) if slots else words.t("prices.note")
    lines = [
        words.t("prices.title", house=list_of.say(catalog.name)),
        join("\n", [list_of.tariff(one) for one in route.selling(catalog)]),
        list_of.extras(),
        join("\n", [list_of.dated(one) for one in dated if _ahead(one, today)][:MOST_DATED]),
        list_of.deposit(),
        note,
    ]
    name = "book" if slots else "choose"
    rows = (
        (menu_button(words, begin, name),),
        (menu_button(words, "menu.button.dates", "dates"), menu_button(words, "button.menu", "menu")),
    )
    return Message(join("\n\n", lines), rows)


def _ahead(price: DatedPrice, today: date) -> bool:
    """What is over is no news."""
    return not price.dates or any(not isinstance(span, DateSpan) or span.until > today for span in price.dates)


def _ends(span: DateSpan | Recurring) -> tuple[date, date]:
    """First and last day, both inclusive; of what comes each year the days alone are said."""
    if isinstance(span, DateSpan):
        return span.since, span.until - timedelta(days=1)
    return date(_SOME_YEAR, *span.since), date(_SOME_YEAR, *span.until)


class _Prices:
    """The lines of the list, in one language."""

    def __init__(self, catalog: Catalog, words: Words) -> None:
        self.catalog = catalog
        self.words = words

    def say(self, text: Text) -> str:
        return say(text, self.words.language)

    def money(self, amount: int) -> str:
        return self.words.money(amount, self.catalog.currency)

    def tariff(self, tariff: Tariff) -> Html:
        """`Сутки — 700 BYN за 24 ч, дополнительный час 30 BYN`."""
        words = self.words
        price = f"{self.money(tariff.price)} {self._length(tariff)}"
        more = [self._included(tariff), self._extra_hour(tariff), self._extra_guest(tariff), self.say(tariff.note)]
        note = "".join(f", {one}" for one in more if one)
        return words.t("prices.line", tariff=self.say(tariff.name), price=price, note=note)

    def _length(self, tariff: Tariff) -> str:
        words = self.words
        if tariff.kind is Kind.NIGHTLY:
            return words.t("prices.per_night")
        if tariff.kind is Kind.SLOT:
            return words.t("prices.per_minutes", length=words.duration(tariff.minutes))
        return words.t("prices.per_hours", hours=words.length(hours=tariff.minutes // 60))

    def _included(self, tariff: Tariff) -> str:
        extras = [extra for extra in self.catalog.extras if extra.id in tariff.included_extras]
        names = [self.say(extra.name).lower() for extra in extras]
        said = [part.strip() for part in self.say(tariff.included_texts).split(",")]
        everything = [*names, *(part for part in said if part and part.lower() not in names)]
        return self.words.t("prices.included", extras=", ".join(everything)) if everything else ""

    def _extra_hour(self, tariff: Tariff) -> str:
        price = tariff.extra_hour_price
        return self.words.t("prices.extra_hour", amount=self.money(price)) if price else ""

    def _extra_guest(self, tariff: Tariff) -> str:
        if not tariff.guests_included or not tariff.extra_guest_price:
            return ""
        facts = {"n": tariff.guests_included, "amount": self.money(tariff.extra_guest_price)}
        if tariff.extra_guest_per == "night":
            return self.words.t("prices.extra_guest_night", **facts)
        return self.words.t("prices.extra_guest", **facts)

    def extras(self) -> Html:
        """What can be asked for, and on a line of its own what is always added."""
        asked = [one for extra in self.catalog.extras if not extra.mandatory and (one := self._extra(extra))]
        fees = [one for extra in self.catalog.extras if extra.mandatory and (one := self._extra(extra))]
        fees += self._taxes()
        lines = [
            self.words.t("prices.extras", extras=join(", ", asked)) if asked else "",
            self.words.t("prices.fees", extras=join(", ", fees)) if fees else "",
        ]
        return join("\n", lines)

    def _extra(self, extra: Extra) -> str:
        """At the price it has, or from the lowest where tariffs differ; nothing where it only comes included."""
        prices = {tariff.extras[extra.id] for tariff in self.catalog.tariffs if extra.id in tariff.extras} - {0}
        if not prices:
            return ""
        amount = self.words.percent(min(prices)) if extra.basis is Basis.PERCENT else self.money(min(prices))
        name = self.say(extra.name).lower() + (self._charged_by(extra) if extra.mandatory else "")
        facts = {"extra": name, "amount": with_basis(self.words, extra, amount)}
        return self.words.t("prices.extra_from", **facts) if len(prices) > 1 else self.words.t("prices.extra", **facts)

    def _charged_by(self, fee: Extra) -> str:
        """` (Комната, Мансарда)` where not everything has it."""
        selling = route.selling(self.catalog)
        names = [self.say(one.name) for one in selling if fee.id in one.extras]
        return f" ({', '.join(names)})" if len(names) < len(selling) else ""

    def _taxes(self) -> list[str]:
        """What is added to the price by law."""
        words, city = self.words, self.catalog.city_tax
        added = [
            words.t("prices.extra", extra=self.say(tax.name), amount=words.percent(tax.percent))
            for tax in self.catalog.taxes
            if not tax.included
        ]
        if city is None:
            return [*added]
        facts = {"tax": self.say(city.name).lower(), "amount": self.money(city.amount)}
        if city.max_nights is None:
            return [*added, words.t("prices.city_tax", **facts)]
        return [*added, words.t("prices.city_tax_most", **facts, nights=words.length(nights=city.max_nights))]

    def dated(self, price: DatedPrice) -> Html:
        """`Новый год, 31 дек – 1 янв: 3000 BYN за дату`."""
        words = self.words
        when = ", ".join(self._span(span) for span in price.dates)
        if price.weekdays is not None and len(price.weekdays) < 7:
            when = ", ".join(part for part in (when, words.weekday_names(price.weekdays)) if part)
        name = self.say(price.name) + self._of_what(price)
        return words.t("prices.dated", name=name, dates=when, amount=self._change(price))

    def _of_what(self, price: DatedPrice) -> str:
        """` (Мансарда)` where it is not for everything."""
        units = [self.say(one.name) for one in self.catalog.units if price.units and one.id in price.units]
        tariffs = [self.say(one.name) for one in self.catalog.tariffs if price.tariffs and one.id in price.tariffs]
        names = [*units, *tariffs]
        return f" ({', '.join(names)})" if names else ""

    def _change(self, price: DatedPrice) -> str:
        if price.percent is not None:
            sign = "+" if price.percent > 0 else "−"
            return f"{sign}{self.words.percent(abs(price.percent))}"
        if price.per_date is not None:
            return self.words.t("prices.per_date", amount=self.money(price.per_date))
        return f"{self.money(price.amount or 0)} {self.words.t('prices.per_night')}"

    def _span(self, span: DateSpan | Recurring) -> str:
        return self.words.range_days(*_ends(span))

    def deposit(self) -> str:
        """The prepayment that is usual, and what becomes of it."""
        words, refund = self.words, self.say(self.catalog.cancellation.words)
        policy = next(iter(self.catalog.deposits), None)
        if policy is None:
            return refund
        if policy.percent is not None:
            return words.t("prices.deposit", percent=words.percent(policy.percent), refund=refund)
        if policy.fixed is not None:
            return words.t("prices.deposit_sum", amount=self.money(policy.fixed), refund=refund)
        return words.t("prices.deposit_first", refund=refund) if policy.first_nights == 1 else refund
