"""Owns the stays that lie inside what is being closed: who they are, and the ways to their guests; none is cancelled by it."""

from collections.abc import Sequence

from housebot.bot.actions import act
from housebot.bot.renderer import Scene
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.waiting import may_offer, offer_data
from housebot.services import addressing, bookings
from housebot.services.ports import Button
from housebot.words import Html

MOST = 10


def lines(scene: Scene, codes: Sequence[str]) -> list[Html]:
    """`HB-7K3F · сб 5 дек 16:00 → вс 6 дек 16:00 · Мария`, one a stay."""
    found = [lines_of(scene, bookings.get(scene.tx, code)) for code in codes]
    said = [scene.words.t("block.stay", code=one.booking.code, span=one.span, guest=one.guest) for one in found[:MOST]]
    return [*said, scene.words.t("block.more", n=len(found) - MOST)] if len(found) > MOST else said


def buttons(scene: Scene, codes: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    """`Написать` and `Открыть`, and `Предложить другие даты` where an offer may be made; by how the stay stands now."""
    return tuple(row for code in codes[:MOST] for row in _rows(lines_of(scene, bookings.get(scene.tx, code))))


def _rows(stay: Lines) -> list[tuple[Button, ...]]:
    words, booking = stay.words, stay.booking
    first = [Button(f"{words.plain('button.open')} {booking.code}", act("sv", booking.code, booking.version))]
    if addressing.guest_chat(stay.tx, booking) is not None:
        label = f"{words.plain('block.button.write')} {booking.code}"
        first.insert(0, Button(label, act("sg", booking.code, booking.version)))
    if not may_offer(stay):
        return [tuple(first)]
    return [tuple(first), (Button(words.plain("block.button.offer", code=booking.code), offer_data(stay, "dates")),)]
