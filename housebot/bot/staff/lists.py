"""Owns what staff look up: the day, the list of bookings in pages; each role sees what is its own (T6)."""

from datetime import date, datetime, time, timedelta

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted, act
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import alerts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import EVERYBODY, LEADERS, Works, colleague, leader
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.domain.period import instant, local, utc_text
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, chats, ports, staff, tasks, views
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Tx
from housebot.services.staff import Staff
from housebot.words import Html, clock_time, join

A_PAGE = 8
MOST_TODAY = 60
LIVING = ("confirmed", "in_house", "completed")
AHEAD = ("held", "awaiting_payment", "awaiting_owner", "confirmed", "in_house")

router = Router(name="staff.lists")
texts = Texts()


@router.message(Commanded("today"), Works(EVERYBODY))
async def today(message: Message, turn: Turn) -> None:
    """Owners and managers see the whole day, a specialist their own, a cleaner what is to be made ready."""

    def piece(tx: Tx) -> None:
        person = colleague(tx, turn)
        if speaks_here(tx, turn):
            turn.say(tx, "staff.today", {"staff": person.telegram_id})

    await turn.write(piece)


@router.message(Commanded("bookings"), Works(LEADERS))
async def listed(message: Message, turn: Turn, argument: str) -> None:
    """What is ahead; `/bookings мария` looks for a name, a phone or a code."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        if speaks_here(tx, turn):
            turn.say(tx, "staff.bookings", {"search": argument[:60]})

    await turn.write(piece)


@router.callback_query(Acted("sp"))
async def turned(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The page behind that booking."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        last = bookings.get(tx, act.code)
        turn.say(tx, "staff.bookings", {"after": [utc_text(last.start), last.id], "search": ""})

    await turn.write(piece)


def speaks_here(tx: Tx, turn: Turn) -> bool:
    """Private chats and connected groups; in any other group only how to connect it is said."""
    assert turn.chat is not None
    if turn.chat.is_private or any(chat.chat_id == turn.chat.id for chat in chats.connected(tx)):
        return True
    turn.say(tx, "staff.not_connected")
    return False


@texts.renders("staff.not_connected")
def not_connected(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("today.not_connected"))


@texts.renders("staff.today")
def day(scene: Scene) -> ports.Message:
    """By the role at delivery: somebody who has left since is shown nothing."""
    person = staff.role_of(scene.tx, int(scene.facts["staff"]))
    if person is None:
        raise Refusal("stale", reason="left")
    catalog = catalogs.current(scene.tx, now=scene.now)
    on = local(scene.now, catalog.zone).date()
    title = scene.words.t("today.title", day=scene.words.day(on))
    found = _of_day(scene, catalog, on, unit=person.unit if person.role == "specialist" else None)
    sections = _sections(scene, found, on, person)
    open_tasks = _tasks(scene) if person.role in LEADERS else []
    if not sections and not open_tasks:
        return ports.Message(join("\n", [title, scene.words.t("today.nothing")]))
    text = join("\n\n", [title, *sections, join("\n", open_tasks)])
    return ports.Message(text, _open_buttons(scene, found) if person.role in LEADERS else ())


def _of_day(scene: Scene, catalog: Catalog, on: date, *, unit: str | None) -> list[Booking]:
    begins, _ = instant(datetime.combine(on, time()), catalog.zone, gap="forward")
    ends, _ = instant(datetime.combine(on + timedelta(days=1), time()), catalog.zone, gap="forward")
    wanted = (*LIVING, "awaiting_owner")
    page = bookings.listing(scene.tx, since=begins, until=ends, unit=unit, statuses=LIVING, limit=MOST_TODAY).items
    waiting = bookings.listing(scene.tx, statuses=("awaiting_owner",), unit=unit, limit=MOST_TODAY).items
    return [*page, *(one for one in waiting if one.status in wanted)]


def _sections(scene: Scene, found: list[Booking], on: date, person: Staff) -> list[Html]:
    arrivals, departures, staying, visits, waiting = [], [], [], [], []
    for booking in found:
        lines = lines_of(scene, booking)
        if booking.status == "awaiting_owner":
            waiting.append(_line(lines, lines.span, person))
        elif lines.is_visit:
            visits.append(_line(lines, clock_time(booking.arrival), person))
        elif booking.arrival.date() == on:
            arrivals.append(_line(lines, clock_time(booking.arrival), person))
        elif booking.departure.date() == on:
            departures.append(_line(lines, clock_time(booking.departure), person))
        else:
            staying.append(_line(lines, lines.span, person))
    heads = [
        ("today.departures", departures),
        ("today.arrivals", arrivals),
        ("today.staying", staying),
        ("today.visits", visits),
        ("today.waiting", waiting if person.role in LEADERS else []),
    ]
    return [join("\n", [scene.words.t(head), *rows]) for head, rows in heads if rows]


def _line(lines: Lines, when: str, person: Staff) -> Html:
    """A cleaner and a specialist are told no phone and no money; a cleaner no name either."""
    what = join(", ", [lines.tariff_name, "" if lines.is_visit else lines.guests, lines.extras])
    several = len(lines.catalog.units) > 1 and person.role != "specialist"
    where = join(" · ", [lines.unit_name if several else "", what])
    facts = {"time": when, "code": lines.booking.code, "what": where}
    if person.role == "cleaner":
        return lines.words.t("today.line_plain", **facts)
    return lines.words.t("today.line", guest=lines.guest, **facts)


def _tasks(scene: Scene) -> list[Html]:
    found = [one for one in tasks.listing(scene.tx) if one.booking_id is not None]
    if not found:
        return []
    said = [alerts.task_text(lines_of(scene, bookings.get(scene.tx, one.booking_id or 0)), one) for one in found[:10]]
    return [scene.words.t("today.tasks"), *said]


def _open_buttons(scene: Scene, found: list[Booking]) -> tuple[tuple[Button, ...], ...]:
    """Two in a row: code and name."""
    buttons = [open_button(booking) for booking in {one.id: one for one in found}.values()][:20]
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))


def open_button(booking: Booking) -> Button:
    """Opens a booking from a list."""
    name = booking.guest_name.split()[0][:16] if booking.guest_name.split() else ""
    return Button(" · ".join(part for part in (booking.code, name) if part), act("sv", booking.code, booking.version))


@texts.renders("staff.bookings")
def page(scene: Scene) -> ports.Message:
    """Eight at a time, in order of arrival."""
    search, after = scene.facts.get("search") or None, scene.facts.get("after")
    cursor = views.cursor_at(*after) if after else None
    found = bookings.listing(
        scene.tx,
        ends_after=None if search else scene.now,
        statuses=() if search else AHEAD,
        guest=search,
        cursor=cursor,
        limit=A_PAGE,
    )
    words = scene.words
    if not found.items:
        return ports.Message(words.t("bookings.not_found" if search else "bookings.none"))
    rows = [_listed(lines_of(scene, one)) for one in found.items]
    buttons = [*_open_buttons(scene, found.items)]
    if found.next_cursor is not None and not search:
        last = found.items[-1]
        buttons.append((Button(words.plain("bookings.button.next"), act("sp", last.code, last.version)),))
    return ports.Message(join("\n\n", [words.t("bookings.title"), *rows]), tuple(buttons))


def _listed(lines: Lines) -> Html:
    booking = lines.booking
    several = f"{lines.tariff_name}, {lines.unit_name}" if len(lines.catalog.units) > 1 else lines.tariff_name
    line = lines.words.t(
        "bookings.line",
        code=booking.code,
        span=lines.span,
        tariff=several,
        guest=lines.guest,
        status=status(lines),
    )
    return join(" · ", [line, lines.words.t("owner.test") if booking.test else ""])


def status(lines: Lines) -> Html:
    """Where it stands; a hold says until when."""
    booking = lines.booking
    if booking.lapsed(lines.now):
        return lines.words.t("staff_status.expired")
    if booking.status in {"held", "awaiting_payment"}:
        if booking.hold_expires_at is None:
            return lines.words.t("staff_status.no_end")
        deadline = lines.words.deadline(lines.local(booking.hold_expires_at), lines.local(lines.now))
        return lines.words.t(f"staff_status.{booking.status}", deadline=deadline)
    return lines.words.t(f"staff_status.{booking.status}")
