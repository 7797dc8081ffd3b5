"""Owns the answers to staff who ask why: this price, this refund; the words are those of the guest, with who decided and why."""

from housebot.bot import why
from housebot.bot.actions import act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import name_of
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import bookings, ports, refunds
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.services.refunds import Choice
from housebot.words import join

CANCELLED = frozenset({"cancelled_by_guest", "cancelled_by_owner", "declined"})

texts = Texts()


def tell(tx: Tx, turn: Turn, booking: Booking, about: str) -> None:
    """A message below: `price`, or `refund` with the choice it is asked about."""
    what, _, choice = about.partition(":")
    if what not in {"price", "refund"}:
        raise Refusal("stale")
    turn.say(tx, "staff.why", {"booking": booking.id, "about": what, "choice": choice or "policy"})


@texts.renders("staff.why")
def explained(scene: Scene) -> ports.Message:
    """A refund that was decided as it was, else as it would be now."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    tx, words, booking = scene.tx, scene.words, lines.booking

    def named(actor: str) -> str:
        return name_of(tx, actor)

    if scene.facts["about"] == "price":
        said = why.booking_lines(tx, words, booking, named=named)
    elif booking.status in CANCELLED:
        said = why.refund_lines(tx, words, booking, now=scene.now, named=named)
    else:
        terms = refunds.terms(tx, booking, _choice(str(scene.facts["choice"])), now=scene.now)
        said = why.refund_lines(tx, words, booking, terms, now=scene.now, named=named)
    return ports.Message(join("\n", [f"{booking.code} · {lines.span}", *said]), cards.talk_row(lines, opens=True))


def buttons(lines: Lines) -> tuple[tuple[Button, ...], ...]:
    """`❓ Почему такая цена`, and the refund where there is, or may be, one."""
    booking, words = lines.booking, lines.words

    def button(label: str, arg: str) -> Button:
        return Button(words.plain(label), act("sv", booking.code, booking.version, arg))

    refund = booking.status in CANCELLED or booking.status == "confirmed"
    row = (button("summary.button.why", "price"),)
    return (row, (button("why.button.refund", "refund"),)) if refund else (row,)


def _choice(text: str) -> Choice:
    match text:
        case "all":
            return "all"
        case "none":
            return "none"
        case _:
            return int(text) if text.isdigit() else "policy"
