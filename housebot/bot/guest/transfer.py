"""Owns how a guest is told to transfer money: where to, how much, what to write beside it, and the buttons that copy each."""

from typing import Protocol

from housebot.services.ports import Button
from housebot.services.settings import BankData
from housebot.words import Html, Words, join


class Told(Protocol):
    """Something to be paid for, a stay or a gift, in words of one language."""

    @property
    def words(self) -> Words: ...

    def money(self, amount: int) -> str: ...

    def amount(self, amount: int) -> str: ...


def how(told: Told, amount: int, *, bank: BankData | None, code: str) -> Html:
    """One paragraph; without bank data, that they are coming. `code` is written beside it where the owner has said nothing else."""
    words = told.words
    if bank is None:
        return words.t("hold.no_bank")
    pay = words.t("hold.pay", amount=told.money(amount), bank=bank.bank, number=bank.number, name=bank.holder)
    reference = bank.reference_text or code
    named = {
        "required": words.t("hold.reference_required", reference=reference),
        "optional": words.t("hold.reference_optional", reference=reference),
        "forbidden": words.t("hold.reference_forbidden"),
    }
    return join(" ", [pay, named[bank.reference]])


def copies(told: Told, amount: int, *, bank: BankData | None, code: str) -> tuple[Button, ...]:
    """The number, the sum, and what has to stand beside it."""
    if bank is None:
        return ()
    words, shown = told.words, told.amount(amount)
    found = [
        Button(words.plain("hold.button.copy_number"), copy=bank.number),
        Button(words.plain("hold.button.copy_amount", amount=shown), copy=shown.replace("\u202f", "")),
    ]
    if bank.reference == "required":
        found.append(Button(words.plain("hold.button.copy_reference"), copy=bank.reference_text or code))
    return tuple(found)
