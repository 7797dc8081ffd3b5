"""Every text after the hold, in every state, language and house: it renders whole and within its limits (UX 37, 41, 42)."""

import re
from typing import Any

import pytest

from housebot.bot import buttons as plain
from housebot.bot import guest
from housebot.bot.buttons import check_keyboard
from housebot.bot.renderer import TableRenderer
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import outbox
from housebot.services.bookings import Booking
from housebot.services.ports import Message, Outgoing, Tx
from housebot.words import CAPTION_LIMIT, MESSAGE_LIMIT, units
from tests.journeys.afterwards import newcomer, said
from tests.journeys.house import House

STATES = (
    "held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house", "completed", "expired", "declined", "cancelled_by_guest",
    "cancelled_by_owner", "no_show",
)  # fmt: skip
NOT_ALONE = {
    "guest.late_sold",
    "guest.photos",
    "guest.gift",
    "guest.proposal",
    "guest.change_receipt",
    "guest.invoice",
}  # these need a task, a photo, a gift, a change, an order, and have journeys of their own; so has all about a gift being bought
KINDS = [
    *sorted(
        kind
        for kind in guest.texts.table
        if kind.startswith("guest.") and not kind.startswith("guest.gift_") and kind not in NOT_ALONE
    ),
    *("screen.booking", "screen.my", "screen.dates", "screen.prices", "screen.about", "screen.language"),
]
NEVER_IN_A_SALON = re.compile(r"ноч|заезд|выезд|\bнош|\bдом[аеу]?\b|night|\bstay|arriv|check-?in", re.IGNORECASE)


class UndoneError(Exception):
    """Takes back what a look at a state needed."""


def drawn(house: House, booking: Booking, state: str, language: str) -> dict[str, Message]:
    """Every text as it would be now, if the booking stood in that state."""
    renderer, found = TableRenderer([guest.texts]), dict[str, Message]()
    facts: dict[str, Any] = {
        "booking": booking.id, "guest": booking.guest_id, "was": "awaiting_payment", "kind": "other", "reason": "<b>нет</b> {x}",
        "until": utc_text(booking.start), "late_seconds": 240, "refund": 40000, "to_gift": 100, "certificate": True, "amount": 40000, "promised_by": utc_text(booking.start),
        "text": "Привет <b>&</b> {name}", "files": [], "bookings": [booking.id], "arrival": booking.arrival.isoformat(),
        "code": "dates_taken", "unit": 0, "year": 2026, "month": 12, "view": "picture",
        "before": {"arrival": "2026-12-05T18:00", "departure": "2026-12-06T18:00", "unit": booking.unit, "guests": 2, "extras": {}, "total": 1},
        "price_before": 12345, "left": 100,
    }  # fmt: skip

    def look(tx: Tx) -> None:
        tx.run(
            "UPDATE bookings SET status = :state, under_review = :review, hold_expires_at = :until WHERE id = :id",
            state=state,
            review=0,
            until="2027-01-01T00:00:00Z",
            id=booking.id,
        )
        for kind in KINDS:
            row = Outgoing(1, kind, facts, 1, None, language, False, None)
            try:
                found[kind] = renderer.render(tx, row, now=house.now)
            except Refusal as refusal:
                if refusal.code != "stale":  # nothing left to say
                    raise
        raise UndoneError

    with pytest.raises(UndoneError):
        house.app.db.write_now(look)  # type: ignore[union-attr]
    return found


def check(kind: str, message: Message) -> None:
    markup = re.sub(r"\{(x|name)\}", "", message.text)  # what a person typed may look like anything
    assert message.text.strip(), kind
    assert not re.search(r"[{}]", markup), (kind, message.text)
    assert "None" not in message.text, kind
    assert units(message.text) <= (CAPTION_LIMIT if message.pictures else MESSAGE_LIMIT), kind
    check_keyboard([[plain.Button(one.text, one.data, one.url, one.copy) for one in row] for row in message.buttons])


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_check_41_every_text_renders_in_every_state(house: House, language: str) -> None:
    maria = await newcomer(house, language=language)
    booking = await house.hold(maria, "2026-12-05T16:00", extras={"sauna": 1})
    seen: set[str] = set()
    for state in STATES:
        for kind, message in drawn(house, booking, state, language).items():
            check(kind, message)
            seen.add(kind)
    never_shown = set(KINDS) - seen - {"guest.ask_where", "guest.where_noted"}
    assert never_shown == set()


async def test_check_41_rooms_render_too(guesthouse: House) -> None:
    maria = await newcomer(guesthouse)
    booking = await guesthouse.hold(maria, "2026-12-08T15:00", hours=68, unit="blue", tariff="room", party={"adult": 2})
    for state in STATES:
        for kind, message in drawn(guesthouse, booking, state, "ru").items():
            check(kind, message)
    assert "Синяя комната" in (await maria.last()).text


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_check_37_no_text_to_a_client_of_a_salon_speaks_of_stays(salon: House, language: str) -> None:
    maria = await newcomer(salon, language=language)
    booking = await salon.hold(
        maria, "2026-12-08T12:00", hours=1, unit="anna", tariff="haircut", party={"adult": 1}, method=None
    )
    assert booking.status == "confirmed"
    for state in ("confirmed", "completed", "cancelled_by_guest", "cancelled_by_owner", "no_show"):
        for kind, message in drawn(salon, booking, state, language).items():
            if kind in (
                "guest.arrival",
                "guest.hold",
                "guest.release",
                "guest.again",
                "guest.revived",
                "guest.receipt_received",
                "guest.receipt_refused",
            ):
                continue  # money ahead and a way in: a salon without prepayment never says them
            check(kind, message)
            text = message.text + " ".join(button.text for row in message.buttons for button in row)
            assert not NEVER_IN_A_SALON.search(text), (kind, text)


@pytest.mark.parametrize(
    "words", ["я" * 4096, "🎉" * 2000, "שלום עולם <b>מודגש</b>", "<b>жирно</b> & {code} </i>", "\u202eперевёрнуто"]
)
async def test_check_42_whatever_is_typed_is_passed_on_and_answered(house: House, words: str) -> None:
    maria = await newcomer(house)
    booking = await house.hold(maria, "2026-12-05T16:00")
    for press, thanks in (("💬 Вопрос", "Передали хозяину"), ("📎 Отправить чек", "Нужна картинка или PDF чека")):
        await maria.press(press)
        await house.settle()
        await maria.send(words)
        await house.settle()
        assert len(await said(maria, thanks)) == 1
    assert house.booking(booking.code).status == "awaiting_payment"
    stuck = house.read(outbox.counts)
    assert stuck.get("failed", 0) == 0
