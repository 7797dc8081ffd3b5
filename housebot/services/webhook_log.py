"""Owns the log of deliveries: every try can be seen, and whatever did not arrive, or should once more, is sent again (A6)."""

from datetime import datetime
from typing import Any

from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit, webhook_endpoints
from housebot.services.ports import Actor, Tx
from housebot.storage import webhook_deliveries as rows
from housebot.storage.webhook_deliveries import Delivery, Try

__all__ = ["STATES", "Delivery", "as_json", "listing", "resend"]

STATES = ("waiting", "done", "given_up", "dropped")


def listing(tx: Tx, *, endpoint_id: int | None = None, state: str | None = None, limit: int = 100) -> list[Delivery]:
    """The newest first; of one endpoint, in one state. `not_found` for an endpoint that is not there."""
    if endpoint_id is not None:
        webhook_endpoints.get(tx, endpoint_id)
    return rows.listing(tx, endpoint_id=endpoint_id, state=state, limit=limit)


def resend(tx: Tx, delivery_id: int, *, actor: Actor, now: datetime) -> Delivery:
    """Send it once more, now and with all patience, whatever became of it before: the same event under the same code.

    `not_found` for what was forgotten, or whose endpoint was removed; `stale` while that is switched off.
    """
    found = rows.get(tx, delivery_id)
    if found is None:
        raise Refusal("not_found", what="delivery", id=delivery_id)
    webhook_endpoints.must_be_on(webhook_endpoints.get(tx, found.endpoint_id))
    rows.send_again(tx, delivery_id, now=now)
    audit.write(
        tx,
        actor,
        "webhook.resend",
        f"webhook:{found.endpoint_id}",
        {"state": found.state},
        {"delivery": delivery_id},
        now=now,
    )
    again = rows.get(tx, delivery_id)
    assert again is not None, "it was just there"
    return again


def as_json(tx: Tx, one: Delivery) -> dict[str, Any]:
    """As scripts see it, with every try."""
    return {
        "id": one.id,
        "endpoint": one.endpoint_id,
        "host": one.host,
        "event": one.event,
        "type": one.kind,
        "state": one.state,
        "next_try_at": None if one.due_at is None else utc_text(one.due_at),
        "created_at": utc_text(one.created_at),
        "tries": [_try(each) for each in rows.tries(tx, one.id)],
    }


def _try(one: Try) -> dict[str, Any]:
    return {"at": utc_text(one.at), "status": one.status, "problem": one.problem, "milliseconds": one.milliseconds}
