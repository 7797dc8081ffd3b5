"""Owns how a bank transfer is asked for: where to, how much, under which reference; as words and as buttons that copy."""

from housebot.services.ports import Button
from housebot.services.settings import BankData
from housebot.words import Html, Words, join


def details(words: Words, bank: BankData | None, *, amount: str, code: str) -> Html:
    """Where to and how much; the reference as the owner wants it, `code` where they have set none."""
    if bank is None:
        return words.t("hold.no_bank")
    pay = words.t("hold.pay", amount=amount, bank=bank.bank, number=bank.number, name=bank.holder)
    reference = bank.reference_text or code
    named = {
        "required": words.t("hold.reference_required", reference=reference),
        "optional": words.t("hold.reference_optional", reference=reference),
        "forbidden": words.t("hold.reference_forbidden"),
    }
    return join(" ", [pay, named[bank.reference]])


def copies(words: Words, bank: BankData | None, *, amount: str, code: str) -> tuple[Button, ...]:
    """The number, the sum, and the reference where it must be there."""
    if bank is None:
        return ()
    found = [
        Button(words.plain("hold.button.copy_number"), copy=bank.number),
        Button(words.plain("hold.button.copy_amount", amount=amount), copy=amount.replace("\u202f", "")),
    ]
    if bank.reference == "required":
        found.append(Button(words.plain("hold.button.copy_reference"), copy=bank.reference_text or code))
    return tuple(found)
