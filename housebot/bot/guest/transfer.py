"""Owns how a guest is told to transfer money: where to, how much, what to write beside it, and the buttons that copy each."""

from housebot.bot.guest.telling import Told
from housebot.services.ports import Button
from housebot.services.settings import BankData
from housebot.words import Html, join


def how(told: Told, amount: int, *, bank: BankData | None) -> Html:
    """One paragraph; without bank data, that they are coming."""
    words = told.words
    if bank is None:
        return words.t("hold.no_bank")
    pay = words.t("hold.pay", amount=told.money(amount), bank=bank.bank, number=bank.number, name=bank.holder)
    reference = bank.reference_text or told.booking.code
    named = {
        "required": words.t("hold.reference_required", reference=reference),
        "optional": words.t("hold.reference_optional", reference=reference),
        "forbidden": words.t("hold.reference_forbidden"),
    }
    return join(" ", [pay, named[bank.reference]])


def copies(told: Told, amount: int, *, bank: BankData | None) -> tuple[Button, ...]:
    """The number, the sum, and what has to stand beside it."""
    if bank is None:
        return ()
    words, shown = told.words, told.amount(amount)
    found = [
        Button(words.plain("hold.button.copy_number"), copy=bank.number),
        Button(words.plain("hold.button.copy_amount", amount=shown), copy=shown.replace("\u202f", "")),
    ]
    if bank.reference == "required":
        reference = bank.reference_text or told.booking.code
        found.append(Button(words.plain("hold.button.copy_reference"), copy=reference))
    return tuple(found)
