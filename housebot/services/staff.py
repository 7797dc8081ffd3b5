"""Owns who works at the desk: roles by Telegram id, joined by one-time link (T6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit, links
from housebot.services.ports import SYSTEM, Actor
from housebot.storage import staff as rows
from housebot.storage.staff import Staff
from housebot.storage.tx import Tx

__all__ = [
    "RANKS", "Role", "Staff", "get", "guest_view", "invite", "invite_owner", "join", "listing", "owners", "remove", "role_of", "seed",
    "set_language",
]  # fmt: skip

Role = Literal["owner", "manager", "cleaner", "specialist"]

RANKS: dict[str, int] = {"owner": 3, "manager": 2, "specialist": 1, "cleaner": 1}
INVITATION = timedelta(days=2)
OWNER_CODE = timedelta(hours=1)


def role_of(tx: Tx, telegram_id: int) -> Staff | None:
    """The person behind a Telegram id, or None for somebody who does not work here."""
    return rows.by_telegram(tx, telegram_id)


def get(tx: Tx, staff_id: int) -> Staff:
    """By id; `not_found`."""
    person = rows.get(tx, staff_id)
    if person is None:
        raise Refusal("not_found", what="staff")
    return person


def owners(tx: Tx) -> list[Staff]:
    """Everybody with the role owner, the first one first."""
    return rows.listing(tx, role="owner")


def listing(tx: Tx) -> list[Staff]:
    """Everybody who works here."""
    return rows.listing(tx)


def invite(tx: Tx, role: Role, *, unit: str | None = None, actor: Actor, now: datetime) -> str:
    """A token for `staff_<token>`, good for two days and one person. Owners invite anybody, managers those below them."""
    if role not in RANKS or (role == "specialist") != (unit is not None):
        raise Refusal("invalid", reason="role", role=role, unit=unit)
    _must_outrank(actor, role)
    return links.issue(tx, "staff", {"role": role, "unit": unit}, by=actor, now=now, ttl=INVITATION)


def invite_owner(tx: Tx, *, actor: Actor, now: datetime) -> str:
    """The one-time /start code by which `init` learns the owner's id: `owner_<token>`, good for an hour."""
    return links.issue(tx, "owner", {"role": "owner", "unit": None}, by=actor, now=now, ttl=OWNER_CODE)


def join(
    tx: Tx,
    token: str,
    *,
    telegram_id: int,
    name: str,
    language: str,
    now: datetime,
    purpose: Literal["staff", "owner"] = "staff",
) -> Staff:
    """Take a person on by their link; `not_found` for a link that does not work.

    Somebody who works here already may rise by a link and never sink by it: `already_decided`, and the link stays good.
    """
    with tx.attempt():
        facts = links.use(tx, purpose, token, by=telegram_id, now=now)
        role, unit = facts["role"], facts["unit"]
        present = rows.by_telegram(tx, telegram_id)
        if present is not None and RANKS[present.role] >= RANKS[role]:
            raise Refusal("already_decided", what="staff", role=present.role)
    actor = Actor("staff", telegram_id, name, "telegram", role)
    if present is None:
        staff_id = rows.insert(
            tx,
            telegram_id,
            role=role,
            unit=unit,
            name=name,
            language=language,
            added_at=utc_text(now),
            added_by=f"link:{purpose}",
        )
    else:
        staff_id = present.id
        rows.set_role(tx, staff_id, role=role, unit=unit)
        rows.set_person(tx, staff_id, name=name, language=present.language)
    before = None if present is None else {"role": present.role}
    audit.write(
        tx, actor, "staff.join", f"staff:{staff_id}", before, {"role": role, "telegram_id": telegram_id}, now=now
    )
    return get(tx, staff_id)


def remove(tx: Tx, staff_id: int, *, actor: Actor, now: datetime) -> Staff:
    """The person no longer works here. The last owner stays: a desk nobody can decide at is lost (`forbidden`)."""
    person = get(tx, staff_id)
    _must_outrank(actor, person.role)
    if person.role == "owner" and len(owners(tx)) == 1:
        raise Refusal("forbidden", reason="last_owner")
    rows.remove(tx, staff_id, at=utc_text(now))
    audit.write(
        tx,
        actor,
        "staff.remove",
        f"staff:{staff_id}",
        {"role": person.role, "telegram_id": person.telegram_id},
        now=now,
    )
    return person


def seed(tx: Tx, telegram_ids: Sequence[int], *, now: datetime, language: str = "en") -> int:
    """The owners named in the settings, at the first start alone: how many were added. Afterwards people decide."""
    if rows.ever(tx):
        return 0
    for telegram_id in dict.fromkeys(telegram_ids):
        staff_id = rows.insert(
            tx,
            telegram_id,
            role="owner",
            unit=None,
            name="",
            language=language,
            added_at=utc_text(now),
            added_by=str(SYSTEM),
        )
        audit.write(
            tx, SYSTEM, "staff.join", f"staff:{staff_id}", after={"role": "owner", "telegram_id": telegram_id}, now=now
        )
    return len(set(telegram_ids))


def met(tx: Tx, telegram_id: int, *, name: str, language: str) -> None:
    """What Telegram says of a colleague who wrote for the first time: somebody named in the settings has only a number."""
    person = rows.by_telegram(tx, telegram_id)
    if person is not None and not person.name:
        rows.set_person(tx, person.id, name=name, language=language)


def set_language(tx: Tx, telegram_id: int, language: str) -> None:
    """The language this colleague is spoken to in; nothing for a stranger."""
    person = rows.by_telegram(tx, telegram_id)
    if person is not None:
        rows.set_person(tx, person.id, name=person.name, language=language)


def guest_view(tx: Tx, telegram_id: int, on: bool) -> Staff:
    """See the bot as guests do; bookings made so are tests. `forbidden` for somebody who does not work here."""
    person = rows.by_telegram(tx, telegram_id)
    if person is None:
        raise Refusal("forbidden", reason="not_staff")
    rows.set_view(tx, person.id, guest_view=on)
    return get(tx, person.id)


def _must_outrank(actor: Actor, role: str) -> None:
    if actor.kind in {"shell", "system"} or actor.role == "owner":
        return
    if RANKS.get(actor.role, 0) < RANKS["manager"] or RANKS[actor.role] <= RANKS[role]:
        raise Refusal("forbidden", reason="role", role=role)
