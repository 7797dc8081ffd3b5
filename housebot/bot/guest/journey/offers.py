"""Owns the offers: what fits the wish with its total (M2), and the nearest that do when nothing fits."""

from dataclasses import replace

from housebot.bot.guest.draft import Draft, Near, chose
from housebot.bot.guest.journey import market, route
from housebot.bot.guest.journey.day import pick_arrival
from housebot.bot.guest.journey.hours import on_the_hour
from housebot.bot.guest.journey.screen import View, mark, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, listens, prepares
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import Kind, say
from housebot.domain.money import exponent, half_up
from housebot.domain.offers import Offer
from housebot.domain.phrases import typed_time
from housebot.services.ports import Button, Message
from housebot.words import Words, capital

SOLD = "menu.draft_sold"
EACH_FROM = 3  # guests: then the price for each is said too


def mark_of(offer: Offer) -> str:
    """How a button names an offer: the press is compared with what is offered then."""
    request = offer.request
    return mark(request.unit, request.tariff, request.arrival, request.departure)


@shows("offers")
def proposals(view: View) -> Message:
    assert view.draft.day is not None
    found = market.offers(view.tx, view.catalog, view.draft, view.draft.day, view.now)
    if not found:
        return nothing_fits(view)
    title = view.words.t("offers.title", what=capital(wish(view)))
    rows = [
        [
            view.button(
                view.label("offers.button.offer", tariff=name(view, one), amount=view.amount(one.price.total)),
                Action.OFFER,
                mark_of(one),
            )
        ]
        for one in found
    ]
    return view.message([title, *(line(view, one) for one in found)], [*rows, changes(view)])


def wish(view: View) -> str:
    """`сб 5 дек, 4 гостя, сауна`."""
    draft = view.draft
    assert draft.day is not None
    extras = [view.say(one.name).lower() for one in view.catalog.extras if one.id in draft.extras]
    guests = sum(draft.party.values())
    parts = [view.day(draft.day), view.words.guests(guests) if guests else "", *extras]
    return ", ".join(part for part in parts if part)


def name(view: View, offer: Offer) -> str:
    """`Сутки`, or the room where there are several."""
    tariff = view.say(offer.tariff.short or offer.tariff.name)
    unit = view.catalog.unit(offer.request.unit)
    if not view.several_units or unit is None:
        return tariff
    return view.say(unit.name) if view.named_by_unit(unit) else f"{view.say(unit.name)}, {tariff}"


def line(view: View, offer: Offer) -> str:
    """`Сутки 16:00 → вс 16:00 — 800 BYN (200 с человека), все комнаты, фотосессия +100` (M2)."""
    words, request = view.words, offer.request
    nightly = offer.tariff.kind is Kind.NIGHTLY
    hours = words.span_short(request.arrival, request.departure)
    if nightly or (request.departure.date() - request.arrival.date()).days > 1:
        hours = words.span(request.arrival, request.departure)
    notes = ""
    if each := per_person(words, offer.price.total, sum(view.draft.party.values()), view.catalog.currency):
        notes += f" {words.t('offers.each', amount=each)}"
    if note := say(offer.extra_note, words.language):
        notes += f", {note}"
    return words.t(
        "offers.line", tariff=name(view, offer), hours=hours, total=view.money(offer.price.total), note=notes
    )


def per_person(words: Words, total: int, guests: int, currency: str) -> str:
    """The share of each of three or more: `200`, or `≈ 117` in whole units, half up, where it does not come out even; else empty."""
    if guests < EACH_FROM or not total:
        return ""
    if total % guests == 0:
        return words.amount(total // guests, currency)
    unit = 10 ** exponent(currency)
    return f"≈ {words.amount(half_up(total, guests * unit) * unit, currency)}"


def changes(view: View) -> list[Button]:
    """What can be changed without starting anew."""
    nightly = route.kinds(view.catalog) == {Kind.NIGHTLY}
    how_long, words = ("departure", "change.button.departure") if nightly else ("shape", "offers.button.time")
    return [
        view.button(view.label("offers.button.date"), Action.STEP, "day"),
        view.button(view.label(words), Action.STEP, how_long),
        view.button(view.label("offers.button.guests"), Action.STEP, "guests"),
    ]


def nothing_fits(view: View) -> Message:
    """The reason in one line, and the two nearest days that work, as buttons (UX 1.8)."""
    words = view.words
    why = market.why_none(view.tx, view.catalog, view.draft, view.now)
    told = view.facts.get("notice", {}).get("id") == SOLD  # it says why already
    near = market.near_offers(view.tx, view.catalog, view.draft, view.now) if view.draft.near else []
    rows = [
        [
            view.button(
                view.label("offers.button.near", when=words.day(one.day), amount=view.amount(offer.price.total)),
                Action.NEAR,
                str(place),
            )
        ]
        for place, (one, offer) in enumerate(near)
    ]
    lines = [] if told else [words.t("offers.none", reason=words.refusal(why))]
    if near or why.code != "max_guests":  # fewer guests would help, other dates would not
        lines.append(words.t("offers.nearest" if near else "offers.nothing_near"))
    return view.message(lines, [*rows, changes(view)])


@prepares("offers")
def look_around(talk: Talk, draft: Draft, notice: object) -> None:
    """Where the day has nothing, the nearest days are remembered, so that their buttons mean these and no others."""
    assert draft.day is not None
    day = draft.day
    said = notice if isinstance(notice, dict) else None
    if not draft.party:
        draft = replace(draft, party={next(band.id for band in talk.catalog.bands if band.adult): 2})
    near: tuple[Near, ...] = ()
    if not market.offers(talk.tx, talk.catalog, draft, day, talk.turn.now):
        near = tuple(one for one, _ in market.near_offers(talk.tx, talk.catalog, draft, talk.turn.now))
    talk.show(replace(draft, near=near), "offers", notice=said, ready=True)


@answers_to(Action.OFFER)
def taken(talk: Talk, draft: Draft, press: Press) -> None:
    if draft.day is None:
        again(talk, draft)
        return
    found = market.offers(talk.tx, talk.catalog, draft, draft.day, talk.turn.now)
    offer = next((one for one in found if mark_of(one) == press.arg), None)
    if offer is None:  # it was sold, or its price fell under another's, since the screen was drawn
        talk.turn.toast(talk.turn.words.plain("toast.offer_gone"))
        talk.show(draft, "offers")
        return
    request = offer.request
    talk.go_on(
        chose(
            draft, "offers",
            unit=request.unit, tariff=request.tariff, arrival=request.arrival, departure=request.departure,
        )
    )  # fmt: skip


@answers_to(Action.NEAR)
def near_taken(talk: Talk, draft: Draft, press: Press) -> None:
    """One of the nearest that were offered: a whole stay, or a day whose offers are shown."""
    if not press.arg.isdecimal() or int(press.arg) >= len(draft.near):
        again(talk, draft)
        return
    near = draft.near[int(press.arg)]
    if near.tariff is None or near.arrival is None:
        pick_arrival(talk, replace(draft, tariff=None) if draft.way == "help" else draft, near.day)
        return
    done = ("day", "offers", "hours", "until", "departure", "time")
    talk.go_on(chose(market.moved(talk.catalog, draft, near), *done, either=()))


@listens("offers")
def hour_typed(talk: Talk, draft: Draft, text: str) -> bool:
    """«16:00» under the offers: the same at another hour."""
    at = typed_time(text)
    if at is None:
        return False
    whole = on_the_hour(talk.turn.words, at)
    talk.show(draft if whole else chose(draft, at=at), "offers", notice=whole)
    return True
