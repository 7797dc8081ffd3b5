"""Owns the rows that staff add to the ledger: money that came or went back, corrections; nothing in it is ever changed (R44)."""

from housebot.services import bookings, bookkeeping, chargebacks, payments
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.operation import Answer, Call, Operation
from housebot.web.api.payments import BACK, BOOKED, Adjustment, Back, Booked, Received, Refund
from housebot.web.api.serving import PREFIX
from housebot.web.api.shapes import ById, SignedSum, Sum


def record(tx: Tx, call: Call) -> Answer:
    """Write down money that came."""
    body: Received = call.body
    booking_id, amount = _of_booking(tx, body.booking_id, body.amount)
    row = bookkeeping.record(
        tx,
        booking_id,
        amount,
        method=body.method,
        comment=body.comment,
        twice=body.twice,
        actor=call.actor,
        now=call.now,
    )
    return _made(tx, row)


def adjust(tx: Tx, call: Call) -> Answer:
    """Correct the ledger."""
    body: Adjustment = call.body
    booking_id, amount = _of_booking(tx, body.booking_id, body.amount)
    row = bookkeeping.adjust(
        tx,
        booking_id,
        amount,
        reason=body.reason,
        method=body.method,
        twice=body.twice,
        actor=call.actor,
        now=call.now,
    )
    return _made(tx, row)


def refund(tx: Tx, call: Call) -> Answer:
    """Send some of a payment back, or write down that it has gone."""
    body: Refund = call.body
    amount = _of_payment(tx, call.path.id, body.amount)
    row = bookkeeping.refund(
        tx, call.path.id, amount, reason=body.reason, by_hand=body.by_hand, actor=call.actor, now=call.now
    )
    return _made(tx, row)


def chargeback(tx: Tx, call: Call) -> Answer:
    """Write down what the payer's bank has taken back."""
    body: Back = call.body
    amount = _of_payment(tx, call.path.id, body.amount)
    row = chargebacks.record(tx, call.path.id, amount, reason=body.reason, actor=call.actor, now=call.now)
    return _made(tx, row)


def _of_booking(tx: Tx, which: int | str, sent: Sum | SignedSum) -> tuple[int, int]:
    """Its number, and the sum in its currency."""
    booking = bookings.get(tx, which)
    return booking.id, asked.amount(sent, booking.currency)


def _of_payment(tx: Tx, payment_id: int, sent: Sum | None) -> int | None:
    """The sum in the currency of the payment; nothing said is all that is left."""
    return None if sent is None else asked.amount(sent, payments.get(tx, payment_id).currency)


def _made(tx: Tx, row: payments.Payment) -> Answer:
    return Answer(bookkeeping.with_balance(tx, row), headers={"Location": f"{PREFIX}/payments/{row.id}"})


_WHERE = {"Location": "Where the row is found."}
_REASON = {"reason": "ill"}

OPERATIONS = [
    Operation(
        "POST",
        "/payments",
        name="recordPayment",
        summary="Write down money that came",
        tag="payments",
        description="It does not confirm a stay. More than is owed is `amount_invalid` (`overpaid`) unless it is said `twice`.",
        scope="manage",
        takes=Received,
        body_example={"booking_id": "HB-7KWQ", "amount": {"amount": 40000, "currency": "BYN"}, "method": "bank"},
        answers=Booked,
        example=BOOKED,
        writes=record,
        status=201,
        answer_headers=_WHERE,
        refusals=("not_found", "amount_invalid"),
    ),
    Operation(
        "POST",
        "/payments/adjust",
        name="adjustPayments",
        summary="Correct the ledger by a row of its own",
        tag="payments",
        scope="manage",
        takes=Adjustment,
        body_example={
            "booking_id": "HB-7KWQ",
            "amount": {"amount": -5000, "currency": "BYN"},
            "reason": "typed wrongly",
        },
        answers=Booked,
        example=BOOKED
        | {"id": 14, "kind": "adjustment", "amount": {"amount": -5000, "currency": "BYN"}, "comment": "typed wrongly"},
        writes=adjust,
        status=201,
        answer_headers=_WHERE,
        refusals=("not_found", "amount_invalid"),
    ),
    Operation(
        "POST",
        "/payments/{id}/refund",
        name="refundPayment",
        summary="Send a payment back, or write down that it has gone back",
        tag="payments",
        description="What came by card is sent to the card; its row is `pending` until it is there. The guest is told.",
        scope="manage",
        in_path=ById,
        takes=Refund,
        body_example=_REASON,
        answers=Booked,
        example=BACK,
        writes=refund,
        status=201,
        answer_headers=_WHERE,
        refusals=("not_found", "amount_invalid", "already_decided", "forbidden"),
    ),
    Operation(
        "POST",
        "/payments/{id}/chargeback",
        name="recordChargeback",
        summary="Write down money that the payer's bank has taken back",
        tag="payments",
        description="The stay owes it again, and staff are told.",
        scope="manage",
        in_path=ById,
        takes=Back,
        body_example=_REASON,
        answers=Booked,
        example=BACK | {"comment": "chargeback: ill"},
        writes=chargeback,
        status=201,
        answer_headers=_WHERE,
        refusals=("not_found", "amount_invalid", "already_decided"),
    ),
]
