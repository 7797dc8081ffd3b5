"""Owns what a guest may do when a booking came to nothing: book once more, take other dates, have the money back (M7, M10; R36)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.guest import hold
from housebot.bot.guest.telling import Told, acting, menu_button, mine, on_gifts, tell, theirs
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
    card_refunds,
    cards,
    catalogs,
    gift_holders,
    gifts,
    late_money,
    outbox,
    payments,
    quotes,
    tasks,
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
WHERE = "where"  # the card of the message that asks where money goes: `where:<booking id>:<press>`
_MOMENT = "%y%m%d%H%M"


# Other dates


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
    shown = f"{_days(told, wish.request)} · {told.amount(wish.total)}"
    label = told.words.plain("expired.button.dates", days=shown)
    return Button(label, data=act("gb", told.booking.code, told.booking.version, _mark(wish.request, wish.total)))


def _days(told: Told, request: StayRequest) -> str:
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


# Time ran out (M7a), late and sold (M7c), not accepted (M10)


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


@texts.renders("guest.late_sold")
def late_sold(scene: Scene) -> Said:
    """M7c: the money is safe, and three ways out work once; afterwards the message says which it was."""
    told = tell(scene)
    words, task = told.words, tasks.get(scene.tx, int(scene.facts["task"]))
    if task.done_at is not None:
        itself = task.payment_id is not None and payments.get(scene.tx, task.payment_id).method == ways.CARDS
        return Said(_chosen(told, str(task.facts.get("chose", "")), card=bool(task.facts.get("card")), itself=itself))
    offers = tuple(
        told.button("go", "expired.button.dates", f"{task.id}-{number}", days=_offered(told, offer))
        for number, offer in enumerate(scene.facts["alternatives"])
    )
    refund = told.button("gj", "expired.button.refund", str(task.id))
    came = "expired.late_sold_card" if task.facts.get("card") else "expired.late_sold"
    text = words.t(came, amount=told.money(int(scene.facts["amount"])))
    short = len(offers) == MOST_OFFERED and sum(len(one.text) for one in offers) <= 36
    rows = (offers,) if short else tuple((one,) for one in offers)
    return Said(text, (*rows, (refund,), (told.button("gq", "menu.button.ask"),)))


def _offered(told: Told, offer: dict[str, str]) -> str:
    zone = told.stay.unit.zone
    arrival, departure = (local(from_utc_text(offer[end]), zone) for end in ("start", "end"))
    request = replace(wish_at(told, arrival), departure=departure)
    days = _days(told, request)
    if offer.get("tariff", told.booking.tariff) == told.booking.tariff:
        return days
    tariff = catalogs.current(told.tx, now=told.now).tariff(offer["tariff"])
    return f"{days} · {told.say(tariff.short or tariff.name)}" if tariff else days


def _chosen(told: Told, chose: str, *, card: bool, itself: bool) -> str:
    kind, _, code = chose.partition(":")
    if kind == "dates":
        return told.words.t("expired.chosen_dates_card" if card else "expired.chosen_dates", code=code)
    if kind == "refund" and itself:
        return told.words.t("expired.chosen_refund_card")
    return told.words.t("expired.chosen", choice=_choice(told, kind))


def _choice(told: Told, kind: str) -> str:
    words = {
        "dates": told.words.t("expired.choice_dates"),
        "gift": told.words.t("expired.choice_gift"),
        "refund": told.words.t("expired.choice_refund"),
    }
    return words[kind.partition(":")[0]]


@router.callback_query(Acted("go", "gj"))
async def choose(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """One of the ways out of M7c; the second press is told what the first one chose."""
    task, _, number = act.arg.partition("-")

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        told, actor = Told(tx, turn.words, turn.now, booking), acting(tx, turn)
        try:
            with tx.attempt():
                if act.action == "go":
                    late_money.choose_dates(tx, _number(task), _number(number), actor=actor, now=turn.now)
                elif late_money.choose_refund(tx, _number(task), actor=actor, now=turn.now) is not None:
                    _ask_where(tx, turn, booking)  # by card it goes back the way it came
        except Refusal as refusal:
            if refusal.code != "already_decided":
                raise
            choice = _choice(told, str(refusal.facts.get("chose") or "refund"))
            turn.toast(turn.words.plain("expired.toast.chosen", choice=choice), alert=True)
        _redraw_choice(tx, turn, booking, _number(task))

    await turn.write(piece)


def _redraw_choice(tx: Tx, turn: Turn, booking: Booking, task: int) -> None:
    found = tasks.get(tx, task)
    outbox.put(
        tx,
        kind="guest.late_sold",
        facts={
            "booking": booking.id,
            "task": task,
            "amount": found.facts["amount"],
            "alternatives": found.facts.get("alternatives", []),
        },
        chat_id=turn.place.chat_id,
        delivery="latest",
        language=turn.language,
        card=f"late:{task}:guest",
        booking_id=booking.id,
        now=turn.now,
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal("stale")
    return int(text)


@texts.renders("guest.gift")
def gift_card(scene: Scene) -> Said:
    """What late money has become: a gift card, its code, and its last day."""
    told, gift = tell(scene), gifts.by_id(scene.tx, int(scene.facts["gift"]))
    until = scene.words.day(gift.valid_until, year=True)
    amount = scene.words.money(gift.amount, gift.currency)
    text = scene.words.t("expired.gift", amount=amount, code=gift.code, until=until)
    return Said(text, ((told.button("gq", "menu.button.ask"),),))


@texts.renders("guest.declined")
def declined(scene: Scene) -> Said:
    """M10: why, what becomes of the money and of a gift, and two other dates."""
    told = tell(scene)
    said = _declined(scene, told)
    return replace(said, text=join("\n", [said.text, *on_gifts(scene, told)]))


def _declined(scene: Scene, told: Told) -> Said:
    words, refund = told.words, scene.facts.get("refund", 0)
    rows = dates_rows(told)
    facts = {"day": told.day, "reason": told.reason(scene.facts["kind"], scene.facts["reason"])}
    ask = (told.button("gq", "menu.button.ask"),)
    by_card = card_refunds.told(scene.tx, told.booking.id, scene.facts)
    if by_card and (refund is None or refund <= by_card):
        plain = words.t("declined.booking_plain", **facts)
        back = words.t("cancel.refund_card", amount=told.money(by_card))
        return Said(join(" ", [plain, back]), (*rows, ask))
    if by_card:
        plain = words.t("declined.booking_plain", **facts)
        back = words.t("cancel.refund_card", amount=told.money(by_card))
        owed = words.t("cancel.refund", amount=told.money(refund - by_card))
        return Said(join(" ", [plain, back, owed]), (*rows, (told.button("gh", "declined.button.where"),), ask))
    if refund != 0:
        where = (told.button("gh", "declined.button.where"),)
        if not rows:
            plain = words.t("declined.booking_plain", **facts)
            owed = words.t("cancel.refund", amount=told.owed(refund))
            return Said(join(" ", [plain, owed]), (where, ask))
        if refund is None:
            return Said(words.t("declined.booking_refund_all", all=told.owed(None), **facts), (*rows, where, ask))
        return Said(words.t("declined.booking_refund", amount=told.money(refund), **facts), (*rows, where, ask))
    if rows:
        return Said(words.t("declined.booking", **facts), (*rows, ask))
    return Said(words.t("declined.booking_plain", **facts), ((menu_button(words, "button.other_dates", "dates"),), ask))


# Money back


@router.callback_query(Acted("gh"))
async def where_to(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks where the money should go, while it is still owed."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if tasks.find_open(tx, "refund", booking.id) is None:
            hold.show_present(tx, turn, booking)
            return
        _ask_where(tx, turn, booking)

    await turn.write(piece)


def _ask_where(tx: Tx, turn: Turn, booking: Booking) -> None:
    outbox.put(
        tx,
        kind="guest.ask_where",
        facts={"booking": booking.id},
        chat_id=turn.place.chat_id,
        priority=outbox.PAYMENT,
        language=turn.language,
        card=f"{WHERE}:{booking.id}:{turn.query_id}",
        booking_id=booking.id,
        now=turn.now,
    )


@texts.renders("guest.ask_where")
def ask_where(scene: Scene) -> Said:
    told = tell(scene)
    task = tasks.find_open(scene.tx, "refund", told.booking.id)
    if task is None:
        raise Refusal("stale")
    amount = told.owed(task.facts["amount"])
    placeholder = scene.words.t("declined.where_placeholder")
    return Said(scene.words.t("declined.ask_where", amount=amount), force_reply=placeholder)


class SaysWhere(BaseFilter):
    """Words in reply to "where should it go"."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.chat is None or not turn.chat.is_private or not message.text or message.text.startswith("/"):
            return False
        return turn.read(lambda tx: _asked_about(tx, turn, message)) is not None


def _asked_about(tx: Tx, turn: Turn, message: Message) -> int | None:
    if message.reply_to_message is None:
        return None
    key = cards.key_of(tx, turn.place.chat_id, message.reply_to_message.message_id) or ""
    name, _, rest = key.partition(":")
    number = int(rest.split(":")[0]) if name == WHERE else 0
    return number if number in {one.id for one in mine(tx, turn)} else None


@router.message(SaysWhere())
async def note_where(message: Message, turn: Turn) -> None:
    """Kept until the refund is done, and then deleted."""

    def piece(tx: Tx) -> None:
        number = _asked_about(tx, turn, message)
        if number is None:
            raise Refusal("not_found")
        tasks.set_where(tx, number, message.text or "", actor=acting(tx, turn), now=turn.now)
        turn.say(tx, "guest.where_noted", {"booking": number})

    await turn.write(piece)


@texts.renders("guest.where_noted")
def where_noted(scene: Scene) -> Said:
    told = tell(scene)
    task = tasks.find_open(scene.tx, "refund", told.booking.id)
    if task is None:
        raise Refusal("stale")
    return Said(scene.words.t("declined.where_noted", amount=told.owed(task.facts["amount"])))


@texts.renders("guest.refund_done")
def refund_done(scene: Scene) -> Said:
    told = tell(scene)
    amount = told.owed(scene.facts["amount"])
    if scene.facts.get("by_card"):
        text = "declined.refund_done_card"
    else:
        text = "declined.refund_done" if scene.facts.get("asked_where", True) else "declined.refund_sent"
    return Said(scene.words.t(text, amount=amount, code=told.booking.code))


@texts.renders("guest.card_let_go")
def card_let_go(scene: Scene) -> Said:
    """The bank said yes too late: nothing was taken, and there are other dates."""
    told = tell(scene)
    words, amount = told.words, told.money(int(scene.facts["amount"]))
    ask = told.button("gq", "menu.button.ask")
    if told.booking.status != "expired":
        return Said(words.t("expired.card_let_go_over", amount=amount, code=told.booking.code), ((ask,),))
    text = words.t("expired.card_let_go", amount=amount, day=told.day)
    return Said(text, (*dates_rows(told), (menu_button(words, "button.other_dates", "dates"), ask)))
