"""Owns the summary (M3): every line of the price, rules and refund words before anything is held, and what may still be changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from housebot.bot import why
from housebot.bot.guest import deposits
from housebot.bot.guest.draft import Draft, chose
from housebot.bot.guest.journey import adding, by_gift, code, route, visit
from housebot.bot.guest.journey.offers import per_person
from housebot.bot.guest.journey.screen import View, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, prepares
from housebot.bot.presses import Action, Press
from housebot.bot.renderer import Scene, Texts
from housebot.domain.catalog import Kind, say
from housebot.domain.pricing import Line
from housebot.errors import Refusal
from housebot.services import availability, catalogs, face, house_words, quotes
from housebot.services.ports import Message
from housebot.services.quotes import Quote
from housebot.words import cut, join

texts = Texts()

RULES_SHOWN = 900  # characters of the house rules on the summary


@prepares("summary")
def draw_up(talk: Talk, draft: Draft, notice: Mapping[str, Any] | None) -> None:
    """A quote is made, kept, and what it says is what the guest will pay (R23); dates that are gone say so at once."""
    if (question := adding.missing(talk.catalog, draft)) is not None and draft.request is not None:
        talk.show(replace(draft, asking=question.id), "answer", notice=notice)
        return
    draft = visit.reassigned(talk.view(draft)) if draft.way == "slot" else draft
    try:
        with talk.tx.attempt():
            quote = quote_of(talk, draft)
    except Refusal as refusal:
        if refusal.code in code.WRONG:  # it fitted before the dates or the party were changed
            code.drop(talk, draft, refusal)
        else:
            talk.refuse(draft, refusal)
        return
    talk.show(replace(draft, quote=quote.id), "summary", notice=notice, ready=True)


def quote_of(talk: Talk, draft: Draft) -> Quote:
    """The stored quote of the draft, the same while it lasts; refusals say what stands in the way."""
    if draft.request is None:
        raise Refusal("stale")
    if draft.quote is not None:
        kept = quotes.load(talk.tx, draft.quote)
        if not kept.expired(talk.turn.now) and kept.request == draft.request:
            availability.assert_free(talk.tx, talk.catalog, kept.stay, now=talk.turn.now)
            return kept
    staff = draft.mode == "staff"
    quote = quotes.make(talk.tx, draft.request, guest_id=talk.guest.id, now=talk.turn.now, staff=staff)
    availability.assert_free(talk.tx, talk.catalog, quote.stay, now=talk.turn.now)
    return quote


@shows("summary")
def summary(view: View) -> Message:
    quote = _quote(view)
    words, slot = view.words, quote.stay.tariff.kind is Kind.SLOT
    lines = [
        title(view, quote),
        "",
        price_lines(view, quote),
        total(view, quote),
        deposit(view, quote),
        deposits.asked(words, quote.stay, quote.price.currency),
        say(quote.policy.get("words", {}), words.language),
        _rules(view),
        *adding.kept_answers(view),
        words.t("summary.not_held_slot" if slot else "summary.not_held"),
    ]
    # The rules are cut first: prices and refund words must never be.
    accept = "summary.button.accept_slot" if slot else "summary.button.accept"
    with_code = code.button(view)
    rows = [
        [view.button(view.label(accept), Action.ACCEPT, "yes")],
        [
            view.button(view.label("summary.button.comment"), Action.STEP, "comment"),
            *([with_code] if with_code else []),
        ],
        [
            view.button(view.label("summary.button.why"), Action.STEP, "why"),
            view.button(view.label("summary.button.share"), Action.STEP, "share"),
        ],
        [view.button(view.label("summary.button.change"), Action.STEP, "change")],
    ]
    return view.message([line for line in lines if line], rows)


def _quote(view: View) -> Quote:
    if view.draft.quote is None:
        raise Refusal("stale")
    return quotes.load(view.tx, view.draft.quote)


def title(view: View, quote: Quote) -> str:
    """`Проверьте · Сутки · сб 5 дек 16:00 → вс 6 дек 16:00 (24 ч, время местное) · 4 гостя`."""
    words, stay = view.words, quote.stay
    name = view.say(stay.tariff.short or stay.tariff.name)
    if stay.tariff.kind is Kind.SLOT:
        return words.t(
            "summary.title_slot",
            tariff=name,
            visit=words.visit(stay.arrival, stay.departure),
            length=words.duration(stay.tariff.minutes),
            unit=view.say(stay.unit.name),
        )
    if view.several_units:
        unit = view.say(stay.unit.name)
        name = unit if view.named_by_unit(stay.unit) else f"{unit}, {name}"
    nightly = stay.tariff.kind is Kind.NIGHTLY
    length = words.length(nights=len(stay.nights)) if nightly else words.length(hours=stay.hours)
    return words.t(
        "summary.title",
        tariff=name,
        span=words.span(stay.arrival, stay.departure),
        length=length,
        guests=words.guests(sum(stay.party.values())),
    )


def price_lines(view: View, quote: Quote) -> str:
    """Every line, those that cost nothing named as included, taxes inside them beside them."""
    lines = [_line(view, one) for one in quote.price.lines]
    taxes = [
        view.words.t("summary.included_tax", tax=view.say(one.label), amount=view.amount(one.amount))
        for one in quote.price.taxes
    ]
    return join("\n", [*lines, *taxes])


def _line(view: View, line: Line) -> str:
    label = view.say(line.label)
    if line.amount == 0 and line.code.startswith("extra:"):
        return view.words.t("summary.line_included", label=label)
    amount = view.amount(line.amount)
    if line.quantity > 1:
        return view.words.t("summary.line_many", label=label, n=line.quantity, amount=amount)
    return view.words.t("summary.line", label=label, amount=amount)


def total(view: View, quote: Quote) -> str:
    """The total with its currency, and the share of each of three or more."""
    amount, guests = quote.price.total, sum(quote.stay.party.values())
    if each := per_person(view.words, amount, guests, quote.price.currency):
        return view.words.t("summary.total_each", total=view.money(amount), each=each)
    return view.words.t("summary.total", total=view.money(amount))


def deposit(view: View, quote: Quote) -> str:
    """What is paid now and what on arrival, with the reason."""
    words, price = view.words, quote.price
    if price.gift is not None:
        return by_gift.payment(view, quote)
    if not price.deposit:
        slot = quote.stay.tariff.kind is Kind.SLOT
        return words.t("summary.no_deposit_slot" if slot else "summary.no_deposit")
    reason = view.say(price.deposit_reason)
    now = view.money(price.deposit)
    if price.deposit >= price.total:
        return words.t("summary.deposit_full", deposit=now, reason=reason)
    rest = view.money(price.total - price.deposit)
    if reason.replace(",", ".").rstrip(" %").replace(".", "").isdigit():
        return words.t("summary.deposit", percent=reason, deposit=now, rest=rest)
    return words.t("summary.deposit_sum", deposit=now, reason=reason, rest=rest)


def _rules(view: View) -> str:
    rules = house_words.texts(view.tx, "rules", view.words.language, now=view.now).strip()
    return view.words.t("summary.rules", rules=cut(rules, RULES_SHOWN)) if rules else ""


@shows("why")
def why_this_price(view: View) -> Message:
    """Each line once more, with how it comes about."""
    quote = _quote(view)
    lines = [view.words.t("summary.why"), *why.price_lines(view.words, quote.price)]
    return view.message([*lines, total(view, quote), deposit(view, quote)], [])


@shows("change")
def what_to_change(view: View) -> Message:
    """Any step of the way again; the rest stays as it is."""
    names = {
        "service": "change.button.service",
        "specialist": "change.button.specialist",
        "unit": "change.button.unit",
        "tariff": "change.button.tariff",
        "offers": "change.button.tariff",
        "day": "offers.button.date",
        "hours": "offers.button.time",
        "time": "offers.button.time",
        "until": "change.button.until",
        "departure": "change.button.departure",
        "guests": "offers.button.guests",
        "adding": "change.button.adding",
    }
    buttons = [
        view.button(view.label(names[step]), Action.STEP, step)
        for step in route.steps(view.draft, view.catalog)
        if step in names
    ]
    if view.draft.way == "help" and view.tariff is not None and view.tariff.kind is Kind.BLOCK:
        place = next(place for place, one in enumerate(buttons) if one.data and one.data.endswith(".guests"))
        buttons.insert(place, view.button(view.label("offers.button.time"), Action.STEP, "exact"))
    rows = [buttons[start : start + 2] for start in range(0, len(buttons), 2)]
    return view.message([view.words.t("change.title", draft=view.sketch())], rows)


@answers_to(Action.STEP)
def open_step(talk: Talk, draft: Draft, press: Press) -> None:
    """A step by its name: to change something, to answer a question, to read more."""
    step = press.arg
    if step.startswith("q-") and step[2:].isdecimal():
        adding.ask(talk, draft, int(step[2:]))
    elif step == "comment":
        talk.show(replace(route.opening(draft, "answer", talk.catalog), asking=adding.COMMENT.id), "answer")
    elif step == "code":
        code.open_step(talk, draft)
    elif step in (code.OFF, code.GIFT_OFF):
        code.take_away(talk, draft, step)
    elif step == "share":
        share(talk, draft)
    elif step == "exact":
        # The exact hours of a stay that was found by help: from here on it is a booking by name.
        by_name = chose(draft, "unit", "tariff", "options", "guests", "day", again=("hours", "until"), way="book")
        talk.show(route.opening(by_name, "hours", talk.catalog), "hours")
    elif step in ("why", "change") or step in route.steps(draft, talk.catalog):
        talk.show(route.opening(draft, step, talk.catalog), step)
    else:
        again(talk, draft)


def share(talk: Talk, draft: Draft) -> None:
    """A message to forward: what, when and how much, nothing about the guest."""
    if draft.quote is None:
        again(talk, draft)
        return
    talk.keep(draft)
    talk.turn.say(talk.tx, "reply.share", {"quote": draft.quote})
    talk.turn.toast(talk.turn.words.plain("summary.toast.share"))


@texts.renders("reply.share")
def share_text(scene: Scene) -> Message:
    """The words that travel to friends."""
    quote, words = quotes.load(scene.tx, scene.facts["quote"]), scene.words
    stay, catalog = quote.stay, catalogs.version(scene.tx, quote.catalog_version)
    username = face.username(scene.tx)
    guests = sum(stay.party.values())
    slot = stay.tariff.kind is Kind.SLOT
    facts = {
        "house": say(catalog.name, words.language),
        "tariff": say(stay.tariff.short or stay.tariff.name, words.language),
        "span": words.visit(stay.arrival, stay.departure) if slot else words.span(stay.arrival, stay.departure),
        "guests": say(stay.unit.name, words.language) if slot else words.guests(guests),
        "total": words.money(quote.price.total, quote.price.currency),
        "link": f"https://t.me/{username}?start=book_{stay.unit.id}" if username else "",
    }
    if each := per_person(words, quote.price.total, guests, quote.price.currency):
        return Message(words.t("summary.share_each", **facts, each=f"{each} {quote.price.currency}"))
    return Message(words.t("summary.share", **facts))
