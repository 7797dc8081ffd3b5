"""Owns the card on which staff judge a receipt for the rest of the price: it came, another sum came, it did not (R46)."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, handed, prompts
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import actor_of, leader, name_of
from housebot.bot.staff.prompts import Answered
from housebot.bot.turn import Turn
from housebot.domain.money import parse_amount
from housebot.domain.period import from_utc_text
from housebot.errors import Refusal
from housebot.services import balances, bookings, outbox, payments, ports, receipts
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.words import Html, join

router = Router(name="staff.balance")
texts = Texts()

PURPOSE = "balance_sum"
Rows = tuple[tuple[Button, ...], ...]


@router.callback_query(Acted("sj"))
async def judge(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The sum stands on the button, so it comes from the button; the second who presses is told who was first.

    `hand` is money without a receipt, which the opened booking asks about (`handed`).
    """

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, act.code)
        what, _, amount = act.arg.partition(":")
        try:
            with tx.attempt():
                if what == handed.VERB:
                    handed.pressed(tx, turn, booking, amount, actor=actor)
                elif what == "other":
                    _ask_sum(tx, turn, booking)
                elif what == "back":
                    _show(tx, turn, booking)
                elif what == "no":
                    balances.refuse(tx, booking.id, actor=actor, now=turn.now)
                else:
                    twice, received = what == "sure", _number(amount)
                    balances.accept(tx, booking.id, received, twice=twice, actor=actor, now=turn.now)
        except Refusal as refusal:
            _answer(tx, turn, booking, refusal, received=amount)

    await turn.write(piece)


def _answer(tx: Tx, turn: Turn, booking: Booking, refusal: Refusal, *, received: str) -> None:
    if refusal.facts.get("ask_again"):
        _show(tx, turn, booking, sure=_number(received))
    elif refusal.code == "already_decided" and refusal.facts.get("by"):
        lines = Lines(tx, turn.words, booking, bookings.catalog_of(tx, booking), turn.now)
        time = lines.clock(from_utc_text(refusal.facts["at"]))
        who = name_of(tx, str(refusal.facts["by"]))
        turn.toast(turn.words.plain("owner.toast.first", staff=who, time=time), alert=True)
        _show(tx, turn, booking)
    else:
        turn.explain(tx, refusal)


def _ask_sum(tx: Tx, turn: Turn, booking: Booking) -> None:
    if not balances.open_files(tx, booking):
        raise Refusal("stale", booking=booking.code)
    rest = turn.words.amount(payments.balance(tx, booking), booking.currency)
    prompts.ask(tx, turn, PURPOSE, {"booking": booking.id}, show={"code": booking.code, "amount": rest})


@router.message(Answered(PURPOSE, loose=True))
async def sum_typed(message: Message, turn: Turn, asked: dict[str, int]) -> None:
    """What is no sum is asked for again; more than is owed is asked once more, on the card."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        booking = bookings.get(tx, asked["booking"])
        try:
            received = parse_amount(message.text or "", booking.currency)
            if received <= 0:
                raise Refusal("amount_invalid", reason="nothing_balance")
        except Refusal as refusal:
            turn.explain(tx, refusal)
            _ask_sum(tx, turn, booking)
            return
        prompts.close(turn)
        try:
            with tx.attempt():
                balances.accept(tx, booking.id, received, actor=actor, now=turn.now)
        except Refusal as refusal:
            if refusal.facts.get("ask_again"):
                turn.say(tx, "staff.balance", {"booking": booking.id, "sure": received})
                return
            if refusal.code != "already_decided":
                raise
        turn.say(tx, "staff.balance", {"booking": booking.id})

    await turn.write(piece)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal("stale")
    return int(text)


def _show(tx: Tx, turn: Turn, booking: Booking, *, sure: int | None = None) -> None:
    """The pressed card as things stand, or asking once more; nothing rings."""
    assert turn.chat is not None
    outbox.put(
        tx,
        kind="staff.balance",
        facts={"booking": booking.id} | ({} if sure is None else {"sure": sure}),
        chat_id=turn.chat.id,
        thread_id=turn.thread_id,
        delivery="latest",
        priority=outbox.ALERT,
        language=turn.language,
        silent=True,
        card=balances.staff_card(booking),
        booking_id=booking.id,
        now=turn.now,
    )


@texts.renders("staff.balance")
def card(scene: Scene) -> ports.Message:
    """The receipt is its picture; afterwards it says who decided what."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    words, booking, files = scene.words, lines.booking, balances.open_files(scene.tx, lines.booking)
    known = files or receipts.of_booking(scene.tx, booking.id)
    pictures = cards.pictures_of(known)
    if not files or scene.facts.get("older"):
        return ports.Message(_decided(lines), cards.talk_row(lines, opens=True), pictures=pictures)
    rest = payments.balance(scene.tx, booking)
    head = words.t("owner.balance", code=booking.code, rest=lines.money(rest))
    lines_said = [head, lines.stay(), lines.who(), *cards.warnings(lines)]
    if (sure := scene.facts.get("sure")) is not None:
        asked, rows = _sure(lines, int(sure), rest)
        return ports.Message(join("\n", [*lines_said, asked]), rows, pictures=pictures)
    return ports.Message(
        join("\n", lines_said), (*_buttons(lines, rest), *cards.talk_row(lines, opens=True)), pictures=pictures
    )


def _buttons(lines: Lines, rest: int) -> Rows:
    words = lines.words
    other = _button(lines, words.plain("owner.button.other_sum"), "other")
    refuse = _button(lines, words.plain("owner.button.balance_no"), "no")
    if not rest:  # paid another way meanwhile, or the stay costs less
        return ((other, refuse),)
    came = words.plain("owner.button.balance_came", amount=lines.amount(rest))
    return (_button(lines, came, f"came:{rest}"),), (other, refuse)


def _sure(lines: Lines, received: int, rest: int) -> tuple[Html, Rows]:
    words = lines.words
    asked = Html()
    if received > rest:
        facts = {"amount": lines.money(received), "rest": lines.amount(rest), "extra": lines.amount(received - rest)}
        asked = words.t("owner.balance_over", **facts)
    yes = words.plain("owner.button.balance_sure", amount=lines.amount(received))
    back = _button(lines, words.plain("button.back"), "back")
    return asked, ((_button(lines, yes, f"sure:{received}"),), (back,))


def _button(lines: Lines, label: str, arg: str) -> Button:
    return Button(label, act("sj", lines.booking.code, lines.booking.version, arg))


def _decided(lines: Lines) -> Html:
    entry = balances.decision(lines.tx, lines.booking)
    if entry is None:
        return lines.stay()
    facts = {"code": lines.booking.code, "staff": name_of(lines.tx, entry.actor), "time": lines.clock(entry.at)}
    if entry.action == balances.REFUSED:
        return lines.words.t("owner.balance_refused", **facts)
    return lines.words.t("owner.balance_accepted", amount=lines.money(int(entry.after["amount"])), **facts)


@texts.renders("staff.balance_came")
def came(scene: Scene) -> ports.Message:
    """A provider has collected it: nothing to do."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    amount, rest = lines.money(int(scene.facts["amount"])), lines.amount(payments.balance(scene.tx, lines.booking))
    facts = {"code": lines.booking.code, "amount": amount, "rest": rest}
    return ports.Message(scene.words.t("owner.balance_came", **facts), cards.talk_row(lines, opens=True))
