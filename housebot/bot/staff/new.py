"""Owns `/new`: a guest on the phone. The journey of guests in staff's mode, then name, phone, money, a text to send and a link (UX 2d)."""

from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import NOBODY, Act, Acted, act
from housebot.bot.guest import start
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.journey import adding, route
from housebot.bot.guest.journey.booking import finishes, refused
from housebot.bot.guest.journey.summary import quote_of
from housebot.bot.guest.journey.talk import Talk
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff import cards, prompts
from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.lines import Lines, lines_of
from housebot.bot.staff.people import LEADERS, Works, actor_of, leader
from housebot.bot.staff.prompts import Answered
from housebot.bot.staff.wizards import draft
from housebot.bot.turn import Turn
from housebot.domain import booking as rules
from housebot.domain.catalog import Kind, say
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import addressing, bookings, catalogs, claims, face, guests, ports, quotes
from housebot.services.bookings import Booking
from housebot.services.ports import Actor, Button, Tx
from housebot.words import Words, clock_time, cut

MODE = "staff"
KEPT = "new"
LONGEST_NAME = 128
COPY = 256  # Telegram's limit for what a button copies
WAIT, ON_ARRIVAL, DEPOSIT_PAID, ALL_PAID = "wait", "arrival", "deposit", "total"

router = Router(name="staff.new")
texts = Texts()


@router.message(Commanded("new"), Works(LEADERS))
async def new(message: Message, turn: Turn) -> None:
    """The same steps as a guest's, at the end of which nobody is asked for their own contact."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        assert turn.chat is not None
        if not turn.chat.is_private:
            turn.say(tx, "staff.in_private")
            return
        prompts.close(turn)
        draft.close(turn)
        talk = Talk(turn, tx)
        turn.say(tx, "staff.new_begins")
        start.enter(talk, start.default_way(talk.catalog), mode=MODE)

    await turn.write(piece)


@finishes(MODE)
def stay_chosen(talk: Talk, draft: Draft) -> None:
    """The rules are accepted in the guest's name: who is it?"""
    leader(talk.tx, talk.turn)
    try:
        quote = quote_of(talk, draft)
    except Refusal as refusal:
        refused(talk, draft, refusal)
        return
    asked = {one.id for one in adding.questions(talk.catalog, draft.tariff)}
    answers = {name: said for name, said in draft.answers.items() if name in asked and name != adding.COMMENT.id}
    facts = {"quote": quote.id, "answers": answers, "comment": draft.answers.get(adding.COMMENT.id, "")}
    talk.leave(None)
    prompts.ask(talk.tx, talk.turn, "new_name", facts)


@router.message(Answered("new_name", loose=True))
async def named(message: Message, turn: Turn, asked: dict[str, Any]) -> None:
    def piece(tx: Tx) -> None:
        leader(tx, turn)
        name = (message.text or "").strip()
        if not name:
            turn.say(tx, "staff.text_wanted")
            return
        if len(name) > LONGEST_NAME:
            raise Refusal("invalid", reason="too_long", longest=LONGEST_NAME)
        prompts.ask(tx, turn, "new_phone", asked | {"name": name})

    await turn.write(piece)


@router.message(Answered("new_phone", loose=True))
async def phoned(message: Message, turn: Turn, asked: dict[str, Any]) -> None:
    """A number as people dictate it; a contact card works as well."""

    def piece(tx: Tx) -> None:
        leader(tx, turn)
        typed = message.contact.phone_number if message.contact else message.text or ""
        if message.contact and not typed.startswith("+"):
            typed = f"+{typed}"
        region = guests.region_of(catalogs.current(tx, now=turn.now).zone)
        contact = guests.normalised(typed, region=region)
        prompts.close(turn)
        wish = asked | {"contact": contact}
        turn.set_data(turn.data | {KEPT: wish})
        turn.say(tx, "staff.new_paid", wish)

    await turn.write(piece)


@router.callback_query(Acted("sw"))
async def taken(query: CallbackQuery, turn: Turn, act: Act) -> None:
    """The dates are taken only now; a second press finds nothing to take."""

    def piece(tx: Tx) -> None:
        actor = actor_of(leader(tx, turn))
        wish = turn.data.get(KEPT)
        if not wish or act.arg not in {WAIT, ON_ARRIVAL, DEPOSIT_PAID, ALL_PAID} or int(wish["quote"]) != act.version:
            turn.toast(turn.words.plain("toast.stale"))
            return
        booking = _book(tx, turn, wish, actor)
        if act.arg != WAIT and booking.status != "confirmed":
            came = {ON_ARRIVAL: 0, DEPOSIT_PAID: booking.deposit, ALL_PAID: booking.total}[act.arg]
            booking = bookings.confirm(tx, booking.id, actor=actor, received=came or None, twice=True, now=turn.now)
        turn.set_data({name: value for name, value in turn.data.items() if name != KEPT})
        token = claims.invite(tx, booking.id, actor=actor, now=turn.now)
        turn.say(tx, "staff.new_done", {"booking": booking.id, "token": token})

    await turn.write(piece)


def _book(tx: Tx, turn: Turn, wish: dict[str, Any], actor: Actor) -> Booking:
    guest = guests.by_phone(tx, name=wish["name"], contact=wish["contact"], language=turn.language, now=turn.now)
    return bookings.hold(
        tx,
        quotes.load(tx, int(wish["quote"])),
        guest_id=guest.id,
        contact=wish["contact"],
        name=wish["name"],
        answers=wish["answers"],
        comment=wish["comment"],
        source="phone",
        actor=actor,
        now=turn.now,
    )


@texts.renders("staff.new_begins")
def begins(scene: Scene) -> ports.Message:
    slots = route.only_slots(catalogs.current(scene.tx, now=scene.now))
    return ports.Message(scene.words.t("new.begin_slot" if slots else "new.begin"))


@texts.renders("staff.new_paid")
def how_paid(scene: Scene) -> ports.Message:
    """What is expected of the money; each button says what will be written down."""
    words = scene.words
    quote = quotes.load(scene.tx, int(scene.facts["quote"]))
    price, stay = quote.price, quote.stay
    catalog = catalogs.version(scene.tx, quote.catalog_version)
    until = rules.hold_until(catalog, stay, method="staff", now=scene.now)
    deadline = words.deadline(local(until, stay.unit.zone), local(scene.now, stay.unit.zone))
    span = (words.visit if stay.tariff.kind is Kind.SLOT else words.span)(stay.arrival, stay.departure)

    def button(label: str, choice: str) -> tuple[Button, ...]:
        return (Button(label, act("sw", NOBODY, quote.id or 0, choice)),)

    paid = words.plain("new.button.paid")
    sums = [(DEPOSIT_PAID, price.deposit)] if 0 < price.deposit < price.total else []
    rows = [
        *([button(words.plain("new.button.wait_deposit", deadline=deadline), WAIT)] if price.deposit else []),
        button(words.plain("new.button.on_arrival"), ON_ARRIVAL),
        *(
            button(f"{paid} · {words.amount(amount, price.currency)}", choice)
            for choice, amount in [*sums, (ALL_PAID, price.total)]
        ),
    ]
    total = words.money(price.total, price.currency)
    who = words.t("new.who", name=scene.facts["name"], contact=scene.facts["contact"])
    return ports.Message(f"{who}\n{words.t('new.how_paid', span=span, total=total)}", tuple(rows))


@texts.renders("staff.new_done")
def done(scene: Scene) -> ports.Message:
    """A text for SMS or Viber, and the link by which the guest takes the booking over."""
    lines = lines_of(scene, bookings.get(scene.tx, int(scene.facts["booking"])))
    words, booking = scene.words, lines.booking
    name = face.username(scene.tx)
    link = f"https://t.me/{name}?start=claim_{scene.facts['token']}" if name else ""
    copy = copy_text(lines, link)
    head = words.t("new.done", code=booking.code, span=lines.span)
    buttons = ((Button(words.plain("new.button.copy"), copy=copy),), *cards.talk_row(lines, opens=True))
    return ports.Message(words.t("new.done_text", head=head, text=copy), buttons)


def copy_text(lines: Lines, link: str = "") -> str:
    """The stay in one text, short enough to be copied by a button; the link is never cut."""
    words: Words = lines.words
    house = say(catalogs.current(lines.tx, now=lines.now).name, words.language)
    what = lines.tariff_name if lines.is_visit else lines.guests
    total = lines.money(lines.booking.total) + _awaited(lines)
    facts = {"span": lines.span, "guests": what, "total": total, "code": lines.booking.code}
    room = COPY - len(words.plain("new.copy", house="", link=link, **facts))
    text = words.plain("new.copy", house=cut(house, max(room, 1)), link=link, **facts)
    return text.strip() if link else words.plain("new.copy_short", house=cut(house, 60), **facts)


def _awaited(lines: Lines) -> str:
    """What has to be paid before and until when, while that is waited for: who has no Telegram reads it nowhere else."""
    booking, words = lines.booking, lines.words
    missing = booking.deposit - lines.paid
    if not booking.is_hold or booking.hold_expires_at is None or missing <= 0:
        return ""
    until = lines.local(booking.hold_expires_at)
    deadline = words.plain("deadline.later", time=clock_time(until), day=words.day(until))
    return words.plain("new.copy_awaited", amount=lines.money(missing), deadline=deadline)


def is_by_phone(lines: Lines) -> bool:
    """Whether nobody in Telegram can be written to about it."""
    return addressing.guest_chat(lines.tx, lines.booking) is None
