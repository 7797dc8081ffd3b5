"""A desk in a test: one real file, a clock that is moved by hand, and the use cases of bookings said in one line."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_document
from housebot.domain.stay import StayRequest
from housebot.services import bookings, catalogs, due, guests, invariants, quotes, receipts, staff
from housebot.services.bookings import Booking
from housebot.services.ports import Actor
from housebot.services.receipts import Outcome, ReceiptFile
from housebot.storage.file import DatabaseFile, Tx
from tests import factories

T = TypeVar("T")

OPENED = factories.at("2026-11-20T12:00:00Z")  # Friday 15:00 in Minsk
OWNER_ID, SECOND_OWNER_ID = 900, 901
OWNER = Actor("staff", 1, "Анна", "telegram", "owner")
SECOND = Actor("staff", 2, "Пётр", "telegram", "owner")
SHELL = Actor("shell", None, "anna", "shell")


class AsyncDatabase:
    """The file behind the server's interface, so that workers run in tests without a writer thread."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self.cache: dict[Any, Any] = file.cache

    def data_version(self) -> int:
        return self._file.data_version()

    def read(self, work: Callable[[Tx], T]) -> T:
        return self._file.read(work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        return self._file.write_now(work)

    async def aside(self, work: Callable[[Tx], T]) -> T:
        return self._file.read(work)


class Desk:
    """The whole house of the example, two owners, and as many guests as are asked for."""

    def __init__(self, file: DatabaseFile, catalog: Catalog | None = None) -> None:
        self.file = file
        self.now = OPENED
        self._files = 0
        self._apply(catalog or factories.secret_house())
        self.write(lambda tx: staff.seed(tx, [OWNER_ID, SECOND_OWNER_ID], now=self.now, language="ru"))

    def write(self, work: Callable[[Tx], T]) -> T:
        return self.file.write_now(work)

    def read(self, work: Callable[[Tx], T]) -> T:
        return self.file.read(work)

    def pass_time(self, **length: float) -> None:
        """Move the clock; nothing is done by itself."""
        self.now += timedelta(**length)

    async def until(self, moment: datetime | str) -> None:
        """Move the clock and do what is due on the way, minute by minute where something is."""
        goal = factories.at(moment) if isinstance(moment, str) else moment
        while (rows := [row.due_at for row in self.read(due.waiting)]) and min(rows) <= goal:
            self.now = max(self.now, min(rows))
            await self.tick()
        self.now = goal

    async def tick(self) -> int:
        return await due.run_due(AsyncDatabase(self.file), now=self.now)

    def guest(self, number: int = 1, *, language: str = "ru") -> int:
        """A guest in Telegram; the same number is the same guest."""
        return self.write(
            lambda tx: (
                guests.seen(
                    tx,
                    telegram_id=100 + number,
                    name=f"Guest {number}",
                    username=None,
                    language_code=language,
                    now=self.now,
                ).id
            )
        )

    def quote(self, arrival: str, departure: str, *, guest: int | None = None, **more: Any) -> quotes.Quote:
        wish = request(arrival, departure, **more)
        return self.write(lambda tx: quotes.make(tx, wish, guest_id=guest, now=self.now))

    def hold(self, arrival: str, departure: str, *, guest: int | None = None, **more: Any) -> Booking:
        """Held by guest 1 in Telegram, unless something else is said."""
        of_hold = {"method", "source", "contact", "comment", "answers", "test", "name"}
        guest_id = self.guest() if guest is None and "contact" not in more else guest
        facts = {name: value for name, value in more.items() if name in of_hold} | {"guest_id": guest_id}
        actor = more.get("actor") or Actor("guest", guest_id, "Guest", "telegram")
        wish = more.get("wish") or request(
            arrival,
            departure,
            **{name: value for name, value in more.items() if name in {"unit", "tariff", "party", "extras"}},
        )
        facts.setdefault("source", "telegram")
        return self.write(lambda tx: bookings.hold(tx, wish, actor=actor, now=self.now, **facts))

    def pay_way(self, booking: Booking, method: str = "bank") -> Booking:
        return self.write(
            lambda tx: bookings.choose_payment(tx, booking.id, method, actor=self.actor(booking), now=self.now)
        )

    def extend(self, booking: Booking) -> Booking:
        return self.write(lambda tx: bookings.extend(tx, booking.id, actor=self.actor(booking), now=self.now))

    def release(self, booking: Booking) -> Booking:
        return self.write(lambda tx: bookings.release(tx, booking.id, actor=self.actor(booking), now=self.now))

    def confirm(self, booking: Booking, *, by: Actor = OWNER, **more: Any) -> Booking:
        return self.write(lambda tx: bookings.confirm(tx, booking.id, actor=by, now=self.now, **more))

    def decline(self, booking: Booking, reason: str, *, by: Actor = OWNER, **more: Any) -> Booking:
        return self.write(lambda tx: bookings.decline(tx, booking.id, reason=reason, actor=by, now=self.now, **more))

    def cancel(self, booking: Booking, *, by: Any, actor: Actor = OWNER, **more: Any) -> Booking:
        return self.write(lambda tx: bookings.cancel(tx, booking.id, by=by, actor=actor, now=self.now, **more))

    def receipt(
        self, booking: Booking | None = None, *, guest: int | None = None, sent_at: datetime | None = None, **more: Any
    ) -> Outcome:
        """A new picture from the guest, sent now unless said otherwise."""
        self._files += 1
        file = more.get("file") or ReceiptFile(
            "photo", f"file-{self._files}", f"unique-{self._files}", media_group_id=more.get("album")
        )
        guest_id = guest or (booking.guest_id if booking is not None else None) or self.guest()
        return self.write(
            lambda tx: receipts.hand_in(
                tx,
                guest_id=guest_id,
                file=file,
                sent_at=sent_at or self.now,
                booking_id=more.get("booking_id"),
                now=self.now,
            )
        )

    def look(self, booking: Booking) -> Booking:
        """As it stands now."""
        return self.read(lambda tx: bookings.get(tx, booking.id))

    def json(self, booking: Booking) -> dict[str, Any]:
        return self.read(lambda tx: bookings.as_json(tx, bookings.get(tx, booking.id)))

    def said(self, kind: str, *, since: int = 0) -> list[dict[str, Any]]:
        """Every message of that kind, in order: its row with the facts opened."""
        rows = self.read(
            lambda tx: tx.all(
                "SELECT * FROM outbox WHERE kind = :kind AND id > :since ORDER BY id", kind=kind, since=since
            )
        )
        return [dict(row) | {"facts": json.loads(row["facts"])} for row in rows]

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self.read(lambda tx: tx.all(sql, **params))]

    def findings(self) -> list[invariants.Finding]:
        """What `db check` does not like."""
        return [one for one in self.read(lambda tx: invariants.check(tx, self.now)) if one.status != "ok"]

    def actor(self, booking: Booking) -> Actor:
        return Actor("guest", booking.guest_id, "Guest", "telegram")

    def _apply(self, catalog: Catalog) -> None:
        self.write(lambda tx: catalogs.apply(tx, to_document(catalog), actor=OWNER, now=self.now))


def request(
    arrival: str,
    departure: str,
    *,
    unit: str = "house",
    tariff: str = "day",
    party: dict[str, int] | None = None,
    extras: dict[str, int] | None = None,
) -> StayRequest:
    """The wish for a day in the house, local times."""
    return StayRequest(
        unit=unit,
        tariff=tariff,
        arrival=datetime.fromisoformat(arrival),
        departure=datetime.fromisoformat(departure),
        party=party or {"adult": 4},
        extras=extras or {},
    )
