"""Owns the confirmed booking as its guest sees it: M8, a file for the calendar, a text for friends, and the end of a booking."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import balance, deposits, hold
from housebot.bot.guest.alone import STANDING, closed
from housebot.bot.guest.cancelling import why_button
from housebot.bot.guest.telling import Told, on_gifts, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.period import utc_text
from housebot.services import bookings, card_refunds, deadlines, house_words, tasks
from housebot.services.ports import Button, Message, Picture, Tx
from housebot.words import Html, clock_time, join

router = Router(name="guest.booked")
texts = Texts()


@texts.renders("guest.confirmed")
def confirmed(scene: Scene) -> Message:
    """M8; a card that is read after a change of mind says how things stand."""
    told = tell(scene)
    if told.booking.status not in STANDING:
        return hold.message(told)
    return Message(join("\n", [booked_text(told), deposits.line(told)]), booked_buttons(told))


@texts.renders("guest.recognised")
def recognised(scene: Scene) -> Message:
    """A stay booked elsewhere is theirs by the contact they have just verified; its card follows."""
    told = tell(scene)
    return Message(told.words.t("bukza.recognised", code=told.booking.code, span=told.when))


def booked_text(told: Told) -> Html:
    words, booking = told.words, told.booking
    if told.is_slot:
        return words.t(
            "booked.card_slot",
            code=booking.code,
            tariff=told.tariff,
            visit=told.when,
            unit=told.unit,
            rest=told.money(told.rest),
            address=told.address,
        )
    facts = {"code": booking.code, "span": told.when, "what": told.what, "address": _address(told)}
    if told.rest and booking.status == "in_house":
        return words.t("booked.card_here", paid=told.amount(told.paid), rest=told.money(told.rest), **facts)
    if not told.paid:
        return words.t("booked.card_unpaid", rest=told.money(told.rest), **facts)
    if told.paid > booking.total:
        over = {"total": told.money(booking.total), "extra": told.money(told.paid - booking.total)}
        return words.t("booked.card_overpaid", paid=told.amount(told.paid), **over, **facts)
    if not told.rest:
        return words.t("booked.card_paid", paid=told.money(told.paid), **facts)
    return words.t("booked.card", paid=told.amount(told.paid), rest=told.money(told.rest), **facts)


def _address(told: Told) -> Html:
    """When the address and the code come: the morning of arrival, the evening before an early one; it stands here when that is over."""
    arrival, words = told.booking.arrival, told.words
    if deadlines.arrival_notice(arrival, told.stay.unit.zone) > told.now:
        early = arrival.time() < deadlines.EARLY
        return words.t("booked.address_when", when=words.t("booked.when_evening" if early else "booked.when_morning"))
    return words.t("booked.address_now", address=told.address) if told.address else words.t("booked.address_ask")


def booked_buttons(told: Told) -> tuple[tuple[Button, ...], ...]:
    calendar, friends = told.button("gk", "booked.button.calendar"), told.button("gf", "booked.button.friends")
    change, ask = told.button("ge", "booked.button.change"), told.button("gq", "menu.button.ask")
    pay = balance.button(told)
    if told.booking.start <= told.now:
        longer = told.booking.status == "in_house" and not told.is_slot
        extend = (told.button("ge", "changing.button.extend"),) if longer else ()
        return tuple(row for row in (pay, extend, (friends, ask)) if row)
    changes = (change, ask) if closed(told) is None else (ask,)  # too late for the guest alone: a person can
    rows = (pay, (calendar, friends), changes, (told.button("gc", "booked.button.cancel"),))
    return tuple(row for row in rows if row)


# What is pressed


@router.callback_query(Acted("gk", "gf"))
async def more(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A file for the calendar, or a text for friends."""
    kind = {"gk": "guest.calendar", "gf": "guest.friends"}[act.action]

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if booking.status not in STANDING:
            hold.show_present(tx, turn, booking)
            return
        turn.say(tx, kind, {"booking": booking.id})

    await turn.write(piece)


@texts.renders("guest.calendar")
def calendar_file(scene: Scene) -> Message:
    told = tell(scene)
    name = f"{told.booking.code}.ics"
    file = Picture(content=ics(told).encode(), name=name, document=True)
    return Message(join(" · ", [told.booking.code, told.when]), pictures=(file,))


def ics(told: Told) -> str:
    """One event of RFC 5545: instants in UTC, a UID that is the same each time, folded lines."""
    booking = told.booking
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//housebot//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{booking.code}@housebot",
        f"DTSTAMP:{_stamp(told.now)}",
        f"DTSTART:{_stamp(booking.start)}",
        f"DTEND:{_stamp(booking.end)}",
        f"SUMMARY:{_escaped(f'{told.house} · {told.tariff if told.is_slot else booking.code}')}",
        f"DESCRIPTION:{_escaped(f'{booking.code} · {told.when} · {told.what}')}",
    ]
    if told.address:
        lines.append(f"LOCATION:{_escaped(told.address)}")
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(_folded(line) + "\r\n" for line in lines)


def _stamp(moment: datetime) -> str:
    return utc_text(moment).replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 bytes a line, never inside a character; what follows begins with a space."""
    pieces, room = [b""], 75
    for character in line:
        sign = character.encode()
        if len(pieces[-1]) + len(sign) > room:
            pieces.append(b" ")
        pieces[-1] += sign
    return b"\r\n".join(pieces).decode()


@texts.renders("guest.friends")
def friends(scene: Scene) -> Message:
    """To be forwarded: where and when, nothing of anybody's private data."""
    told = tell(scene)
    said = "booked.friends_slot" if told.is_slot else "booked.friends"
    return Message(scene.words.t(said, house=told.house, span=told.when, address=told.address))


# A change


@texts.renders("guest.moved")
def moved(scene: Scene) -> Message:
    """M8 as it is from now on, with what was and is in bold; the same words whoever changed it. Of a hold: both, and the price."""
    told = tell(scene)
    words, booking, before = told.words, told.booking, scene.facts["before"]
    if booking.status in STANDING:
        changed = words.t("changing.changed", what=join(" · ", list(_changed(told, before))))
        return Message(join("\n", [booked_text(told), changed]), booked_buttons(told))
    facts = {"code": booking.code, "was": _was(told, before), "now": told.when, "what": told.what}
    text = words.t("booked.moved_slot" if told.is_slot else "booked.moved", **facts)
    return Message(join("\n", [text, _price(told, int(before["total"]))]), ((told.button("gq", "menu.button.ask"),),))


def _changed(told: Told, before: dict[str, Any]) -> Iterator[Html]:
    """`заезд 16:00 → 14:00`, `гости 4 → 5`, `+ Сауна`, `цена 800 → 860 BYN`: only what is otherwise."""
    words, booking = told.words, told.booking
    arrival, departure = (datetime.fromisoformat(before[end]) for end in ("arrival", "departure"))
    if told.is_slot and arrival != booking.arrival:
        now = words.visit(booking.arrival, booking.departure)
        yield words.t("changing.changed_visit", was=words.visit(arrival, departure), now=now)
    elif not told.is_slot:
        for name, old, new in (("arrival", arrival, booking.arrival), ("departure", departure, booking.departure)):
            if old != new:
                shown = [f"{one:%H:%M}" if old.date() == new.date() else words.moment(one) for one in (old, new)]
                yield words.t(f"changing.changed_{name}", was=shown[0], now=shown[1])
    unit = told.catalog.unit(before["unit"])
    if before["unit"] != booking.unit:
        yield words.t("changing.changed_unit", was=told.say(unit.name) if unit else before["unit"], now=told.unit)
    if before["guests"] != booking.guests:
        yield words.t("changing.changed_guests", was=str(before["guests"]), now=str(booking.guests))
    for one in told.catalog.extras:
        if (one.id in before["extras"]) != (one.id in told.stay.extras):
            added = "changing.changed_added" if one.id in told.stay.extras else "changing.changed_dropped"
            yield words.t(added, name=told.say(one.name))
    if before["total"] != booking.total:
        yield words.t("changing.changed_price", was=told.amount(int(before["total"])), now=told.money(booking.total))


@texts.renders("guest.priced")
def priced(scene: Scene) -> Message:
    """The owner has set another price."""
    told = tell(scene)
    text = told.words.t("booked.priced", code=told.booking.code, span=told.when)
    price = _price(told, int(scene.facts["price_before"]))
    return Message(join("\n", [text, price]), ((told.button("gq", "menu.button.ask"),),))


def _price(told: Told, before: int) -> Html:
    """What it cost, what it costs, and what is left of it to pay."""
    words, total = told.words, told.money(told.booking.total)
    if before == told.booking.total:
        price = words.t("booked.moved_same_price", total=total)
    else:
        price = words.t("booked.moved_price", before=told.amount(before), total=total)
    return join(" ", [price, words.t("booked.moved_rest", paid=told.amount(told.paid), rest=told.money(told.rest))])


def _was(told: Told, before: dict[str, Any]) -> str:
    """Both ends, the party and what was asked for, as they were."""
    words, several = told.words, len(told.catalog.units) > 1
    arrival, departure = (datetime.fromisoformat(before[end]) for end in ("arrival", "departure"))
    if told.is_slot:
        return words.visit(arrival, departure)
    unit, extras = told.catalog.unit(before["unit"]), [told.catalog.extra(one) for one in before["extras"]]  # noqa: S610
    names = [told.say(extra.name).lower() for extra in extras if extra is not None]
    where = [told.say(unit.name)] if several and unit is not None else []
    return " · ".join([words.span(arrival, departure), *where, ", ".join([words.guests(before["guests"]), *names])])


# The day of arrival


@texts.renders("guest.arrival")
def arrival(scene: Scene) -> Message:
    """When and where, what is left to pay, how to get there and in, and how to heat what was booked."""
    told = tell(scene)
    words, booking, language = told.words, told.booking, told.words.language

    def text(key: str) -> str:
        return house_words.texts(scene.tx, key, language, now=scene.now).strip()

    hour, today = clock_time(booking.arrival), told.local(scene.now).date()
    if booking.start <= scene.now:
        opening = words.t("arrival.now", code=booking.code)
    elif booking.arrival.date() == today:
        opening = words.t("arrival.today", time=hour)
    else:
        opening = words.t("arrival.day", day=told.day, time=hour)
    place = words.t("booked.address_now", address=told.address) if told.address else words.t("booked.address_ask")
    rest = words.t("arrival.rest", rest=told.money(told.rest)) if told.rest else ""
    guides = [text(f"guide-{extra}") for extra in told.stay.all_extras()]
    phone = told.catalog.desk.phone
    close = words.t("arrival.call", phone=phone) if phone else words.t("arrival.write")
    first = join(" ", [one for one in (opening, place, rest) if one])
    lines = [first, *(one for one in (deposits.line(told), text("arrival"), text("route"), *guides) if one), close]
    url = text("map_url")
    ways = (Button(words.plain("about.button.place"), url=url),) if url.startswith(("https://", "http://")) else ()
    return Message(
        join("\n\n", lines),
        tuple(row for row in (ways, balance.button(told), (told.button("gq", "arrival.button.help"),)) if row),
    )


# The end of a booking


@texts.renders("guest.cancelled")
def cancelled(scene: Scene) -> Message:
    """Who cancelled, and what becomes of the money."""
    told = tell(scene)
    words, booking, refund = told.words, told.booking, int(scene.facts.get("refund") or 0)
    if booking.status == "cancelled_by_owner":
        said = booking.reason or ""
        kind = said if said in bookings.DECLINE_KINDS else "other"
        text = words.t("cancel.by_owner", code=booking.code, span=told.when, reason=told.reason(kind, said))
    elif told.is_slot:
        text = words.t("slot.cancelled", code=booking.code)
    elif scene.facts.get("was") != "confirmed" and not told.paid:
        text = words.t("hold.released", code=booking.code)
    else:
        text = words.t("cancel.done", code=booking.code, span=told.when)
    text = join(" ", [text, *on_gifts(scene, told)])
    by_card = card_refunds.told(scene.tx, booking.id, scene.facts)
    if by_card:
        text = join(" ", [text, words.t("cancel.refund_card", amount=told.money(by_card))])
    why = why_button(told)
    if refund <= by_card or tasks.find_open(scene.tx, "refund", booking.id) is None:
        return Message(text, tuple(row for row in (why, (told.button("gq", "menu.button.ask"),)) if row))
    owed = words.t("cancel.refund", amount=told.money(refund - by_card))
    rows = ((told.button("gh", "declined.button.where"),), why)
    return Message(join(" ", [text, owed]), tuple(row for row in rows if row))
