"""Owns why a stay costs what it costs, and why so much of it goes back, as the shell says it (`bookings show --why`)."""

from datetime import datetime
from typing import Any

from housebot.cli.terminal import clock
from housebot.domain.money import plain
from housebot.services import explanations, refunds
from housebot.services.bookings import Booking
from housebot.storage.tx import Tx

CHOICES = {
    "policy": "by the cancellation policy it was sold under",
    "all": "everything goes back",
    "none": "the owner gives nothing back",
}


def of(tx: Tx, booking: Booking, *, now: datetime) -> dict[str, Any]:
    """How the price came about since it was sold, and the refund that was decided, or that the guest's own cancelling gives now."""
    found = explanations.of_refund(tx, booking)
    if found is None and (booking.is_hold or booking.status == "confirmed"):
        found = explanations.of_terms(tx, booking, refunds.terms(tx, booking, "policy", now=now), now=now)
    return {
        "price": explanations.price_json(booking, explanations.of_price(tx, booking)),
        "refund": None if found is None else explanations.refund_json(tx, booking, found),
    }


def lines(item: dict[str, Any]) -> list[str]:
    """The lines of the price, what changed it since, then the refund with each tier and its last minute by the clock of the house."""
    zone, quote = item["zone"], item["quote"]
    said = ["  why this price:", *(f"    {_line(one)}" for one in quote["lines"])]
    said += [f"    {one['label']} {_money(one['amount'])} is inside" for one in quote["taxes"]]
    if quote["deposit"]["amount"]:
        said.append(f"    prepayment {_money(quote['deposit'])}: {quote['deposit_reason']}")
    for one in item["why"]["price"]:
        by = "set by" if one["kind"] == "set" else "moved by"
        reason = f": {one['reason']}" if one["reason"] else ""
        change = f"{_sum(one['before'])} -> {_money(one['after'])}"
        said.append(f"    {clock(one['at'], zone)} {change}, {by} {one['by']}{reason}")
    return said + (_refund(item["why"]["refund"], zone) if item["why"]["refund"] is not None else [])


def _refund(why: dict[str, Any], zone: str) -> list[str]:
    choice = why["choice"]
    ground = CHOICES[choice] if isinstance(choice, str) else f"the owner gives back {_money(choice)}"
    who = (
        f"decided {clock(why['at'], zone)} by {why['by']}"
        if why["decided"]
        else f"if the guest cancels now, {clock(why['at'], zone)}"
    )
    reason = f": {why['reason']}" if why["reason"] else ""
    said = [
        f"  why this refund: {_sum(why['refund'])} of {_money(why['paid'])}, kept {_sum(why['fee'])}; {ground}",
        f"    {who}{reason}",
    ]
    for tier in why["tiers"]:
        edge = "later" if tier["until"] is None else f"until {clock(tier['until'], zone)}"
        said.append(f"    {'*' if tier['applied'] else ' '} {edge}: {_money(tier['refund'])} back ({tier['words']})")
    return said


def _line(one: dict[str, Any]) -> str:
    times = f"{one['quantity']} x {_sum(one['unit_price'])} = " if one["unit_price"] and one["quantity"] > 1 else ""
    return f"{one['label']}: {times}{_money(one['amount'])}"


def _money(value: dict[str, Any]) -> str:
    return f"{_sum(value)} {value['currency']}"


def _sum(value: dict[str, Any]) -> str:
    return plain(value["amount"], value["currency"])
