"""Owns who is told of events: endpoints are added, tested, switched on again, given other secrets, and removed (A6)."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from housebot.domain import outside
from housebot.domain.period import utc_text
from housebot.errors import Refusal
from housebot.services import audit, events, vault
from housebot.services.ports import SYSTEM, Actor, Tx
from housebot.storage import webhook_deliveries as deliveries
from housebot.storage import webhook_endpoints as rows
from housebot.storage.webhook_endpoints import Endpoint

__all__ = [
    "Endpoint",
    "add",
    "as_json",
    "drop_older_secret",
    "enable",
    "failing",
    "get",
    "listing",
    "ping",
    "remove",
    "rotate",
    "secrets_of",
    "switch_off",
    "url_of",
]

MOST = 20  # endpoints: each event is stored once for every one
GROUPS = sorted({kind.partition(".")[0] for kind in events.KINDS})


def add(tx: Tx, url: str, wanted: Sequence[str], *, private: bool, actor: Actor, now: datetime) -> tuple[Endpoint, str]:
    """Tell the program at that address from now on; the endpoint, and its secret, which nobody is shown again.

    `invalid` with the reason for an address the desk may not call (I10), an event that does not exist, an address that is told
    already, or one endpoint too many. `private`: the owner lets the desk call programs in their own network.
    """
    target, asked = outside.read(url, private=private), _events(wanted)
    standing = rows.listing(tx)
    if any(url_of(tx, one) == target.url for one in standing):
        raise Refusal("invalid", reason="endpoint_twice")
    if len(standing) >= MOST:
        raise Refusal("invalid", reason="endpoints_many", most=MOST)
    secret = _new_secret()
    number = rows.insert(
        tx,
        url=vault.seal(tx, target.url),
        host=target.host,
        events=asked,
        secret=vault.seal(tx, secret),
        actor=str(actor),
        now=now,
    )
    after = {"host": target.host, "events": list(asked)}
    audit.write(tx, actor, "webhook.add", _subject(number), None, after, now=now)
    return get(tx, number), secret


def get(tx: Tx, number: int) -> Endpoint:
    """One endpoint; `not_found`."""
    found = rows.get(tx, number)
    if found is None:
        raise Refusal("not_found", what="endpoint", id=number)
    return found


def listing(tx: Tx) -> list[Endpoint]:
    """All of them, oldest first."""
    return rows.listing(tx)


def remove(tx: Tx, number: int, *, actor: Actor, now: datetime) -> int:
    """It is told nothing any more, and its address and secrets are forgotten; how many deliveries were dropped."""
    one = get(tx, number)
    rows.set_state(tx, one.id, "removed", was=one.state, now=now)
    rows.forget_secrets(tx, one.id)
    dropped = deliveries.drop_waiting(tx, one.id, now=now)
    before = {"host": one.host, "events": list(one.events), "state": one.state}
    audit.write(tx, actor, "webhook.remove", _subject(one.id), before, {"dropped": dropped}, now=now)
    return dropped


def switch_off(tx: Tx, number: int, *, now: datetime) -> bool:
    """It has said that it is gone (410); False where it was off before. What waited for it is dropped, and can be sent again by hand."""
    if not rows.set_state(tx, number, "off", was="active", now=now):
        return False
    dropped = deliveries.drop_waiting(tx, number, now=now)
    after = {"state": "off", "dropped": dropped}
    audit.write(tx, SYSTEM, "webhook.off", _subject(number), {"state": "active"}, after, "410", now=now)
    return True


def enable(tx: Tx, number: int, *, actor: Actor, now: datetime) -> Endpoint:
    """An endpoint that was switched off is told again what happens from now on."""
    one = get(tx, number)
    if not rows.set_state(tx, one.id, "active", was="off", now=now):
        raise Refusal("already_decided", what="endpoint", id=number)
    audit.write(tx, actor, "webhook.enable", _subject(one.id), {"state": "off"}, {"state": "active"}, now=now)
    return get(tx, number)


def rotate(tx: Tx, number: int, *, actor: Actor, now: datetime) -> str:
    """A new secret, shown once. The one before signs beside it until it is dropped; one still older signs no more."""
    one, secret = get(tx, number), _new_secret()
    rows.set_secrets(tx, one.id, secret=vault.seal(tx, secret), older_secret=one.secret, now=now)
    audit.write(tx, actor, "webhook.rotate", _subject(one.id), now=now)
    return secret


def drop_older_secret(tx: Tx, number: int, *, actor: Actor, now: datetime) -> None:
    """The secret before the last signs no more; `already_decided` where there is none."""
    one = get(tx, number)
    if one.older_secret is None:
        raise Refusal("already_decided", what="older_secret", id=number)
    rows.set_secrets(tx, one.id, secret=one.secret, older_secret=None, now=now)
    audit.write(tx, actor, "webhook.drop_older_secret", _subject(one.id), now=now)


def ping(tx: Tx, number: int, *, now: datetime) -> int:
    """Send it an event that means nothing; the number of the delivery. `stale` for one that is switched off."""
    one = get(tx, number)
    must_be_on(one)
    return events.send(tx, events.PING, {"endpoint": {"id": one.id}}, [one.id], now=now)[0]


def failing(tx: Tx, one: Endpoint) -> int:
    """How many events wait for it that did not arrive when they were sent last."""
    return deliveries.failing(tx, one.id)


def must_be_on(one: Endpoint) -> None:
    """`stale` where it is told nothing."""
    if one.state != "active":
        raise Refusal("stale", reason="endpoint_off", id=one.id)


def url_of(tx: Tx, one: Endpoint) -> str:
    """Its whole address: for the call alone."""
    return vault.unseal(tx, one.url)


def secrets_of(tx: Tx, one: Endpoint) -> list[str]:
    """What signs at present, the newest first."""
    return [vault.unseal(tx, one.secret)] + ([] if one.older_secret is None else [vault.unseal(tx, one.older_secret)])


def as_json(tx: Tx, one: Endpoint) -> dict[str, Any]:
    """As scripts see it: where it is, and no more of its address than the host."""
    return {
        "id": one.id,
        "host": one.host,
        "events": list(one.events),
        "state": one.state,
        "secrets": 1 if one.older_secret is None else 2,
        "failing_since": None if one.told_at is None else utc_text(one.told_at),
        "deliveries": deliveries.counts(tx, one.id),
        "created_at": utc_text(one.created_at),
    }


def _events(wanted: Sequence[str]) -> tuple[str, ...]:
    known = {"*", *events.KINDS, *(f"{group}.*" for group in GROUPS)}
    asked = tuple(dict.fromkeys(one.strip().lower() for one in wanted))
    unknown = next((one for one in asked if one not in known), None)
    if unknown is not None or not asked:
        raise Refusal("invalid", reason="event", event=(unknown or "")[:40], known=sorted(known))
    return asked


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def _subject(number: int) -> str:
    return f"webhook:{number}"
