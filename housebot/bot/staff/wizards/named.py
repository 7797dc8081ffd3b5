"""Owns how staff read what their wizards speak of: nights, changes of a price, what is closed, what a code gives, units and extras."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from housebot.bot.guest.journey import route
from housebot.domain.catalog import Catalog, say
from housebot.domain.period import from_utc_text, local
from housebot.words import Html, Words, capital, join

ONE_DAY = timedelta(days=1)
NAMED_APART = 3  # so many days are named one by one


def nights(words: Words, catalog: Catalog, first: date, last: date) -> Html:
    """`ночи пт 4 и сб 5, до вс 6`; where only appointments are sold, days."""
    count = (last - first).days + 1
    slots = route.only_slots(catalog)
    if count > NAMED_APART:
        listed = f"{words.day(first)} – {words.day(last)}"
    else:
        apart = [first + day * ONE_DAY for day in range(count)]
        short = [f"{words.weekday(day)} {day.day}" if day.month == last.month else words.day(day) for day in apart]
        short[-1] = words.day(last) if slots else short[-1]
        listed = words.t("named.and", head=", ".join(short[:-1]), last=short[-1]) if count > 1 else short[0]
    if slots:
        return words.n("named.days", count, days=listed)
    return words.n("named.nights", count, days=listed, until=words.day(last + ONE_DAY))


def change(words: Words, price: Mapping[str, Any]) -> str:
    """`+20 %`, `−10 %`, or `840 BYN`, of a price as scripts see it."""
    if price["percent"] is not None:
        percent = int(price["percent"])
        return f"{'+' if percent > 0 else '−'}{words.percent(abs(percent))}"
    return words.money(int(price["amount"]["amount"]), str(price["amount"]["currency"]))


def price(words: Words, catalog: Catalog, found: Mapping[str, Any]) -> Html:
    """`ночи пт 4 и сб 5, до вс 6: +20 % · Сутки`."""
    (span,) = found["dates"]
    days = nights(words, catalog, date.fromisoformat(span["from"]), date.fromisoformat(span["to"]))
    where = [unit(words, catalog, found["unit"]) if found["unit"] else "", tariff(words, catalog, found["tariff"])]
    return join(" · ", [words.t("named.price", nights=Html(capital(days)), change=change(words, found)), *where])


def unit(words: Words, catalog: Catalog, unit_id: str | None) -> str:
    found = next((one for one in catalog.units if one.id == unit_id), None)
    return say(found.name, words.language, found.id) if found is not None else unit_id or ""


def tariff(words: Words, catalog: Catalog, tariff_id: str | None) -> str:
    """The short name; nothing for all."""
    found = next((one for one in catalog.tariffs if one.id == tariff_id), None)
    return say(found.short or found.name, words.language, found.id) if found is not None else tariff_id or ""


def service(words: Words, catalog: Catalog, extra_id: str | None) -> str:
    found = next((one for one in catalog.extras if one.id == extra_id), None)
    return say(found.name, words.language, found.id) if found is not None else extra_id or ""


def parts(words: Words, catalog: Catalog, ids: Iterable[str]) -> str:
    names = {one.id: say(one.name, words.language, one.id) for one in catalog.parts}
    return ", ".join(names.get(part, part) for part in ids)


def block(words: Words, catalog: Catalog, found: Mapping[str, Any]) -> Html:
    """`Сауна · 1–7 дек`, `Secret House · сб 5 дек 10:00 → вс 6 дек 18:00 · краска`."""
    place = next((one for one in catalog.units if one.id == found["unit"]), None)
    zone = catalog.zone if place is None else place.zone
    since, until = (local(from_utc_text(found[name]), zone) for name in ("start", "end"))
    if found["extra"]:
        what = words.t("named.service", extra=service(words, catalog, found["extra"]))
    elif place is not None and set(found["parts"]) < set(place.parts):
        what = join("", [parts(words, catalog, found["parts"])])
    else:
        what = join("", [unit(words, catalog, found["unit"])])
    return join(" · ", [what, time(words, since, until), found["reason"]])


def time(words: Words, since: datetime, until: datetime) -> str:
    """Whole days as days, else both ends with their hours."""
    midnight = datetime.min.time()
    if since.time() == midnight and until.time() == midnight:
        first, last = since.date(), (until - ONE_DAY).date()
        days = [words.day(first)] if first == last else [words.day(first), words.day(last)]
        return " – ".join(days)
    return words.span(since, until)


def gives(words: Words, catalog: Catalog, found: Mapping[str, Any]) -> Html:
    """What a code gives: `−15 %`, `−100 BYN`, `проживание за 500 BYN`, `Сауна бесплатно`; of a code as scripts see it."""
    discount = found["discount"]
    match discount["kind"]:
        case "percent":
            return join("", [f"−{words.percent(int(discount['basis_points']))}"])
        case "extra":
            return words.t("named.free", extra=service(words, catalog, discount["extra"]))
        case "price":
            return words.t("named.for", amount=_money(words, discount["amount"]))
    return join("", [f"−{_money(words, discount['amount'])}"])


def limits(words: Words, catalog: Catalog, found: Mapping[str, Any]) -> list[Html]:
    """Each condition of a code on a line of its own; nothing for a code without any."""
    tariffs = ", ".join(tariff(words, catalog, one) for one in found["tariffs"] or ())
    units = ", ".join(unit(words, catalog, one) for one in found["units"] or ())
    said = [
        words.t("promo.limit.total", n=found["max_total"]) if found["max_total"] else "",
        words.t("promo.limit.guest", n=found["max_per_guest"]) if found["max_per_guest"] else "",
        _window(words, "promo.limit.stay", found["stay_from"], found["stay_to"]),
        _window(words, "promo.limit.book", found["book_from"], found["book_to"]),
        words.t("promo.limit.tariffs", tariffs=tariffs) if tariffs else "",
        words.t("promo.limit.units", units=units) if units else "",
        words.t("promo.limit.weekdays", days=words.weekday_names(frozenset(found["weekdays"])))
        if found["weekdays"]
        else "",
        words.t("promo.limit.nights", n=found["min_nights"]) if found["min_nights"] else "",
        words.t("promo.limit.sum", amount=_money(words, found["min_sum"])) if found["min_sum"]["amount"] else "",
        words.t("promo.limit.budget", amount=_money(words, found["budget"])) if found["budget"] else "",
        words.t("promo.limit.person") if found["guest"] else "",
    ]
    return [Html(one) for one in said if one]


def _window(words: Words, name: str, since: str | None, until: str | None) -> Html:
    if since is None and until is None:
        return Html()
    ends = [words.day(date.fromisoformat(one), year=True) if one else "…" for one in (since, until)]
    return words.t(name, since=ends[0], until=ends[1])


def _money(words: Words, amount: Mapping[str, Any]) -> str:
    return words.money(int(amount["amount"]), str(amount["currency"]))


def sample(words: Words, catalog: Catalog, found: Mapping[str, Any]) -> Html:
    """`пт 18:00 24 ч: 700 → 840`, with the tariff where several are sold; `after` None: it changes nothing there."""
    arrival = datetime.fromisoformat(found["arrival"])
    known = next((one for one in catalog.tariffs if one.id == found["tariff"]), None)
    name = capital(tariff(words, catalog, found["tariff"])) if known is not None and len(catalog.tariffs) > 1 else ""
    before, after = (
        found[one] and words.amount(found[one]["amount"], found[one]["currency"]) for one in ("before", "after")
    )
    hours = words.length(hours=int(found["hours"])) if found.get("hours") else ""
    when = " ".join(part for part in (words.weekday(arrival), f"{arrival:%H:%M}", hours) if part)
    text = words.t("named.sample", when=when, before=before, after=after or words.plain("named.same"))
    return join(" · ", [name, text])
