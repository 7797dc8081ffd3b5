"""Owns what a gift does on the summary: it is a payment under the total, never a line of the price (R48)."""

from housebot.bot.guest.journey.screen import View
from housebot.domain.catalog import Kind
from housebot.services.quotes import Quote
from housebot.words import Html, join


def payment(view: View, quote: Quote) -> Html:
    """What the gift pays, what is paid now beside it, and what on arrival."""
    words, price = view.words, quote.price
    share, slot = price.gift, quote.stay.tariff.kind is Kind.SLOT
    assert share is not None, "asked where a gift pays"
    certificate = "summary.by_certificate_slot" if slot else "summary.by_certificate"
    said = "summary.by_gift" if share.kind == "money" else certificate
    now, later = view.money(price.due_now), view.money(price.total - price.deposit)
    if price.rest == 0:
        due = words.t("summary.gift_pays_all")
    elif price.due_now == 0:
        due = words.t("summary.gift_rest_slot" if slot else "summary.gift_rest", rest=later)
    elif price.deposit == price.total:
        due = words.t("summary.gift_due_all", deposit=now)
    else:
        due = words.t("summary.gift_due", deposit=now, rest=later)
    return join("\n", [words.t(said, amount=view.money(share.amount)), due])
