"""Owns what the kill rig holds against the desk: its file, the chats and the bank's books, with what people saw and did.

Nothing here asks the package what is true: rows are read by plain sqlite3, overlaps and sums are computed anew.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from housebot.simulator.server import Simulator
from rigs import truth
from rigs.bank import Bank
from rigs.clerk import Clerk
from rigs.people import BOOKED, EXPIRED, Guest, Notebook
from rigs.place import OWNER_ID, SECOND_OWNER_ID, TOKEN, Place
from rigs.visitor import CODE
from tests.histories import books
from tests.histories.books import Books

STANDING = frozenset({"confirmed", "in_house", "completed"})
REMINDERS = ("staff.nudge", "guest.still_checking", "guest.last_call")  # nobody needs them once it is decided


class Judge:
    """Knows both sides. What is wrong goes to `fault`, what was counted to `figures`."""

    def __init__(
        self, place: Place, simulator: Simulator, bank: Bank, notebook: Notebook, *, fault: Callable[[str], None]
    ) -> None:
        self.figures: Counter[str] = Counter()
        self._place = place
        self._simulator = simulator
        self._bank = bank
        self._notebook = notebook
        self._fault = fault
        self._queue = simulator.world.queues[simulator.world.bot(TOKEN).id]
        self._first_update = self._queue.next_id

    # What must be true at every instant.

    def file_is_true(self) -> None:
        """Straight after a kill, too: nobody on taken dates, nothing promised is gone, no money nobody has."""
        with truth.snapshot(self._place.database) as rows:
            known = truth.stays(rows("SELECT * FROM bookings ORDER BY id"))
            for one, other in truth.overlaps(known):
                self._fault(f"{one.code} and {other.code} are in the same place at the same time")
            self._promises_are_kept({one.code: one.status for one in known})
            self._money_is_true(Books.of(rows))
            self._updates_are_stored(rows)

    def _promises_are_kept(self, known: dict[str, str]) -> None:
        for code in self._notebook.promised:
            if code not in known:
                self._fault(f"{code} was promised and is not in the file")
        for code in self._booked():
            if known.get(code) not in STANDING and code not in self._notebook.let_go:
                self._fault(f"{code} was confirmed to its guest and is {known.get(code)}")

    def _money_is_true(self, now: Books) -> None:
        for wrong in (
            *books.claims_nothing_else(now, self._bank.shop),
            *books.purses_are_never_empty_below(now),
            *books.gifts_add_up(now),
            *books.every_anomaly_has_a_voice(now, agreed=()),
        ):
            self._fault(wrong)

    def _booked(self) -> set[str]:
        """Codes of which a guest read that they are booked."""
        return {code for text in self._read_by_guests() if BOOKED in text for code in CODE.findall(text)}

    def _read_by_guests(self) -> Iterator[str]:
        for chat in self._simulator.world.private.values():
            if chat.id not in {OWNER_ID, SECOND_OWNER_ID}:
                for message in chat.messages.values():
                    if message.by_bot:
                        yield message.body.get("text") or message.body.get("caption") or ""

    def _updates_are_stored(self, rows: truth.Rows) -> None:
        """Whatever Telegram forgot because it was acknowledged is in the inbox."""
        acknowledged = range(self._first_update, self._queue.next_id - len(self._queue))
        stored = {row["update_id"] for row in rows("SELECT update_id FROM inbox")}
        if lost := set(acknowledged) - stored:
            self._fault(f"updates {sorted(lost)[:10]} were acknowledged and never stored")

    def seen(self) -> dict[str, int]:
        """How often, up to now, there was what a run without which would prove little."""
        with truth.snapshot(self._place.database) as rows:
            counted = rows(
                """
                SELECT (SELECT count(*) FROM receipts) AS receipts,
                       (SELECT count(*) FROM outbox WHERE class = 'once') AS once
                """
            )[0]
            return _moved(Books.of(rows)) | {"receipts": counted["receipts"], "`once` rows": counted["once"]}

    # What must be true once nothing is under way any more.

    def is_waiting(self) -> bool:
        """Whether the desk still has something to do: to handle, to send, or to hear from the bank."""
        with truth.snapshot(self._place.database) as rows:
            work = """
                SELECT 1 FROM inbox WHERE state = 'new'
                UNION ALL SELECT 1 FROM outbox WHERE state IN ('queued', 'sending') LIMIT 1
                """
            money = books.leaves_nothing_out(Books.of(rows), self._bank.shop)
            return bool(len(self._queue)) or bool(rows(work)) or any(money)

    def at_the_end(self, guests: list[Guest], clerk: Clerk) -> None:
        self.file_is_true()
        self._no_update_is_lost()
        self._no_wish_is_doubled(guests)
        self._no_money_is_lost_or_doubled()
        self._no_gift_is_lost(clerk)
        self._messages_have_arrived()
        exit_code, findings, errors = self._place.shell("db", "check")
        if exit_code:
            self._fault(f"db check: {[one for one in findings or [] if one['status'] == 'fail']} {errors}")

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        return truth.rows(self._place.database, sql)

    def _no_update_is_lost(self) -> None:
        handled = {row["update_id"] for row in self._rows("SELECT update_id FROM inbox WHERE state = 'done'")}
        self.figures["updates handled"] = len(handled)
        if lost := set(range(self._first_update, self._queue.next_id)) - handled:
            self._fault(f"updates {sorted(lost)[:10]} were never handled")

    def _no_wish_is_doubled(self, guests: list[Guest]) -> None:
        """One booking at most for a press, one receipt for a picture, one welcome for a start."""
        made = self._rows(
            "SELECT b.code, g.telegram_id AS guest FROM bookings AS b JOIN guests AS g ON g.id = b.guest_id"
        )
        pressed = {one.person.id: one.accepted for one in guests}
        for guest, number in Counter(row["guest"] for row in made).items():
            if number > pressed[guest]:
                self._fault(f"guest {guest} pressed {pressed[guest]} times and has {number} bookings")
        receipts = Counter(row["photo"] for row in self._rows("SELECT file_unique_id AS photo FROM receipts"))
        for photo, code in self._notebook.photos.items():
            if receipts[photo] != 1:
                self._fault(f"the receipt for {code} is there {receipts[photo]} times")
        welcomes = Counter(
            row["chat_id"] for row in self._rows("SELECT chat_id FROM outbox WHERE kind = 'reply.welcome'")
        )
        for guest, number in self._notebook.started.items():
            if welcomes[guest] != number:
                self._fault(f"guest {guest} pressed start {number} times and was welcomed {welcomes[guest]} times")
        self.figures |= {"bookings": len(made), "receipts": sum(receipts.values())}

    def _no_money_is_lost_or_doubled(self) -> None:
        """The bank's books are the ledger, and each row in it goes back to something somebody did."""
        now = Books.of(self._rows)
        for wrong in books.leaves_nothing_out(now, self._bank.shop):
            self._fault(wrong)
        codes = {one["id"]: one["code"] for one in now.bookings}
        came = _came(now)
        by_owner = Counter(codes[one["booking_id"]] for one in came if one["method"] == "bank")
        for code, number in by_owner.items():
            if number > 1 or not self._notebook.confirm_pressed[code]:
                self._fault(f"{code}: {number} payments for {self._notebook.confirm_pressed[code]} presses")
        by_card = Counter(codes[one["booking_id"]] for one in came if one["method"] == books.CARD)
        for code, number in by_card.items():
            if number > self._bank.paid[code]:
                self._fault(f"{code}: {number} payments by card, its guest paid {self._bank.paid[code]} times")
        for one in now.bookings:
            if one["status"] == "confirmed" and one["guest_id"] is not None and not now.net(one["id"]):
                self._fault(f"{one['code']} is confirmed and its payment is nowhere")
        self._no_order_is_made_twice(now)
        self.figures |= _moved(now) | {
            "payments by card that were late": sum(one["booking_id"] is None for one in now.payments)
        }

    def _no_order_is_made_twice(self, now: Books) -> None:
        """A page nobody was shown comes of an order that was given up before the bank had answered, and of nothing else."""
        unseen = Counter(
            one["metadata"]["booking"] for number, one in self._bank.shop.payments.items() if number not in now.pages
        )
        given_up = Counter(
            row["code"]
            for row in self._rows(
                "SELECT b.code FROM checkouts AS c JOIN bookings AS b ON b.id = c.booking_id WHERE c.provider_id IS NULL"
            )
        )
        for code, number in (unseen - given_up).items():
            self._fault(f"{code}: the bank was asked for {number} payments more than there are orders")

    def _no_gift_is_lost(self, clerk: Clerk) -> None:
        """What the clerk was told is sold is there; what it costs, `gifts_add_up` has looked at."""
        there = {
            row["code"]: row["amount"] for row in self._rows("SELECT code, amount FROM gifts WHERE kind = 'money'")
        }
        for code, amount in clerk.sold.items():
            if there.get(code) != amount:
                self._fault(f"gift {code} of {amount} is {there.get(code)} in the file")
        for wrong in clerk.faults:
            self._fault(wrong)

    def _messages_have_arrived(self) -> None:
        """`must` is in the chat, `once` at most once; what may have arrived twice is counted and shown."""
        world, fault = self._simulator.world, self._fault
        chats = {chat.id: chat for chat in world.private.values()}
        sent = self._rows("SELECT * FROM outbox WHERE class IN ('must', 'once')")
        for row in sent:
            name = f"message {row['id']} of kind {row['kind']}"
            overtaken = row["error"] == "replaced" or (row["error"] == "stale" and row["kind"] in REMINDERS)
            if row["class"] == "must" and row["state"] != "sent" and not overtaken:
                fault(f"{name} is {row['state']}: {row['error']}")
            if row["state"] == "sent" and row["message_id"] not in chats[row["chat_id"]].messages:
                fault(f"{name} is not in the chat")
            revived = row["kind"] == "guest.expired" and row["error"] == "stale"  # its money came before the words did
            if row["class"] == "once" and row["state"] not in {"sent", "ambiguous"} and not revived:
                fault(f"{name} is {row['state']}")
        notices = Counter(
            code
            for chat in chats.values()
            for message in chat.messages.values()
            if message.by_bot and str(message.body.get("text", "")).startswith(EXPIRED)
            for code in {self._code_of(message.markup)}
        )
        for code, number in notices.items():
            if code and number > 1:
                fault(f"{code}: its guest was told {number} times that time ran out")
        once = [row for row in sent if row["class"] == "once"]
        self.figures |= {
            "`must` rows": len(sent) - len(once),
            "`must` that may have arrived twice": sum(row["ambiguous"] > 0 for row in sent if row["class"] == "must"),
            "`once` rows": len(once),
            "`once` that may not have arrived (listed by `outbox list`)": sum(
                row["state"] == "ambiguous" for row in once
            ),
        }

    @staticmethod
    def _code_of(markup: object) -> str:
        """The booking a message's buttons are about."""
        found = CODE.search(json.dumps(markup))
        return found[0] if found else ""


def _came(now: Books) -> list[dict[str, Any]]:
    return [one for one in now.payments if one["kind"] == "payment" and one["booking_id"] is not None]


def _moved(now: Books) -> dict[str, int]:
    """How often money came and went, by its way."""
    came = Counter(one["method"] for one in _came(now))
    back = Counter(one["method"] for one in now.payments if one["kind"] == "refund" and one["state"] == "done")
    return {
        "payments seen by owners": came["bank"],
        "payments by card": came[books.CARD],
        "refunds by card": back[books.CARD],
        "payments by gift": came["gift"],
        "returns to gifts": back["gift"],
    }
