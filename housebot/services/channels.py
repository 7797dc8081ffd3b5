"""Owns talks in other messengers: what people write there is kept per contact, and answered with the way to book (A5).

The answer is the menu until somebody cleverer answers through the same port. Nobody is answered twice within some hours: whatever
answers on the other side, two machines never talk in a loop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from housebot.errors import ProviderAway, ProviderRefused
from housebot.services import addressing, face, inbound
from housebot.services.ports import Channel, ChannelEvent, Database, Tx
from housebot.storage import contacts as rows
from housebot.storage.contacts import Answer, Contact, Said

__all__ = ["BODY_LIMIT", "Contact", "Said", "Terms", "listing", "messages", "work"]

BODY_LIMIT = 256 * 1024  # bytes of a list of events
AT_ONCE = 20
OURS_FOR = timedelta(minutes=5)  # a call that takes longer than this was cut off
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
PATIENCE = timedelta(hours=6)  # an answer that comes later than this helps nobody
MENU = "menu"
SPEAKS_RUSSIAN = frozenset({"ru", "be", "uk", "kk"})

Say = Callable[[str, str], str]  # language, link: the words of the menu


@dataclass(frozen=True, slots=True)
class Terms:
    """How one account is heard: whose bots, and whether, and how often, they are answered by ourselves."""

    bots: frozenset[str] = frozenset()
    answer: bool = True
    quiet: timedelta = timedelta(hours=12)


def listing(tx: Tx) -> list[Contact]:
    """People in other messengers, who was heard of last first."""
    return rows.listing(tx)


def messages(tx: Tx, contact_id: int) -> list[Said]:
    """What was said with one of them, oldest first."""
    return rows.messages(tx, contact_id)


async def work(db: Database, port: Channel, terms: Terms, say: Say, *, now: datetime) -> int:
    """Hear everything that was stored, then send what is to be said; how much was worked through."""
    heard = db.read(lambda tx: inbound.new(tx, port.name, limit=AT_ONCE * 5))
    for one in heard:
        await inbound.take(db, port.name, one, lambda tx, body: _hear(tx, port, terms, body, now=now), now=now)
    link = db.read(lambda tx: _link(tx, port.name))
    if link is None:
        return len(heard)  # the bot's name is not known before Telegram was reached
    due = await db.write(lambda tx: rows.claim_answers(tx, limit=AT_ONCE, until=now + OURS_FOR, now=now))
    for answer in due:
        await _send(db, port, answer, say, link, now=now)
    return len(heard) + len(due)


def _link(tx: Tx, source: str) -> str | None:
    name = face.username(tx)
    return None if name is None else f"https://t.me/{name}?start=src_{source}"


def _hear(tx: Tx, port: Channel, terms: Terms, body: bytes, *, now: datetime) -> None:
    for event in port.read(body):
        if not terms.bots or event.bot in terms.bots:
            _take(tx, port.name, terms, event, now=now)


def _take(tx: Tx, provider: str, terms: Terms, event: ChannelEvent, *, now: datetime) -> None:
    contact = rows.seen(
        tx,
        provider=provider,
        service=event.service,
        external_id=event.contact,
        bot=event.bot,
        name=event.name,
        phone=event.phone or None,
        language=_language(event),
        now=now,
    )
    if event.kind not in {"in", "out"}:
        return
    new = rows.add_message(
        tx, contact_id=contact.id, event=event.id, direction=event.kind, text=event.text, at=event.at or now
    )
    # What we have said comes back as an event too, and is no question.
    late = event.at is not None and event.at < now - PATIENCE
    if new and event.kind == "in" and terms.answer and not late:
        rows.plan_answer(tx, contact.id, kind=MENU, since=now - terms.quiet, now=now)


def _language(event: ChannelEvent) -> str:
    """The one they write in, else that of their messenger; empty where nothing tells it."""
    if event.kind == "in" and any("а" <= sign <= "я" or sign in "ёіў" for sign in event.text.casefold()):
        return "ru"
    if event.language:
        return "ru" if event.language.partition("-")[0].casefold() in SPEAKS_RUSSIAN else "en"
    return "en" if event.kind == "in" and any(sign.isalpha() for sign in event.text) else ""


async def _send(db: Database, port: Channel, answer: Answer, say: Say, link: str, *, now: datetime) -> None:
    contact = db.read(lambda tx: rows.get(tx, answer.contact_id))
    if answer.created_at + PATIENCE <= now:
        reason = answer.problem or "late"
        await db.write(lambda tx: _given_up(tx, answer, contact, reason, now=now))
        return
    try:
        await port.send(contact.service, contact.external_id, say(contact.language, link))
    except ProviderAway as away:
        pause = max(
            min(FIRST_PAUSE * 2 ** min(answer.tries - 1, 8), LONGEST_PAUSE),
            timedelta(seconds=min(away.retry_after, PATIENCE.total_seconds())),
        )
        problem, locked = str(away), away.locked_out
        await db.write(lambda tx: _later(tx, answer, contact, problem, locked=locked, due_at=now + pause, now=now))
    except ProviderRefused as refused:
        code = refused.code
        await db.write(lambda tx: _given_up(tx, answer, contact, code, now=now))
    else:
        await db.write(lambda tx: rows.settle_answer(tx, answer.id, state="sent", due_at=now))


def _later(
    tx: Tx, answer: Answer, contact: Contact, problem: str, *, locked: bool, due_at: datetime, now: datetime
) -> None:
    known = rows.is_known(tx, problem)
    rows.settle_answer(tx, answer.id, state="new", problem=problem, due_at=due_at)
    if locked and not known:  # one page, however many wait
        _tell(tx, contact, problem, locked=True, now=now)


def _given_up(tx: Tx, answer: Answer, contact: Contact, reason: str, *, now: datetime) -> None:
    rows.settle_answer(tx, answer.id, state="failed", problem=reason, due_at=now)
    _tell(tx, contact, reason, now=now)


def _tell(tx: Tx, contact: Contact, reason: str, *, locked: bool = False, now: datetime) -> None:
    facts = {"provider": contact.provider, "reason": reason, "name": contact.name}
    addressing.to_staff(tx, None, "staff.channel", facts | ({"locked": True} if locked else {}), now=now)
