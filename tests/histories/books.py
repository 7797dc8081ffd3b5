"""What must be true of the money of a desk, computed from plain rows and from the provider's own books, without asking the desk."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Any

from tests.yookassa import YooKassaDouble

LIVE = ("held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house", "completed")
OVER = ("expired", "declined", "cancelled_by_guest", "cancelled_by_owner")
CARD = "yookassa"


@dataclass(frozen=True, slots=True)
class Books:
    """The rows of one moment."""

    bookings: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    sent_back: dict[int, str | None]  # a refund's row in the ledger: what the provider calls it
    tasks: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    pages: set[str]  # payments the provider has made and a guest has seen the page of
    gifts: list[dict[str, Any]]  # what each was sold with, and what is left on it
    by_gift: list[dict[str, Any]]  # what each has paid of which booking, by the ledger of money

    @classmethod
    def of(cls, rows: Callable[[str], list[dict[str, Any]]]) -> "Books":
        """As the file says now; `rows` answers a query."""
        return cls(
            bookings=rows("SELECT * FROM bookings ORDER BY id"),
            payments=rows("SELECT * FROM payments ORDER BY id"),
            sent_back={
                row["payment_id"]: row["provider_id"]
                for row in rows("SELECT payment_id, provider_id FROM provider_refunds")
            },
            tasks=rows(
                "SELECT *, json_extract(facts, '$.amount') AS amount, json_extract(facts, '$.chose') AS chose FROM tasks ORDER BY id"
            ),
            alerts=rows(
                "SELECT booking_id, json_extract(facts, '$.code') AS code, json_extract(facts, '$.reason') AS reason"
                " FROM outbox WHERE kind = 'staff.alert'"
            ),
            pages={row["id"] for row in rows("SELECT provider_id AS id FROM checkouts WHERE provider_id <> ''")},
            gifts=rows(
                """
                SELECT id, kind, coalesce(amount, visits) AS sold,
                    (SELECT coalesce(sum(amount), 0) FROM gift_entries WHERE gift_id = g.id) AS rest,
                    EXISTS (SELECT 1 FROM gift_entries WHERE gift_id = g.id AND kind = 'void') AS voided
                FROM gifts AS g
                """
            ),
            by_gift=rows(
                """
                SELECT e.gift_id, p.booking_id, sum(CASE p.kind WHEN 'payment' THEN p.amount ELSE -p.amount END) AS net
                FROM payments AS p JOIN gift_entries AS e ON e.payment_id = p.id
                WHERE p.method = 'gift' GROUP BY e.gift_id, p.booking_id
                """
            ),
        )

    def alarmed(self, booking: int | None, code: str, reason: str | None = None) -> bool:
        """Whether staff were told that about the booking."""
        return any(
            one["booking_id"] == booking and one["code"] == code and reason in {None, one["reason"]}
            for one in self.alerts
        )

    def net(self, booking: int, *methods: str, state: tuple[str, ...] = ("done",)) -> int:
        """What came less what went back."""
        mine = (one for one in self.payments if one["booking_id"] == booking and one["state"] in state)
        return sum(signed(one) for one in mine if not methods or one["method"] in methods)

    def in_money(self, booking: int) -> int:
        """What somebody may have to send back: no gifts, and not what is on its way already."""
        on_their_way = -self.net(booking, state=("pending",))
        return self.net(booking) - self.net(booking, "gift") - on_their_way

    def by_hand(self) -> int:
        """All that people say they took and sent, in bookings and out of them."""
        done = (one for one in self.payments if one["state"] == "done")
        return sum(signed(one) for one in done if one["method"] not in {CARD, "gift"})


def signed(row: dict[str, Any]) -> int:
    """What a row adds to what is there."""
    amount = int(row["amount"])
    return -amount if row["kind"] == "refund" else amount


def charged_back(row: dict[str, Any]) -> bool:
    """A bank took it back from the shop: the provider's own books say nothing of that."""
    return row["kind"] == "refund" and str(row["comment"]).startswith("chargeback: ")


def minor(amount: dict[str, str]) -> tuple[int, str]:
    """A sum of the provider's as the ledger has it; every currency here has hundredths."""
    return int(Decimal(amount["value"]) * 100), amount["currency"]


def claims_nothing_else(books: Books, shop: YooKassaDouble) -> Iterator[str]:
    """At every instant: what the ledger says came or went by the provider did, once and in that sum (R44, R45)."""
    for number, times in Counter(one["provider_id"] for one in books.payments if one["provider_id"]).items():
        if times > 1:
            yield f"payment {number} stands {times} times in the ledger"
    for one in books.payments:
        if one["method"] != CARD:
            if one["provider_id"] is not None:
                yield f"row {one['id']} by {one['method']} has the provider's number"
        elif one["kind"] == "payment":
            found = shop.payments.get(one["provider_id"])
            if found is None or found["status"] != "succeeded":
                yield f"row {one['id']}: the provider took nothing of the kind"
            elif minor(found["amount"]) != (one["amount"], one["currency"]):
                yield f"row {one['id']} of {one['amount']} {one['currency']} is {found['amount']} at the provider"
        elif charged_back(one):
            if not books.alarmed(one["booking_id"], "chargeback"):
                yield f"row {one['id']}: a bank took money back, and nobody was told"
        elif one["kind"] != "refund" or not (one["provider_id"] or one["id"] in books.sent_back):
            yield f"row {one['id']} by card is no payment and was never sent"
        elif one["state"] == "done":
            made = shop.refunds.get(one["provider_id"] or books.sent_back[one["id"]] or "")
            if made is None or made["status"] != "succeeded" or minor(made["amount"])[0] != one["amount"]:
                yield f"row {one['id']}: the provider sent back {made}"


def leaves_nothing_out(books: Books, shop: YooKassaDouble) -> Iterator[str]:
    """Once the desk has heard everything: what came or went at the provider is in the ledger, and nothing is left half done."""
    came = {one["provider_id"]: one for one in books.payments if one["provider_id"]}
    went = {books.sent_back[one["id"]]: one for one in books.payments if one["id"] in books.sent_back} | came
    for number, payment in shop.payments.items():
        if payment["status"] == "succeeded" and number not in came:
            yield f"the provider took {payment['amount']} by {number}, and the ledger knows nothing of it"
        if payment["status"] == "waiting_for_capture" and number in books.pages:
            yield f"{payment['amount']} by {number} is neither taken nor let go"
    only_told = 0  # sent back in the provider's cabinet though by our books it was not there: staff have to look
    for number, refund in shop.refunds.items():
        if refund["status"] == "succeeded" and (number not in went or went[number]["state"] != "done"):
            payment = came[refund["payment_id"]]
            row = came.get(refund["payment_id"])
            if row is not None and books.alarmed(row["booking_id"], "refund_elsewhere"):
                only_told += minor(refund["amount"])[0]
            else:
                yield f"the provider sent {refund['amount']} back, and the ledger does not say so"
    yield from (f"row {one['id']} is still on its way" for one in books.payments if one["state"] == "pending")
    here = (one for one in books.payments if one["method"] == CARD and one["state"] in {"done", "unapplied"})
    ledger = sum(signed(one) for one in here if not charged_back(one))
    if ledger != int(shop.taken() * 100) + only_told:
        yield f"the ledger has {ledger} by card, the provider {shop.taken()}"


def nobody_is_on_taken_dates(books: Books) -> Iterator[str]:
    """R6 as a sentence, from the bookings alone: one house, two hours of cleaning between two stays."""
    live = [one for one in books.bookings if one["status"] in LIVE]
    for one, other in combinations(live, 2):
        first, second = sorted((one, other), key=lambda row: str(row["start"]))
        gap = datetime.fromisoformat(second["start"]) - datetime.fromisoformat(first["end"])
        if gap.total_seconds() < 60 * max(first["after_minutes"], second["before_minutes"]):
            yield f"{one['code']} {one['status']} and {other['code']} {other['status']} have the same dates"


def purses_are_never_empty_below(books: Books) -> Iterator[str]:
    """No booking has given back more than it got: in all, of gifts, and in money that is not on its way (R44, R48)."""
    for one in books.bookings:
        sums = books.net(one["id"]), books.net(one["id"], "gift"), books.in_money(one["id"])
        if min(sums) < 0:
            yield f"{one['code']}: {sums}"


def gifts_add_up(books: Books) -> Iterator[str]:
    """What is left on a gift is what was sold less what it pays, in money or in visits (R48, R49)."""
    paid: Counter[int] = Counter()
    kinds = {one["id"]: one["kind"] for one in books.gifts}
    for row in books.by_gift:
        paid[row["gift_id"]] += row["net"] if kinds[row["gift_id"]] == "money" else row["net"] > 0
    for one in books.gifts:
        if one["rest"] < 0 or (not one["voided"] and one["rest"] + paid[one["id"]] != one["sold"]):
            yield f"gift {one['id']} of {one['sold']}: {one['rest']} left, {paid[one['id']]} paid"


def every_anomaly_has_a_voice(books: Books, *, agreed: Iterable[int]) -> Iterator[str]:
    """Money that is not where it should be has an alert, and somebody who is asked what becomes of it (R36).

    `agreed`: bookings of which staff said themselves that more came than they cost.
    """
    codes = {one["id"]: one["code"] for one in books.bookings}
    asked = {task["payment_id"]: task for task in books.tasks if task["done_at"] is None}
    for row in books.payments:
        if row["state"] != "unapplied":
            continue
        going = any(
            one["refunds"] == row["id"] and one["state"] == "pending"
            for one in books.payments
            if one["kind"] == "refund"
        )
        task = asked.get(row["id"])
        if task is None and not going:
            yield f"row {row['id']}: nobody is asked what becomes of {row['amount']} {row['currency']}"
        about = next((number for number, code in codes.items() if code in row["comment"]), None)
        if not books.alarmed(about, "late_money") and not books.alarmed(about, "card_odd"):
            yield f"row {row['id']} of {codes.get(about or 0)}: no alert"
    for one in books.bookings:
        over = books.net(one["id"]) - one["total"]
        said = one["id"] in agreed or books.alarmed(one["id"], "card_odd", "overpaid")
        if over > 0 and one["status"] in LIVE and not said:
            yield f"{one['code']} is overpaid by {over} and nobody knows"


def nobodys_money_is_forgotten(books: Books, *, kept: dict[int, int]) -> Iterator[str]:
    """Of a booking that came to nothing, money is kept by policy, owed by a task, or told of by an alert (R38, R53).

    `kept`: what a cancellation, or staff by a number of their own, left with the desk.
    """
    for one in books.bookings:
        if one["status"] not in OVER:
            continue
        rest = books.in_money(one["id"]) - kept.get(one["id"], 0)
        owed = [
            task
            for task in books.tasks
            if (task["booking_id"], task["kind"], task["payment_id"], task["done_at"])
            == (one["id"], "refund", None, None)
        ]
        if rest <= 0 or any(task["amount"] is None or task["amount"] >= rest for task in owed):
            continue
        if one["status"] != "expired" or not books.alarmed(one["id"], "money_on_expired"):
            yield f"{one['code']} is {one['status']} and {rest} of it belongs to nobody: {owed}"


def machines_confirm_for_money_alone(books: Books, known: dict[int, str]) -> Iterator[str]:
    """What nobody of the staff has decided is confirmed by its prepayment (R29, R35). `known`: the states of before."""
    for one in books.bookings:
        fresh = one["status"] == "confirmed" and known.get(one["id"]) != "confirmed"
        if fresh and one["decided_by"] == "system" and books.net(one["id"]) < one["deposit"]:
            yield f"{one['code']} was confirmed with {books.net(one['id'])} of {one['deposit']}"
