"""Owns the desk's offer to a guest: other dates, another price, or both; shown as the guest will read it, then sent (M9, UX 2b)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import proposal as guest_card
from housebot.bot.guest.telling import Told
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, prompts
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import actor_of, leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.staff.waiting import may_offer, offer_button, offer_data
from housebot.bot.turn import Turn
from housebot.domain import proposal as rules
from housebot.domain.alternatives import alternatives
from housebot.domain.money import parse_amount
from housebot.domain.period import from_utc_text, local
from housebot.domain.phrases import understand
from housebot.errors import Refusal
from housebot.services import (
    addressing,
    availability,
    bookings,
    catalogs,
    outbox,
    ports,
    proposal_answers,
    proposals,
    proposed,
    quotes,
)
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.services.differences import Difference
from housebot.services.ports import SYSTEM, Actor, Button, Tx
from housebot.words import Html, capital, translator

KEPT = "offer"  # what this person is putting together in this chat
LONGEST_REASON = 300
AROUND = timedelta(days=46)
LOOKS = Actor("staff", SYSTEM.id, SYSTEM.name, "telegram", "owner")  # for a price that is only shown

router = Router(name="staff.offering")
texts = Texts()

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is being put together; JSON as the conversation keeps it."""

    booking: int
    arrival: str | None = None  # local
    departure: str | None = None
    price: int | None = None
    reason: str = ""

    @property
    def change(self) -> Change:
        ends = [None if end is None else datetime.fromisoformat(end) for end in (self.arrival, self.departure)]
        return Change(arrival=ends[0], departure=ends[1])

    def json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("booking", "arrival", "departure", "price", "reason")}


# What is pressed


@router.callback_query(Acted("sm"))
async def step(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """A button of an offer; one drawn before the booking changed is answered with how it stands, and sends nothing."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        if act.arg == "no":
            _forget(turn)
            _show(tx, turn, booking, {"step": "dropped"})
        elif act.version != booking.version or not may_offer(_lines(tx, turn, booking)):
            turn.toast(turn.words.plain("toast.stale"))
            _as_it_is(tx, turn, booking)
        elif act.arg == "dates":
            _keep(turn, Offer(booking.id))
            _show(tx, turn, booking, {"step": "dates"}, ring=True)
        elif act.arg == "typed":
            prompts.ask(tx, turn, "offer_dates", _asked(booking), show={"code": booking.code})
        elif act.arg == "price":
            _ask_price(tx, turn, booking)
        elif act.arg == "back":
            proposal_answers.withdraw(tx, booking, actor=actor, now=turn.now)
            turn.toast(turn.words.plain("offer.toast.taken_back"))
            _as_it_is(tx, turn, bookings.get(tx, booking.id))
        elif act.arg == "send":
            _send(tx, turn, booking, actor)
        elif act.arg[:1] == "d":
            arrival = _moment(act.arg[1:])
            _preview(tx, turn, booking, replace(_offer(turn, booking), arrival=arrival.isoformat(), departure=None))
        else:
            raise Refusal("stale")

    await turn.write(piece)


@router.message(Answered("offer_dates", loose=True))
async def dates_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """`13.12`, `13.12 в 18`, `13–15 декабря`: what is not said stays; what is no date is asked for again."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = _still(tx, asked)
        offer = _read_dates(tx, turn, booking, message.text or "")
        if offer is None:
            turn.say(tx, "staff.offer_no_date")
            prompts.ask(tx, turn, "offer_dates", asked, show={"code": booking.code})
            return
        prompts.close(turn)
        _preview(tx, turn, booking, offer, ring=True)

    await turn.write(piece)


@router.message(Answered("offer_price", loose=True))
async def price_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = _still(tx, asked)
        try:
            price = parse_amount(message.text or "", booking.currency)
            if price < 0:
                raise Refusal("amount_invalid", value=str(price))
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_price(tx, turn, booking)
            return
        _keep(turn, replace(_offer(turn, booking), price=price))
        prompts.ask(tx, turn, "offer_reason", asked, show={"code": booking.code})

    await turn.write(piece)


@router.message(Answered("offer_reason", loose=True))
async def reason_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """The guest reads it, so it is never empty."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        booking = _still(tx, asked)
        reason = (message.text or "").strip()
        if not reason:
            raise Refusal("invalid", reason="reason_missing")
        if len(reason) > LONGEST_REASON:
            raise Refusal("invalid", reason="too_long", most=LONGEST_REASON)
        prompts.close(turn)
        _preview(tx, turn, booking, replace(_offer(turn, booking), reason=reason), ring=True)

    await turn.write(piece)


def _ask_price(tx: Tx, turn: Turn, booking: Booking) -> None:
    _keep(turn, replace(_offer(turn, booking), price=None, reason=""))
    amount = turn.words.amount(booking.total, booking.currency)
    prompts.ask(tx, turn, "offer_price", _asked(booking), show={"code": booking.code, "amount": amount})


def _asked(booking: Booking) -> dict[str, int]:
    return {"booking": booking.id, "version": booking.version}


def _still(tx: Tx, asked: Mapping[str, int]) -> Booking:
    """The booking the question was about, if it is as it was then."""
    booking = bookings.get(tx, asked["booking"])
    if booking.version != asked["version"]:
        raise Refusal("stale", booking=booking.code)
    return booking


def _preview(tx: Tx, turn: Turn, booking: Booking, offer: Offer, *, ring: bool = False) -> None:
    """Judged now, so that what cannot be offered is told before it is sent."""
    _judge(tx, booking, offer, now=turn.now)
    _keep(turn, offer)
    _show(tx, turn, booking, {"step": "preview", "offer": offer.json()}, ring=ring)


def _judge(tx: Tx, booking: Booking, offer: Offer, *, now: datetime) -> Difference:
    """`too_soon` where no time is left to answer, as it would be when it is sent."""
    found = proposals.preview(tx, booking, offer.change, price=offer.price, reason=offer.reason, actor=LOOKS, now=now)
    _until(tx, booking, found, now=now)
    return found


def _until(tx: Tx, booking: Booking, difference: Difference, *, now: datetime) -> datetime:
    holds = catalogs.version(tx, difference.now.catalog_version).holds
    check_in = min(booking.start, difference.now.stay.start)
    return rules.waits_until(holds, awaits="guest", check_in=check_in, now=now)


def _send(tx: Tx, turn: Turn, booking: Booking, actor: Actor) -> None:
    offer = _offer(turn, booking)
    if offer == Offer(booking.id):
        raise Refusal("stale")
    proposals.propose(
        tx,
        booking,
        offer.change,
        awaits="guest",
        price=offer.price,
        reason=offer.reason,
        actor=actor,
        now=turn.now,
    )
    _forget(turn)
    _show(tx, turn, booking, {"step": "sent"})
    _as_it_is(tx, turn, bookings.get(tx, booking.id), here=False)


def _read_dates(tx: Tx, turn: Turn, booking: Booking, text: str) -> Offer | None:
    lines = _lines(tx, turn, booking)
    today = lines.local(turn.now)
    said = understand(text, catalogs.current(tx, now=turn.now), today=today.date(), now_local=today)
    if said.day is None and said.time is None:
        return None
    arrival = datetime.combine(said.day or booking.arrival.date(), said.time or booking.arrival.time())
    departure = None
    if said.until is not None or said.leave is not None:
        day = said.until or arrival.date() + (booking.departure.date() - booking.arrival.date())
        departure = datetime.combine(day, said.leave or booking.departure.time())
    elif said.hours or said.whole_days:
        departure = arrival + timedelta(hours=said.hours or 0, days=said.whole_days or 0)
    elif said.nights:
        departure = datetime.combine(arrival.date() + timedelta(days=said.nights), booking.departure.time())
    kept = _offer(turn, booking)
    return replace(kept, arrival=arrival.isoformat(), departure=None if departure is None else departure.isoformat())


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%y%m%d%H%M")  # noqa: DTZ007  local time of the unit
    except ValueError:
        raise Refusal("stale") from None


def _offer(turn: Turn, booking: Booking) -> Offer:
    kept = turn.data.get(KEPT) or {}
    return Offer(**kept) if kept.get("booking") == booking.id else Offer(booking.id)


def _keep(turn: Turn, offer: Offer) -> None:
    turn.set_data(turn.data | {KEPT: offer.json()})


def _forget(turn: Turn) -> None:
    turn.set_data({name: value for name, value in turn.data.items() if name != KEPT})


def _show(tx: Tx, turn: Turn, booking: Booking, facts: Mapping[str, Any], *, ring: bool = False) -> None:
    """The message of this person's offer in this chat: sent anew, or edited where it stands."""
    assert turn.chat is not None
    assert turn.user is not None
    outbox.put(
        tx,
        kind="staff.offer",
        facts={"booking": booking.id, **facts, **({"ring": True} if ring else {})},
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        language=turn.language,
        silent=True,
        card=f"offer:{booking.id}:{turn.user.id}",
        booking_id=booking.id,
        now=turn.now,
    )


def _as_it_is(tx: Tx, turn: Turn, booking: Booking, *, here: bool = True) -> None:
    """The card that was pressed, or both kinds of it where they stand in this chat."""
    pressed = cards.card_pressed(tx, turn) if here else None
    if pressed is not None and pressed.startswith("offer:"):
        _show(tx, turn, booking, {"step": "stale"})
    elif here:
        cards.show(tx, turn, booking)
    else:
        cards.refresh(tx, turn, booking)


def _lines(tx: Tx, turn: Turn, booking: Booking) -> Lines:
    return Lines(tx, turn.words, booking, bookings.catalog_of(tx, booking), turn.now)


# What is shown


@texts.renders("staff.offer")
def offer(scene: Scene) -> ports.Message:
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    match scene.facts["step"]:
        case "dates":
            return _dates(lines)
        case "preview":
            return _shown(lines, Offer(**scene.facts["offer"]))
        case "sent":
            return _sent(lines)
        case "dropped":
            return ports.Message(lines.words.t("offer.dropped", code=lines.booking.code))
        case _:
            text = lines.words.t("offer.stale", code=lines.booking.code)
            return ports.Message(text, cards.talk_row(lines, opens=True))


def _dates(lines: Lines) -> ports.Message:
    """The nearest free ones as buttons; any other is typed."""
    words = lines.words
    near = [
        (Button(f"{capital(words.moment(at))} · {lines.amount(total)}", offer_data(lines, f"d{at:%y%m%d%H%M}")),)
        for at, total in nearest(lines)
    ]
    rows: Rows = (
        *near,
        (offer_button(lines, "offer.button.typed", "typed"),),
        (offer_button(lines, "offer.button.no", "no"),),
    )
    key = "offer.which_dates" if near else "offer.no_dates_near"
    return ports.Message(words.t(key, code=lines.booking.code, stay=lines.stay()), rows)


def nearest(lines: Lines) -> list[tuple[datetime, int]]:
    """Other arrivals at which the same stay is free, with what it would cost; local times, nearest first."""
    tx, booking, now = lines.tx, lines.booking, lines.now
    catalog = catalogs.current(tx, now=now)
    unit = catalog.unit(booking.unit)
    if unit is None or catalog.tariff(booking.tariff) is None:
        return []
    reach = AROUND + (booking.end - booking.start)
    around = availability.busy(tx, unit, booking.start - reach, booking.end + reach, now=now)
    asked = quotes.load(tx, booking.quote_id).request
    wish = replace(
        asked, unit=booking.unit, tariff=booking.tariff, arrival=booking.arrival, departure=booking.departure
    )
    found = []
    for one in alternatives(catalog, replace(wish, promo=None, gift=None), around, now):
        arrival = local(from_utc_text(one["start"]), unit.zone)
        if one["tariff"] != booking.tariff or arrival == booking.arrival:
            continue
        try:
            difference = _judge(tx, booking, Offer(booking.id, arrival=arrival.isoformat()), now=now)
        except Refusal:
            continue
        found.append((arrival, difference.now.price.total))
    return found


def _shown(lines: Lines, offer: Offer) -> ports.Message:
    """The very text, in the guest's language, with the end it would have if it were sent now."""
    words = lines.words
    try:
        difference = _judge(lines.tx, lines.booking, offer, now=lines.now)
    except Refusal as refusal:
        return ports.Message(words.refusal(refusal), cards.talk_row(lines, opens=True))
    text = words.t("owner.decline_preview", text=_as_guest_reads(lines, offer, difference))
    send = offer_button(lines, "owner.button.send", "send")
    other = offer_button(lines, "offer.button.other_dates", "typed"), offer_button(lines, "offer.button.price", "price")
    return ports.Message(text, ((send,), other, (offer_button(lines, "offer.button.no", "no"),)))


def _as_guest_reads(lines: Lines, offer: Offer, difference: Difference) -> Html:
    tx, booking = lines.tx, lines.booking
    chat = addressing.guest_chat(tx, booking)
    told = Told(tx, translator(chat[1] if chat else booking.language), lines.now, booking)
    until = _until(tx, booking, difference, now=lines.now)
    return guest_card.offer_text(told, difference, until=told.deadline(until), reason=offer.reason)


def _sent(lines: Lines) -> ports.Message:
    one = proposed.open_of(lines.tx, lines.booking.id)
    if one is None:
        return ports.Message(lines.words.t("offer.stale", code=lines.booking.code), cards.talk_row(lines, opens=True))
    text = lines.words.t("offer.sent", code=lines.booking.code, until=lines.clock(one.expires_at))
    take_back = (offer_button(lines, "offer.button.take_back", "back"),)
    return ports.Message(text, (take_back, *cards.talk_row(lines, opens=True)))


@texts.renders("staff.offer_no_date")
def no_date(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("offer.no_date"))
