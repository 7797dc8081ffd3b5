"""Owns paying inside Telegram: the invoice as a message, the answer before the money, the money itself (R47)."""

from aiogram import F, Router
from aiogram.types import Message as Received

from housebot.bot.guest.telling import Told
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, invoice_money, invoices
from housebot.services.ports import Invoice, Message, Tx

router = Router(name="guest.invoices")
texts = Texts()

LONGEST_TITLE, LONGEST_DESCRIPTION = 32, 255  # Telegram's


@texts.renders("guest.invoice")
def invoice(scene: Scene) -> Message:
    """One price, for what it is; nothing once it is not wanted any more."""
    order = invoices.get(scene.tx, int(scene.facts["checkout"]))
    if order is None:
        raise Refusal("stale")
    words = scene.words
    label = words.plain(f"invoice.label.{order.purpose}")
    title = words.plain("invoice.title", what=label, code=order.facts["booking"])
    about = order.facts["description"]
    if order.booking_id is not None:
        told = Told(scene.tx, words, scene.now, bookings.get(scene.tx, order.booking_id))
        about = words.plain("invoice.about", house=told.house, span=told.when, code=told.booking.code)
    asked = Invoice(
        title=title[:LONGEST_TITLE],
        description=about[:LONGEST_DESCRIPTION],
        payload=invoices.payload(order),
        start=invoices.START,
        label=label,
        amount=order.amount,
        currency=order.currency,
    )
    return Message(words.t("invoice.title", what=label, code=order.facts["booking"]), invoice=asked)


def answer_before(turn: Turn) -> str | None:
    """The words of a no to a payment about to be made; None: yes. From one read of the database alone."""
    reason = turn.read(lambda tx: _judged(tx, turn))
    if reason is None:
        return None
    return turn.words.plain(f"precheckout.{reason}")


def _judged(tx: Tx, turn: Turn) -> str | None:
    asked = turn.content
    return invoice_money.judge(
        tx,
        str(asked["invoice_payload"]),
        payer=int(asked["from"]["id"]),
        amount=int(asked["total_amount"]),
        currency=str(asked["currency"]),
        now=turn.now,
    )


def agreed(tx: Tx, turn: Turn) -> None:
    """The yes that was given, remembered."""
    if _judged(tx, turn) is None:
        invoice_money.agreed(tx, str(turn.content["invoice_payload"]), str(turn.content["id"]), now=turn.now)


@router.message(F.successful_payment)
async def paid(message: Received, turn: Turn) -> None:
    """Only this credits."""
    came = message.successful_payment
    assert came is not None

    def piece(tx: Tx) -> None:
        invoice_money.came(
            tx,
            came.invoice_payload,
            came.telegram_payment_charge_id,
            payer=turn.guest(tx),
            amount=came.total_amount,
            currency=came.currency,
            now=turn.now,
        )

    await turn.write(piece)
