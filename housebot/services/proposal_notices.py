"""Owns who is told what about a change that waits: its live card with the guest, and what staff hear of the answer (T2)."""

from datetime import datetime

from housebot.domain.period import utc_text
from housebot.services import addressing, cards, notices, outbox
from housebot.services.ports import Tx
from housebot.storage.bookings import Booking
from housebot.storage.proposals import Proposal


def guest_card(proposal: Proposal) -> str:
    """The key of the guest's live card of a proposal."""
    return f"proposal:{proposal.id}:guest"


def money_card(proposal: Proposal) -> str:
    """The key of the card on which staff judge a receipt for it."""
    return f"change:{proposal.id}"


def offered(tx: Tx, booking: Booking, proposal: Proposal, *, now: datetime) -> None:
    """The guest reads what was and what it would be, with what to press; staff's cards say that an answer is awaited."""
    facts = {"proposal": proposal.id, "ring": True}
    addressing.to_guest(
        tx, booking, "guest.proposal", facts, card=guest_card(proposal), priority=outbox.PAYMENT, now=now
    )
    notices.sold_otherwise(tx, booking, now=now)


def changed(tx: Tx, booking: Booking, proposal: Proposal, *, now: datetime) -> None:
    """The live card shows how it stands now; whoever never had one gets none."""
    card = guest_card(proposal)
    if addressing.stands(tx, booking, card):
        facts = {"proposal": proposal.id}
        addressing.to_guest(tx, booking, "guest.proposal", facts, delivery="latest", card=card, now=now)


def over(tx: Tx, booking: Booking, proposal: Proposal, *, now: datetime) -> None:
    """Its time is over: the guest hears that nothing has changed, for an edit does not ring; the card before it says so too."""
    card = guest_card(proposal)
    if addressing.stands(tx, booking, card):
        facts = {"proposal": proposal.id, "ring": True, "alone": True}
        addressing.to_guest(tx, booking, "guest.proposal", facts, card=card, priority=outbox.PAYMENT, now=now)


def answered(tx: Tx, booking: Booking, proposal: Proposal, *, silent: bool, now: datetime) -> None:
    """Whoever decides learns how it ended."""
    facts = {"proposal": proposal.id, "state": proposal.state}
    addressing.to_staff(tx, booking, "staff.proposal", facts, silent=silent, now=now)


def receipt_received(tx: Tx, booking: Booking, proposal: Proposal, *, promised_by: datetime, now: datetime) -> None:
    """M6 about a change: the clock has stopped; where it is over, the money is looked for all the same."""
    facts = {"proposal": proposal.id, "promised_by": utc_text(promised_by)}
    addressing.to_guest(tx, booking, "guest.change_receipt", facts, priority=outbox.PAYMENT, now=now)
    changed(tx, booking, proposal, now=now)


def receipt_refused(tx: Tx, booking: Booking, proposal: Proposal, *, reason: str, now: datetime) -> None:
    """M10 about a change: send it again; the present stay stands in any case."""
    facts = {"proposal": proposal.id, "reason": reason, "ring": True}
    card = guest_card(proposal)
    addressing.to_guest(tx, booking, "guest.proposal", facts, card=card, priority=outbox.PAYMENT, now=now)


def part_came(tx: Tx, booking: Booking, proposal: Proposal, *, now: datetime) -> None:
    """Some of the money is here: the card rings with what is missing."""
    facts = {"proposal": proposal.id, "ring": True}
    card = guest_card(proposal)
    addressing.to_guest(tx, booking, "guest.proposal", facts, card=card, priority=outbox.PAYMENT, now=now)


def to_judge(tx: Tx, booking: Booking, proposal: Proposal, *, silent: bool, now: datetime) -> None:
    """A receipt for a change: a card to judge it on, always a new message."""
    facts = {"proposal": proposal.id, "ring": True}
    addressing.to_staff(tx, booking, "staff.change", facts, silent=silent, card=money_card(proposal), now=now)


def judged(tx: Tx, booking: Booking, proposal: Proposal, *, now: datetime) -> None:
    """The card of the receipt shows how things stand now, in every chat where it stands."""
    if cards.chats(tx, money_card(proposal)):
        facts, card = {"proposal": proposal.id}, money_card(proposal)
        addressing.to_staff(tx, booking, "staff.change", facts, delivery="latest", silent=True, card=card, now=now)
