"""Invoices, the pre-checkout answer and Stars given back."""

import re
from typing import Any

from housebot.simulator.errors import bad_request
from housebot.simulator.methods.callbacks import TOO_OLD
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.methods.sending import deliver, shown
from housebot.simulator.model import Invoice, Json, Message

_ANSWER_WITHIN = 10
_STARS = "XTR"
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST = 999_999_999_999


def _invoice(call: Call) -> Invoice:
    params = call.params
    title, description, payload = (params.required(name) for name in ("title", "description", "payload"))
    currency = params.required("currency").upper()
    params.required("prices")
    total = _total(params.json("prices", "prices"))
    if len(title) > 32:
        raise bad_request("INVOICE_TITLE_INVALID")
    if len(description) > 255:
        raise bad_request("INVOICE_DESCRIPTION_INVALID")
    if not 1 <= len(payload.encode()) <= 128:
        raise bad_request("INVOICE_PAYLOAD_INVALID")
    if not _CURRENCY.fullmatch(currency):
        raise bad_request("CURRENCY_INVALID")
    if currency != _STARS and not params.text("provider_token"):
        raise bad_request("PAYMENT_PROVIDER_INVALID")
    if currency == _STARS and len(params.items("prices")) != 1:
        raise bad_request("STARS_INVOICE_INVALID")
    if not 0 < total <= _LARGEST:
        raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")
    return Invoice(call.bot.id, title, payload, currency, total, params.text("start_parameter"), description)


def _total(prices: Any) -> int:
    if not isinstance(prices, list):
        raise bad_request("expected an Array of labeled prices")
    if not prices:
        raise bad_request("there must be at least one price")
    total = 0
    for price in prices:
        if not isinstance(price, dict):
            raise bad_request("can't parse labeled price: LabeledPrice must be an Object")
        if not price.get("label"):
            raise bad_request("can't parse labeled price: LabeledPrice label must be non-empty")
        if not isinstance(price.get("amount"), int):
            raise bad_request('can\'t parse labeled price: Field "amount" must be of type Number')
        total += price["amount"]
    return total


@method("sendInvoice")
def send_invoice(call: Call) -> Json:
    invoice = _invoice(call)
    chat = call.writable_chat()
    slug = call.world.new_secret()
    call.world.invoices[slug] = invoice
    shape = {
        "title": invoice.title,
        "description": invoice.description,
        "start_parameter": invoice.start_parameter,
        "currency": invoice.currency,
        "total_amount": invoice.total,
    }
    if not call.params.values.get("reply_markup"):
        amount = (
            f"{invoice.total} ⭐" if invoice.currency == _STARS else f"{invoice.total / 100:.2f} {invoice.currency}"
        )
        call.params.values["reply_markup"] = {"inline_keyboard": [[{"text": f"Pay {amount}", "pay": True}]]}
    message = deliver(call, {"invoice": shape}, chat=chat)
    message.invoice = slug
    return shown(call, chat, message)


@method("createInvoiceLink")
def create_invoice_link(call: Call) -> str:
    slug = call.world.new_secret()
    call.world.invoices[slug] = _invoice(call)
    return f"https://t.me/${slug}"


@method("answerPreCheckoutQuery")
def answer_pre_checkout_query(call: Call) -> bool:
    query = call.world.queries.get(call.params.text("pre_checkout_query_id"))
    late = query is None or call.world.clock.timestamp() - query.at > _ANSWER_WITHIN
    if query is None or late or query.bot_id != call.bot.id or query.answer is not None:
        raise bad_request(TOO_OLD)
    accepted = call.params.flag("ok")
    reason = "" if accepted else call.params.required("error_message")
    query.answer = {"ok": accepted, "error_message": reason}
    call.world.events.add(
        "pre_checkout",
        chat_id=query.chat_id,
        user_id=query.user_id,
        bot_id=query.bot_id,
        query_id=query.id,
        **query.answer,
    )
    return True


@method("refundStarPayment")
def refund_star_payment(call: Call) -> bool:
    charge = call.world.charges.get(call.params.text("telegram_payment_charge_id"))
    if charge is None or charge.bot_id != call.bot.id or charge.user_id != call.params.integer("user_id"):
        raise bad_request("CHARGE_NOT_FOUND")
    if charge.invoice.currency != _STARS:
        raise bad_request("CHARGE_ID_INVALID")
    if charge.refunded:
        raise bad_request("CHARGE_ALREADY_REFUNDED")
    charge.refunded = True
    user = call.world.users[charge.user_id]
    chat = call.world.private_chat(call.bot, user)
    refund = {
        "currency": _STARS,
        "total_amount": charge.invoice.total,
        "invoice_payload": charge.invoice.payload,
        "telegram_payment_charge_id": charge.id,
    }
    body = {"from": user.json(), "date": call.world.clock.timestamp(), "refunded_payment": refund}
    call.world.hear(chat, call.world.put(chat, Message(0, body, user.id, service=True)))
    return True
