"""What else moves money once a stay is booked: the rest of the price, changes that are paid first, offers, and money taken back."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from housebot.services import balances, chargebacks, inbound, proposal_answers, proposals
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from tests.desk import OWNER
from tests.histories.books import Books
from tests.histories.machine import HOUR, SEEN, MoneyMachine, notice


class EveryPurpose(MoneyMachine):
    """All that money may be for."""

    def __init__(self) -> None:
        super().__init__()
        self.made_elsewhere: list[dict[str, Any]] = []  # refunds of the provider's cabinet

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9))
    def ask_to_pay_the_rest(self, pick: int) -> None:
        one = self.pick(pick)
        more: dict[str, Any] = {"actor": self.desk.actor(one), "now": self.desk.now}
        self.tried("the rest by card", lambda: self.desk.write(lambda tx: balances.pay(tx, one, "yookassa", **more)))

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), hours=st.sampled_from([-3, 0, 26]), longer=st.sampled_from([0, 3, 12]))
    def ask_for_a_change(self, pick: int, hours: int, longer: int) -> None:
        """By the guest, who pays the difference first."""
        one = self.pick(pick)
        change = Change(arrival=one.arrival + hours * HOUR, departure=one.departure + (hours + longer) * HOUR)
        more: dict[str, Any] = {"awaits": "money", "actor": self.desk.actor(one), "now": self.desk.now}
        asked = self.tried(
            "a change to be paid", lambda: self.desk.write(lambda tx: proposals.propose(tx, one, change, **more))
        )
        self.agreed.add(one.id)
        if asked is not None:
            self.pay_for(asked.code, one)

    @precondition(lambda self: self.some)
    @rule(pick=st.integers(0, 9), price=st.sampled_from([None, 20_000, 90_000]), hours=st.sampled_from([0, 3, 26]))
    def offer_another_stay(self, pick: int, price: int | None, hours: int) -> None:
        """By staff, at other dates or a price of their own."""
        one = self.pick(pick)
        change = Change(arrival=one.arrival + hours * HOUR) if hours else Change()
        more: dict[str, Any] = {"awaits": "guest", "price": price, "reason": "the boiler", "actor": OWNER}
        self.tried(
            "an offer",
            lambda: self.desk.write(lambda tx: proposals.propose(tx, one, change, **more, now=self.desk.now)),
        )

    @precondition(lambda self: self.open_proposals)
    @rule(pick=st.integers(0, 9), answer=st.sampled_from(["yes", "yes", "no", "pay", "taken back"]))
    def answer_a_proposal(self, pick: int, answer: str) -> None:
        row = self.open_proposals[pick % len(self.open_proposals)]
        code, booking = row["code"], self.stay_of(row["booking_id"])
        more: dict[str, Any] = {"actor": self.desk.actor(booking), "now": self.desk.now}
        self.agreed.add(booking.id)
        match answer:
            case "yes":
                self.tried(
                    "an offer taken", lambda: self.desk.write(lambda tx: proposal_answers.accept(tx, code, **more))
                )
            case "no":
                self.tried(
                    "an offer left", lambda: self.desk.write(lambda tx: proposal_answers.refuse(tx, code, **more))
                )
            case "pay":
                self.pay_for(code, booking)
            case _:
                more["actor"] = OWNER
                self.tried(
                    "taken back", lambda: self.desk.write(lambda tx: proposal_answers.withdraw(tx, booking, **more))
                )

    @precondition(lambda self: self.still_here)
    @rule(pick=st.integers(0, 9), amount=st.sampled_from([None, 5_000]))
    def a_bank_takes_it_back(self, pick: int, amount: int | None) -> None:
        row = self.still_here[pick % len(self.still_here)]
        more: dict[str, Any] = {"reason": "not me", "actor": OWNER, "now": self.desk.now}
        taken = self.tried(
            "a chargeback", lambda: self.desk.write(lambda tx: chargebacks.record(tx, row["id"], amount, **more))
        )
        if taken is not None and taken.method != "yookassa":
            self.by_hand -= taken.amount

    @precondition(lambda self: self.untouched)
    @rule(part=st.sampled_from([Decimal(1), Decimal("0.5")]), told=st.booleans())
    def somebody_sends_it_back_in_the_cabinet(self, part: Decimal, told: bool) -> None:
        payment = self.untouched[-1]
        refund = self.shop.refunded_by_hand(payment, f"{Decimal(payment['amount']['value']) * part:.2f}")
        self.made_elsewhere.append(refund)
        self.untold += [notice("refund", refund)] * told
        SEEN["sent back in the cabinet"] += 1

    def everything_is_told(self) -> None:
        """Of what is done in its cabinet the provider tells in the end; nobody asks for a list of refunds."""
        for number, refund in enumerate(self.made_elsewhere):
            body = notice("refund", refund | {"again": number})
            self.desk.write(lambda tx, body=body: inbound.keep(tx, "yookassa", body, now=self.desk.now))  # type: ignore[misc]

    def pay_for(self, code: str, booking: Booking) -> None:
        more: dict[str, Any] = {"actor": self.desk.actor(booking), "now": self.desk.now}
        self.tried(
            "a change by card",
            lambda: self.desk.write(lambda tx: proposal_answers.choose_payment(tx, code, "yookassa", **more)),
        )

    @property
    def open_proposals(self) -> list[dict[str, Any]]:
        return self.desk.rows("SELECT code, booking_id FROM proposals WHERE state = 'open' ORDER BY id")

    @property
    def still_here(self) -> list[dict[str, Any]]:
        """A bank takes back what the shop has: not what the provider has sent home already."""
        gone = {one["payment_id"] for one in self.shop.refunds.values()}
        return [one for one in self.refundable if one["provider_id"] not in gone]

    @property
    def untouched(self) -> list[dict[str, Any]]:
        """Payments the desk knows of, and of which nothing has gone back in any way: more would be for a person to look at."""
        now = Books.of(self.desk.rows)
        rows = {
            one["id"]: one["provider_id"] for one in now.payments if one["kind"] == "payment" and one["provider_id"]
        }
        going = {rows.get(one["refunds"]) for one in now.payments} | {
            one["payment_id"] for one in self.shop.refunds.values()
        }
        return [self.shop.payments[number] for number in rows.values() if number not in going]
