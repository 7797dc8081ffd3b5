"""Owns what guests tell staff about a booking that stands: the change they may not make alone, another contact, a comment."""

from dataclasses import replace
from datetime import datetime

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards
from housebot.bot.staff.lines import Lines, lines_of
from housebot.errors import Refusal
from housebot.services import bookings, favours, moving
from housebot.services.change_wishes import Change
from housebot.services.differences import Difference
from housebot.services.ports import Actor, Message
from housebot.words import Html, join

texts = Texts()

_TRIED = "asked by the guest"  # what it would mean if a person of the house said yes; nothing is written
_OWNER = Actor("staff", None, "", "telegram", "owner")


@texts.renders("staff.change_asked")
def change_asked(scene: Scene) -> Message:
    """The change spelled out, with what it adds to the price; what has become impossible meanwhile says so."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    words, booking = lines.words, lines.booking
    change = favours.change_from(scene.facts["change"])
    head = words.t("owner.change_asked", code=booking.code, guest=lines.guest)
    body: list[Html] = [words.t("owner.change_was", span=lines.span, guests=lines.guests)]
    try:
        body.append(_wanted(lines, _tried(lines, change)))
    except Refusal as refusal:
        body.append(words.refusal(refusal))
    return Message(join("\n", [head, *body]), cards.talk_row(lines, opens=True))


def _tried(lines: Lines, change: Change) -> Difference:
    override = replace(change, override=_TRIED)
    return moving.preview(lines.tx, lines.booking, override, actor=_OWNER, now=lines.now)


def _wanted(lines: Lines, found: Difference) -> Html:
    stay, words = found.now.stay, lines.words
    when = words.visit if lines.is_visit else words.span
    sign = "+" if found.amount > 0 else ""
    return words.t(
        "owner.change_wanted",
        span=when(stay.arrival, stay.departure),
        guests=words.guests(stay.guests),
        amount=f"{sign}{lines.money(found.amount)}",
        total=lines.money(found.now.price.total),
    )


@texts.renders("staff.moved")
def moved(scene: Scene) -> Message:
    """What a guest has changed alone: was, is, and the price."""
    lines, before = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"]))), scene.facts["before"]
    words, booking = lines.words, lines.booking
    arrival, departure = (datetime.fromisoformat(before[end]) for end in ("arrival", "departure"))
    when = words.visit if lines.is_visit else words.span
    was, now = [when(arrival, departure)], [lines.span]
    if not lines.is_visit:
        was, now = [*was, words.guests(before["guests"])], [*now, lines.guests]
    facts = {"was": " · ".join(was), "now": " · ".join([*now, *([lines.extras] if lines.extras else [])])}
    price = {
        "before": lines.amount(before["total"]),
        "total": lines.money(booking.total),
        "paid": lines.amount(lines.paid),
    }
    text = words.t("owner.guest_moved", code=booking.code, guest=lines.guest, **facts, **price)
    return Message(text, cards.talk_row(lines, opens=True))


@texts.renders("staff.details")
def details(scene: Scene) -> Message:
    """A new contact or comment, as it stands now."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    booking, words = lines.booking, lines.words
    facts = {"code": booking.code, "guest": lines.guest}
    if scene.facts["what"] == "contact":
        text = words.t("owner.new_contact", contact=lines.contact, **facts)
    else:
        text = words.t("owner.new_comment", comment=booking.comment or "–", **facts)
    return Message(text, cards.talk_row(lines, opens=True))
