"""Owns who of the staff is speaking: roles by Telegram's number, asked anew inside every write (T6)."""

from collections.abc import Callable
from typing import Any

from aiogram.filters import BaseFilter
from aiogram.types import TelegramObject

from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import staff
from housebot.services.ports import Actor, Tx
from housebot.services.staff import Staff

LEADERS = frozenset({"owner", "manager"})
EVERYBODY = frozenset(staff.RANKS)
ANONYMOUS = 1087968824  # @GroupAnonymousBot: an administrator whom Telegram does not name


class Works(BaseFilter):
    """Lets colleagues of these roles through, and hands `person` over. What they do is judged again in the write."""

    def __init__(self, roles: frozenset[str] = LEADERS) -> None:
        self.roles = roles

    async def __call__(self, event: TelegramObject, turn: Turn) -> bool | dict[str, Any]:
        if turn.user is None:
            return False
        telegram_id = turn.user.id
        person = turn.read(lambda tx: staff.role_of(tx, telegram_id))
        return {"person": person} if person is not None and person.role in self.roles else False


def leader(tx: Tx, turn: Turn) -> Staff:
    """The owner or manager who acts. A colleague of another role is `forbidden`, a stranger finds nothing here (T3)."""
    return colleague(tx, turn, LEADERS)


def colleague(tx: Tx, turn: Turn, roles: frozenset[str] = EVERYBODY) -> Staff:
    """The colleague of one of these roles who acts."""
    person = staff.role_of(tx, turn.user.id) if turn.user is not None else None
    if person is None or turn.user is None:
        raise Refusal("not_found")
    if person.role not in roles:
        raise Refusal("forbidden", reason="role")
    if not person.name:
        staff.met(tx, person.telegram_id, name=turn.user.name, language=turn.language)
        return staff.get(tx, person.id)
    return person


def actor_of(person: Staff) -> Actor:
    """How the audit log and a decided card name them."""
    return Actor("staff", person.telegram_id, person.name, "telegram", person.role)


def name_of(tx: Tx, actor: str, ids: Callable[[int], Staff | None] | None = None) -> str:
    """The name behind an actor of the audit log, such as `staff:900`; the text itself for somebody who has left."""
    kind, _, number = actor.partition(":")
    if kind != "staff" or not number.isdigit():
        return actor
    person = (ids or (lambda found: staff.role_of(tx, found)))(int(number))
    return person.name if person is not None and person.name else actor
