"""Owns booking once more when a booking came to nothing: the same dates or other ones, each at the price on its button (M7a; R36)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import hold
from housebot.bot.guest.telling import Told, acting, menu_button, on_gifts, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain.alternatives import alternatives
from housebot.domain.occupancy import Busy
from housebot.domain.period import from_utc_text, local
from housebot.domain.stay import StayRequest
from housebot.errors import Refusal
from housebot.services import (
    availability,
    bookings,
    catalogs,
    gift_holders,
    quotes,
    ways,
)
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.services.ports import Message as Said
from housebot.words import capital, join

router = Router(name="guest.again")
texts = Texts()

AROUND = timedelta(days=46)  # how far other dates are looked for
MOST_OFFERED = 2
_MOMENT = "%y%m%d%H%M"


@dataclass(frozen=True, slots=True)
class Wish:
    """The same party and wishes at some time, with its price now."""

    request: StayRequest
    total: int


def wish_at(told: Told, arrival: datetime, *, tariff: str = "") -> StayRequest:
    """What was booked, moved to another arrival."""
    asked, booking = quotes.load(told.tx, told.booking.quote_id).request, told.booking
    departure = arrival + (booking.departure - booking.arrival)
    gift = asked.gift if asked.gift and gift_holders.may_pay(told.tx, asked.gift, now=told.now) else None
    return replace(asked, tariff=tariff or booking.tariff, arrival=arrival, departure=departure, promo=None, gift=gift)


def elsewhere(told: Told) -> list[Wish]:
    """At most two other times at which the same stay is free, nearest first, priced now."""
    booking = told.booking
    catalog = catalogs.current(told.tx, now=told.now)
    unit = catalog.unit(booking.unit)
    if unit is None or catalog.tariff(booking.tariff) is None:
        return []
    reach = AROUND + (booking.end - booking.start)
    around = availability.busy(told.tx, unit, booking.start - reach, booking.end + reach, now=told.now)
    if booking.reason == "dates_taken":  # by somebody we do not know of: the calendar shows them free again
        before, after = booking.start - booking.before, booking.end + booking.after
        around = [*around, Busy(booking.start, booking.end, before, after)]
    found = []
    for offer in alternatives(catalog, wish_at(told, booking.arrival), around, told.now):
        arrival = local(from_utc_text(offer["start"]), unit.zone)
        if offer["tariff"] != booking.tariff or arrival == booking.arrival:
            continue
        if (wish := _priced(told, arrival)) is not None:
            found.append(wish)
    return found[:MOST_OFFERED]


def _priced(told: Told, arrival: datetime) -> Wish | None:
    request = wish_at(told, arrival)
    try:
        return Wish(request, quotes.draw_up(told.tx, request, now=told.now).price.total)
    except Refusal:
        return None


def dates_rows(told: Told) -> tuple[tuple[Button, ...], ...]:
    """Other dates as buttons, each with what it costs: pressing keeps them."""
    return tuple((_dates_button(told, wish),) for wish in elsewhere(told))


def _dates_button(told: Told, wish: Wish) -> Button:
    shown = f"{days(told, wish.request)} · {told.amount(wish.total)}"
    label = told.words.plain("expired.button.dates", days=shown)
    return Button(label, data=act("gb", told.booking.code, told.booking.version, _mark(wish.request, wish.total)))


def days(told: Told, request: StayRequest) -> str:
    """`Вс 6 – пн 7`; with hours where they are not those that were booked."""
    words, same = told.words, request.arrival.time() == told.booking.arrival.time()
    if told.is_slot:
        return words.moment(request.arrival)
    month = request.arrival.month != told.booking.arrival.month

    def day(moment: datetime) -> str:
        name = words.day(moment) if month else f"{words.weekday(moment)} {moment.day}"
        return name if same else f"{name} {moment:%H:%M}"

    return capital(f"{day(request.arrival)} – {day(request.departure)}")


def _mark(request: StayRequest, total: int) -> str:
    return f"{request.arrival:{_MOMENT}}-{total}"


@router.callback_query(Acted("gb"))
async def book(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Keep those dates at that price; another price is shown first, taken dates are answered with others."""
    arrival, total = _read_mark(act.arg)

    def piece(tx: Tx) -> None:
        old = theirs(tx, turn, act)
        if old.is_hold and not old.lapsed(turn.now):
            hold.show_present(tx, turn, old)
            return
        request = wish_at(Told(tx, turn.words, turn.now, old), arrival)
        try:
            with tx.attempt():
                if quotes.draw_up(tx, request, now=turn.now).price.total != total:
                    raise Refusal("stale", what="quote")
                _keep(tx, turn, old, request)
        except Refusal as refusal:
            if refusal.code not in {"stale", "dates_taken"}:
                raise
            facts = {"booking": old.id, "arrival": arrival.isoformat(), "code": refusal.code}
            turn.say(tx, "guest.again", facts)

    await turn.write(piece)


def _keep(tx: Tx, turn: Turn, old: Booking, request: StayRequest) -> Booking:
    offered = ways.offered(tx, catalogs.current(tx, now=turn.now))
    return bookings.hold(
        tx,
        request,
        guest_id=old.guest_id,
        contact=old.contact,
        name=old.guest_name,
        answers=old.answers,
        comment=old.comment,
        source="telegram",
        actor=acting(tx, turn),
        method=offered[0] if len(offered) == 1 else None,
        test=old.test,
        now=turn.now,
    )


def _read_mark(arg: str) -> tuple[datetime, int]:
    moment, _, total = arg.partition("-")
    if not (len(moment) == 10 and moment.isdigit() and total.isdigit()):
        raise Refusal("stale")
    try:
        return datetime.strptime(moment, _MOMENT), int(total)  # noqa: DTZ007  local time of the unit
    except ValueError:
        raise Refusal("stale") from None


@texts.renders("guest.again")
def again(scene: Scene) -> Said:
    """Why it could not be kept as the button said, and what can be pressed instead."""
    told = tell(scene)
    arrival = datetime.fromisoformat(scene.facts["arrival"])
    other = (menu_button(told.words, "button.other_dates", "dates"), told.button("gq", "menu.button.ask"))
    wish = _priced(told, arrival)
    if scene.facts["code"] == "stale" and wish is not None:
        when = told.words.span(wish.request.arrival, wish.request.departure)
        text = told.words.t("expired.other_price", when=when, total=told.money(wish.total))
        label = told.words.plain("expired.button.again_for", total=told.money(wish.total))
        yes = Button(label, data=act("gb", told.booking.code, told.booking.version, _mark(wish.request, wish.total)))
        return Said(text, ((yes,), other))
    return Said(told.words.refusal(Refusal(scene.facts["code"])), (*dates_rows(told), other))


def once_more(told: Told) -> tuple[Button, ...]:
    """The same dates at the price they had."""
    mark = f"{told.booking.arrival:{_MOMENT}}-{told.booking.total}"
    return (told.button("gb", "expired.button.again", mark),)


@texts.renders("guest.expired")
def expired(scene: Scene) -> Said:
    """M7a, with what is back on a gift; where the owner did not answer in time it is not the guest who was late."""
    told = tell(scene)
    said = _expired(scene, told)
    return replace(said, text=join("\n", [said.text, *on_gifts(scene, told)]))


def _expired(scene: Scene, told: Told) -> Said:
    booking, words = told.booking, told.words
    if booking.status != "expired":
        raise Refusal("stale")
    ask = told.button("gq", "menu.button.ask")
    if scene.facts.get("was") == "awaiting_owner":
        text = words.t("declined.booking_plain", day=told.day, reason=words.t("declined.reason.no_answer"))
        return Said(text, (*dates_rows(told), (menu_button(words, "button.other_dates", "dates"), ask)))
    other = menu_button(words, "button.other_dates", "dates")
    receipt = told.button("gs", "expired.button.have_receipt")
    return Said(words.t("expired.nothing", day=told.day), (once_more(told), (other, receipt)))
