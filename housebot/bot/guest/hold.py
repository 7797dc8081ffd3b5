"""Owns the guest's hold: the live card that says how to pay and until when, the call before its end, more time, letting go (M4, M5)."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import transfer
from housebot.bot.guest.telling import Told, acting, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, checkouts, invoices, outbox, quotes, settings, ways
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Message, Tx
from housebot.words import clock_time, join

router = Router(name="guest.hold")
texts = Texts()

WAYS = {
    "bank": "hold.button.bank",
    "cash": "hold.button.cash",
    ways.CARDS: "hold.button.online",
    ways.TELEGRAM: "hold.button.invoice",
}

Rows = tuple[tuple[Button, ...], ...]


# What is shown


@texts.renders("guest.hold")
def card(scene: Scene) -> Message:
    """M4, or whatever has become of it: a live card never asks for what is no longer wanted."""
    told = tell(scene)
    said = message(told)
    if scene.facts.get("approved") and told.waits_for_money:
        return Message(join("\n", [scene.words.t("hold.approved"), said.text]), said.buttons)
    return said


def message(told: Told) -> Message:
    """The card of a booking on its way: to be paid, being checked, or over."""
    booking, words = told.booking, told.words
    if booking.status == "expired" or booking.lapsed(told.now):
        return Message(words.t("expired.card", code=booking.code, span=told.when))
    if booking.under_review:
        return Message(words.t("receipt.card", code=booking.code, span=told.when), checking_buttons(told))
    if not booking.is_hold:
        return Message(words.t("my.line", code=booking.code, span=told.when, status=told.status))
    if booking.status == "awaiting_owner":
        return _waiting_for_owner(told)
    return _to_pay(told)


def _to_pay(told: Told) -> Message:
    if told.booking.payment_method == ways.CARDS:
        return _by_card(told)
    if told.booking.payment_method == ways.TELEGRAM:
        return _by_invoice(told)
    words, bank = told.words, settings.payable_bank(told.tx)
    own, online = _ways(told), _online(told)
    undecided = told.booking.status == "held" or told.booking.payment_method is None
    if undecided and (len(own) > 1 or "bank" not in own):
        text = join("\n", [_kept_until(told), words.t("hold.choose_way")])
        return Message(text, tuple(row for row in (_choose(told, own), online, _last_row(told)) if row))
    lines = [
        _kept_until(told),
        transfer.how(told, told.to_pay_now, bank=bank, code=told.booking.code),
        words.t("hold.then_receipt"),
        _refund_words(told),
    ]
    copies = transfer.copies(told, told.to_pay_now, bank=bank, code=told.booking.code)
    send = (told.button("gs", "hold.button.receipt"),)
    return Message(join("\n", lines), tuple(row for row in (copies, send, online, _last_row(told)) if row))


def _by_card(told: Told) -> Message:
    """The page of the provider as a link; while the money is being taken there is nothing to press but a question."""
    words, order = told.words, checkouts.current(told.tx, told.booking.id)
    amount = told.money(told.to_pay_now if order is None else order.amount)
    if order is not None and order.verdict == "capture":
        taking = words.t("hold.card_taking", code=told.booking.code, span=told.when, amount=amount)
        return Message(taking, ((told.button("gq", "hold.button.ask"),),))
    url = order.confirmation_url if order is not None else None
    page = words.t("hold.card_making" if url is None else "hold.card_pay", amount=amount)
    pay = () if url is None else (Button(words.plain("hold.button.pay", amount=amount), url=url),)
    lines = [_kept_until(told), page, _refund_words(told)]
    invoice = (ways.TELEGRAM,) if ways.TELEGRAM in ways.providers(told.tx) else ()
    rows = (pay, _choose(told, invoice), _choose(told, _ways(told)), _last_row(told))
    return Message(join("\n", lines), tuple(row for row in rows if row))


def _by_invoice(told: Told) -> Message:
    """The invoice is a message of its own; here are the other ways, and the same one once more."""
    words, order = told.words, invoices.current(told.tx, told.booking)
    amount = told.money(told.to_pay_now if order is None else order.amount)
    lines = [_kept_until(told), words.t("hold.invoice_sent", amount=amount), _refund_words(told)]
    again = (told.button("gp", "hold.button.invoice_again", ways.TELEGRAM),)
    cards = (ways.CARDS,) if ways.takes_cards(told.tx) else ()
    rows = (again, _choose(told, cards), _choose(told, _ways(told)), _last_row(told))
    return Message(join("\n", lines), tuple(row for row in rows if row))


def _choose(told: Told, own: tuple[str, ...]) -> tuple[Button, ...]:
    return tuple(told.button("gp", WAYS[way], way) for way in own)


def _online(told: Told) -> tuple[Button, ...]:
    """Only where somebody collects for the desk and something is to be paid now."""
    return _choose(told, ways.providers(told.tx)) if told.to_pay_now else ()


def _waiting_for_owner(told: Told) -> Message:
    words, booking = told.words, told.booking
    cash = words.t("hold.cash", amount=told.money(told.rest)) if booking.payment_method == "cash" else ""
    lines = [_kept_until(told), cash, words.t("hold.waiting_owner", **told.desk_hours)]
    return Message(join("\n", lines), (_last_row(told),))


def _kept_until(told: Told) -> str:
    """The end as a clock time; the minutes left say when they were counted, so that the card is true at any later minute."""
    booking, words = told.booking, told.words
    until = booking.hold_expires_at
    assert until is not None, "a hold has an end"
    return words.t(
        "hold.card",
        deadline=told.deadline(until),
        left=words.t("hold.left_at", left=words.left(told.minutes_until(until)), at=clock_time(told.local(told.now))),
        code=booking.code,
        span=told.when,
    )


def _ways(told: Told) -> tuple[str, ...]:
    return catalogs.current(told.tx, now=told.now).desk.payment_methods


def _refund_words(told: Told) -> str:
    """What happens to the money stands before the payment, as it was shown with the price."""
    policy = quotes.load(told.tx, told.booking.quote_id).policy
    return told.say(policy.get("words", {}))


def _last_row(told: Told) -> tuple[Button, ...]:
    return told.button("gq", "hold.button.ask"), told.button("gr", "hold.button.release")


def checking_buttons(told: Told) -> Rows:
    """While a receipt is looked at (M6)."""
    more, ask = told.button("gs", "receipt.button.more"), told.button("gq", "menu.button.ask")
    return (more, ask), (told.button("gm", "receipt.button.mine"),)


@texts.renders("guest.last_call")
def last_call(scene: Scene) -> Message:
    """M5; nothing when the clock has stopped or run out meanwhile."""
    told = tell(scene)
    booking, words = told.booking, told.words
    if not told.waits_for_money or booking.lapsed(scene.now) or booking.hold_expires_at is None:
        raise Refusal("stale")
    until = booking.hold_expires_at
    minutes, more_minutes = told.minutes_until(until), told.catalog.holds.extension
    facts = {"left": words.n("hold.minutes", minutes), "time": told.hour(until), "day": told.day}
    extension = words.n("hold.minutes", more_minutes)
    rest: Rows = (
        (told.button("gs", "hold.button.receipt"),),
        (told.button("gr", "hold.button.release_short"),),
    )
    if booking.hold_extended:
        return Message(words.t("hold.ten_left_last", **facts), rest)
    more = (told.button("gx", "hold.button.extend", length=words.duration(more_minutes)),)
    return Message(words.t("hold.ten_left", extension=extension, **facts), (more, *rest))


@texts.renders("guest.card_failed")
def card_failed(scene: Scene) -> Message:
    """Nothing was charged; once more, or another way."""
    told = tell(scene)
    until = told.booking.hold_expires_at
    if not told.waits_for_money or told.booking.payment_method in ways.PROVIDERS or until is None or until <= scene.now:
        raise Refusal("stale")
    rows = (_online(told), _choose(told, _ways(told)), (told.button("gq", "hold.button.ask"),))
    return Message(scene.words.t("hold.card_failed", deadline=told.deadline(until)), tuple(row for row in rows if row))


@texts.renders("guest.extended")
def extended(scene: Scene) -> Message:
    told = tell(scene)
    until = told.booking.hold_expires_at
    if not told.waits_for_money or until is None:
        raise Refusal("stale")
    send = (told.button("gs", "hold.button.receipt"),)
    return Message(scene.words.t("hold.extended", deadline=told.deadline(until)), (send,))


@texts.renders("guest.release")
def releaseask_release(scene: Scene) -> Message:
    """Asked once more before dates go; afterwards the same message says how it ended."""
    told = tell(scene)
    booking, words = told.booking, told.words
    if not booking.is_hold or booking.lapsed(scene.now) or booking.under_review:
        return Message(words.t("my.line", code=booking.code, span=told.when, status=told.status))
    if scene.facts.get("kept"):
        return Message(words.t("hold.kept", code=booking.code))
    yes = told.button("gy", "hold.button.release_yes")
    no = told.button("gn", "hold.button.release_no")
    return Message(words.t("hold.release_ask", span=told.when), ((yes,), (no,)))


# What is pressed


@router.callback_query(Acted("gp"))
async def pay(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The way to pay; the card turns to it."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        before = invoices.current(tx, booking)
        booking = bookings.choose_payment(tx, booking.id, act.arg, actor=acting(tx, turn), now=turn.now)
        if act.arg == ways.TELEGRAM and before is not None and before == invoices.current(tx, booking):
            invoices.send(tx, before, booking, now=turn.now)  # asked for once more

    await turn.write(piece)


@router.callback_query(Acted("gx"))
async def more_time(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """ "I am paying": half an hour, once; who presses again is told kindly."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        try:
            with tx.attempt():
                booking = bookings.extend(tx, booking.id, actor=acting(tx, turn), now=turn.now)
        except Refusal as refusal:
            if refusal.code != "stale":
                raise
            _no_more_time(tx, turn, booking, str(refusal.facts.get("reason", "")))
            return
        told = Told(tx, turn.words, turn.now, booking)
        assert booking.hold_expires_at is not None
        turn.toast(turn.words.plain("hold.toast.extended", deadline=told.deadline(booking.hold_expires_at)))
        turn.say(tx, "guest.extended", {"booking": booking.id})

    await turn.write(piece)


def _no_more_time(tx: Tx, turn: Turn, booking: Booking, reason: str) -> None:
    words = turn.words
    if reason == "extended_once":
        turn.toast(words.plain("hold.toast.extended_once"), alert=True)
    elif reason == "too_early" and booking.hold_expires_at is not None:
        deadline = Told(tx, words, turn.now, booking).deadline(booking.hold_expires_at)
        turn.toast(words.plain("hold.toast.too_early", deadline=deadline), alert=True)
    else:
        show_present(tx, turn, booking)


@router.callback_query(Acted("gr"))
async def release(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Asks before anything is let go."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if not booking.is_hold or booking.lapsed(turn.now) or booking.under_review:
            show_present(tx, turn, booking)
            return
        ask_release(tx, turn, booking, ring=True)

    await turn.write(piece)


@router.callback_query(Acted("gy"))
async def release_yes(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The dates go; a second yes finds them gone and says so."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if not booking.is_hold or booking.lapsed(turn.now) or booking.under_review or booking.version != act.version:
            ask_release(tx, turn, booking)
            show_present(tx, turn, booking)
            return
        booking = bookings.release(tx, booking.id, actor=acting(tx, turn), now=turn.now)
        ask_release(tx, turn, booking)

    await turn.write(piece)


@router.callback_query(Acted("gn"))
async def release_no(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """Nothing happened."""
    await turn.write(lambda tx: ask_release(tx, turn, theirs(tx, turn, act), kept=True))


def ask_release(tx: Tx, turn: Turn, booking: Booking, *, ring: bool = False, kept: bool = False) -> None:
    """The question before dates go, or the same message with how it ended."""
    outbox.put(
        tx,
        kind="guest.release",
        facts={"booking": booking.id} | ({"ring": True} if ring else {}) | ({"kept": True} if kept else {}),
        chat_id=turn.place.chat_id,
        language=turn.language,
        card=f"release:{booking.id}:guest",
        booking_id=booking.id,
        now=turn.now,
    )


def show_present(tx: Tx, turn: Turn, booking: Booking) -> None:
    """The answer to an old button: that it is old, and how things stand."""
    turn.toast(turn.words.plain("toast.stale"))
    turn.screen(tx, "booking", {"booking": booking.id}, ring=True)
