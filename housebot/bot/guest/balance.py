"""Owns paying the rest of the price of a booked stay: the day it is due, the ways there are, what became of it (UX 6)."""

from aiogram import Router
from aiogram.types import CallbackQuery

from housebot.bot.actions import Act, Acted
from housebot.bot.guest import hold, transfer
from housebot.bot.guest.telling import Told, acting, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.domain import policy
from housebot.services import balances, catalogs, invoices, notices, settings, tasks, ways
from housebot.services.checkouts import Checkout
from housebot.services.ports import Button, Message, Tx
from housebot.words import Html, join

router = Router(name="guest.balance")
texts = Texts()

LABELS = {ways.CARDS: "hold.button.online", ways.TELEGRAM: "hold.button.invoice"}


def button(told: Told) -> tuple[Button, ...]:
    """`💳 Доплатить 400`, where the desk has somebody who collects it."""
    if not ways.providers(told.tx) or not balances.is_owed(told.tx, told.booking):
        return ()
    return (told.button("gz", "balance.button.pay", amount=told.amount(told.rest)),)


@router.callback_query(Acted("gz"))
async def pay(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The one way there is begins at once; where there are two, the guest chooses in the message that lists them."""

    def piece(tx: Tx) -> None:
        booking = theirs(tx, turn, act)
        if not balances.is_owed(tx, booking):
            hold.show_present(tx, turn, booking)
            return
        known = ways.providers(tx)
        chosen = act.arg or (known[0] if len(known) == 1 else "")
        if not chosen:
            balances.asked(tx, booking, now=turn.now)
            return
        order = balances.pay(tx, booking, chosen, actor=acting(tx, turn), now=turn.now)
        if order.provider == ways.TELEGRAM:
            invoices.send(tx, order, booking, now=turn.now)
        elif act.arg:
            notices.balance_changed(tx, booking, now=turn.now)
        else:
            balances.asked(tx, booking, now=turn.now)

    await turn.write(piece)


@texts.renders("guest.balance")
def balance(scene: Scene) -> Message:
    """What is left and how it may be paid; read later it says that it is paid."""
    told = tell(scene)
    booking, words = told.booking, told.words
    if not balances.is_owed(told.tx, booking):
        if booking.status in balances.STANDING:
            return Message(words.t("balance.nothing_left", code=booking.code, span=told.when))
        return Message(words.t("my.line", code=booking.code, span=told.when, status=told.status))
    head = words.t("balance.ask", code=booking.code, span=told.when, rest=told.money(told.rest))
    order = balances.order_of(told.tx, booking)
    if order is not None and order.verdict == "capture":
        return Message(join("\n", [head, words.t("balance.taking")]), ((told.button("gq", "menu.button.ask"),),))
    said, rows = _online(told, order)
    bank = settings.payable_bank(told.tx) if "bank" in _own(told) else None
    if bank is not None:
        said = [
            *said,
            transfer.how(told, told.rest, bank=bank, code=told.booking.code),
            words.t("balance.then_receipt"),
        ]
        rows = [
            *rows,
            transfer.copies(told, told.rest, bank=bank, code=told.booking.code),
            (told.button("gs", "hold.button.receipt"),),
        ]
    if not policy.is_due_before(told.catalog, told.stay):
        said = [*said, words.t("balance.at_arrival")]
    buttons = tuple(row for row in (*rows, (told.button("gq", "menu.button.ask"),)) if row)
    return Message(join("\n", [head, *said]), buttons)


def _online(told: Told, order: Checkout | None) -> tuple[list[Html], list[tuple[Button, ...]]]:
    """The page where it is open, else the ways to open one."""
    words, amount = told.words, told.money(told.rest)
    if order is None or order.provider != ways.CARDS:
        known = ways.providers(told.tx)
        if len(known) == 1:
            return [], [(told.button("gz", "balance.button.pay", known[0], amount=told.amount(told.rest)),)]
        return [], [tuple(told.button("gz", LABELS[one], one) for one in known)]
    if order.confirmation_url is None:
        return [words.t("hold.card_making", amount=amount)], []
    page = Button(words.plain("hold.button.pay", amount=amount), url=order.confirmation_url)
    others = [one for one in ways.providers(told.tx) if one != ways.CARDS]
    return [], [(page,), tuple(told.button("gz", LABELS[one], one) for one in others)]


def _own(told: Told) -> tuple[str, ...]:
    return catalogs.current(told.tx, now=told.now).desk.payment_methods


@texts.renders("guest.balance_came")
def came(scene: Scene) -> Message:
    """Thanks, and what is left after it; for a stay that is off, where the money should go back to."""
    told = tell(scene)
    words, amount = told.words, told.money(int(scene.facts["amount"]))
    if told.booking.status not in balances.STANDING:
        ask, back = told.button("gq", "menu.button.ask"), tasks.find_open(scene.tx, "refund", told.booking.id)
        text = words.t(
            "balance.came_over" if back is None else "balance.came_back", code=told.booking.code, amount=amount
        )
        return Message(text, ((ask,),) if back is None else ((told.button("gh", "declined.button.where"),), (ask,)))
    facts = {"code": told.booking.code, "amount": amount, "rest": told.money(told.rest)}
    return Message(words.t("balance.came" if told.rest else "balance.came_all", **facts))


@texts.renders("guest.balance_receipt")
def receipt(scene: Scene) -> Message:
    """The stay is booked all the same; a person looks."""
    told = tell(scene)
    text = told.words.t("balance.receipt", code=told.booking.code, **told.desk_hours)
    more = told.button("gs", "receipt.button.more")
    return Message(text, ((more, told.button("gq", "menu.button.ask")),))


@texts.renders("guest.balance_refused")
def refused(scene: Scene) -> Message:
    """The money was not seen; the stay is booked all the same."""
    told = tell(scene)
    text = told.words.t("balance.refused", code=told.booking.code, rest=told.money(told.rest))
    return Message(text, ((told.button("gs", "declined.button.again"), told.button("gq", "menu.button.ask")),))
