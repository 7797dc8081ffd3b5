"""Owns the rows of people in other messengers: who they are there, what was said, and the answers that wait to leave."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from housebot.domain.period import from_utc_text, utc_text
from housebot.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who writes through another messenger."""

    id: int
    provider: str
    service: str
    external_id: str
    bot: str
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    language: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a talk."""

    direction: str  # in, out
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Words of ours that are to leave."""

    id: int
    contact_id: int
    kind: str
    tries: int
    problem: str
    created_at: datetime


def seen(
    tx: Tx,
    *,
    provider: str,
    service: str,
    external_id: str,
    bot: str,
    name: str,
    phone: str | None,
    language: str,
    now: datetime,
) -> Contact:
    """Known or new; what is told now counts, and what is not told stays."""
    row = tx.one(
        """
        INSERT INTO contacts (provider, service, external_id, bot, name, phone, language, created_at, updated_at)
        VALUES (:provider, :service, :external_id, :bot, :name, :phone, coalesce(nullif(:language, ''), 'ru'), :now, :now)
        ON CONFLICT (provider, service, external_id) DO UPDATE SET bot = excluded.bot, updated_at = excluded.updated_at,
            name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END,
            phone = coalesce(excluded.phone, phone),
            language = coalesce(nullif(:language, ''), language)
        RETURNING *
        """,
        provider=provider,
        service=service,
        external_id=external_id,
        bot=bot,
        name=name,
        phone=phone,
        language=language,
        now=utc_text(now),
    )
    assert row is not None, "an upsert returns its row"
    return _contact(row)


def get(tx: Tx, contact_id: int) -> Contact:
    row = tx.one("SELECT * FROM contacts WHERE id = :id", id=contact_id)
    assert row is not None, "a foreign key points at it"
    return _contact(row)


def listing(tx: Tx, *, limit: int = 100) -> list[Contact]:
    """Who was heard of last comes first."""
    rows = tx.all("SELECT * FROM contacts ORDER BY updated_at DESC, id DESC LIMIT :limit", limit=limit)
    return [_contact(row) for row in rows]


def add_message(tx: Tx, *, contact_id: int, event: str, direction: str, text: str, at: datetime) -> bool:
    """One more message; False for an event that has come before."""
    added = tx.run(
        """
        INSERT INTO contact_messages (contact_id, event, direction, text, at) VALUES (:contact_id, :event, :direction, :text, :at)
        ON CONFLICT DO NOTHING
        """,
        contact_id=contact_id,
        event=event,
        direction=direction,
        text=text,
        at=utc_text(at),
    )
    return added == 1


def messages(tx: Tx, contact_id: int) -> list[Said]:
    """What was said, oldest first."""
    rows = tx.all("SELECT * FROM contact_messages WHERE contact_id = :id ORDER BY id", id=contact_id)
    return [Said(row["direction"], row["text"], from_utc_text(row["at"])) for row in rows]


def plan_answer(tx: Tx, contact_id: int, *, kind: str, since: datetime, now: datetime) -> bool:
    """Words of ours are to leave, unless some did after `since`; of two at once one is planned."""
    claimed = tx.run(
        """
        UPDATE contacts SET answered_at = :now WHERE id = :id AND (answered_at IS NULL OR answered_at <= :since)
        """,
        id=contact_id,
        since=utc_text(since),
        now=utc_text(now),
    )
    if claimed == 1:
        tx.insert(
            "INSERT INTO contact_answers (contact_id, kind, due_at, created_at) VALUES (:id, :kind, :now, :now)",
            id=contact_id,
            kind=kind,
            now=utc_text(now),
        )
    return claimed == 1


def claim_answers(tx: Tx, *, limit: int, until: datetime, now: datetime) -> list[Answer]:
    """Those that are due are ours until that moment: should we die meanwhile, they are due again then."""
    rows = tx.all(
        """
        UPDATE contact_answers SET state = 'sending', tries = tries + 1, due_at = :until
        WHERE id IN (SELECT id FROM contact_answers WHERE state IN ('new', 'sending') AND due_at <= :now ORDER BY due_at, id LIMIT :limit)
        RETURNING *
        """,
        limit=limit,
        until=utc_text(until),
        now=utc_text(now),
    )
    return [
        Answer(
            row["id"], row["contact_id"], row["kind"], row["tries"], row["problem"], from_utc_text(row["created_at"])
        )
        for row in rows
    ]


def settle_answer(tx: Tx, answer_id: int, *, state: str, problem: str = "", due_at: datetime) -> None:
    tx.run(
        "UPDATE contact_answers SET state = :state, problem = :problem, due_at = :due_at WHERE id = :id AND state = 'sending'",
        id=answer_id,
        state=state,
        problem=problem,
        due_at=utc_text(due_at),
    )


def is_known(tx: Tx, problem: str) -> bool:
    """Whether an answer waits because of it already."""
    found = tx.one(
        "SELECT 1 FROM contact_answers WHERE state IN ('new', 'sending') AND problem = :problem", problem=problem
    )
    return found is not None


def _contact(row: sqlite3.Row) -> Contact:
    return Contact(
        id=row["id"],
        provider=row["provider"],
        service=row["service"],
        external_id=row["external_id"],
        bot=row["bot"],
        name=row["name"],
        phone=row["phone"],
        language=row["language"],
        answered_at=None if row["answered_at"] is None else from_utc_text(row["answered_at"]),
    )
