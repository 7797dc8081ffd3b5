"""Owns the matrix of keys and routes: who shows what, what each route asks for by our own list, and what the desk answered."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from housebot.services import keys
from housebot.web.api.operation import Operation
from tests.web.serving import OWNER, Served

PUBLIC = "public"
# Written by hand, apart from the code: a scope that changes there must be changed here on purpose.
NEEDS: dict[str, str] = {
    "GET /availability/dates": PUBLIC,
    "POST /availability/check": PUBLIC,
    "GET /availability/month/{year}/{month}": PUBLIC,
    "POST /pricing/calculate": PUBLIC,
    "GET /pricing/tariffs": PUBLIC,
    "POST /bookings": "book",
    "GET /bookings": "read",
    "GET /bookings/user/{user_contact}": "read",
    "GET /bookings/{id}": "read",
    "GET /bookings/{id}/history": "read",
    "GET /bookings/{id}/cancellation": "read",
    "PATCH /bookings/{id}": "manage",
    "DELETE /bookings/{id}": "manage",
    "POST /bookings/{id}/decline": "manage",
    "POST /bookings/{id}/no-show": "manage",
    "POST /bookings/{id}/check-out": "manage",
    "POST /bookings/{id}/offer": "manage",
    "POST /users": "manage",
    "GET /users": "read",
    "GET /users/chat/{chat_id}": "read",
    "GET /users/{contact}": "read",
    "POST /users/{contact}/ban": "manage",
    "DELETE /users/{contact}/ban": "manage",
    "POST /promocodes": "manage",
    "GET /promocodes": "read",
    "POST /promocodes/validate": "book",
    "GET /promocodes/{id}": "read",
    "PATCH /promocodes/{id}": "manage",
    "DELETE /promocodes/{id}": "manage",
    "POST /gifts": "manage",
    "GET /gifts": "read",
    "POST /gifts/validate": "book",
    "GET /gifts/{id}": "read",
    "PATCH /gifts/{id}/redeem": "manage",
    "PATCH /gifts/{id}": "manage",
    "DELETE /gifts/{id}": "manage",
    "GET /payments": "read",
    "GET /payments/{id}": "read",
    "POST /payments": "manage",
    "POST /payments/adjust": "manage",
    "POST /payments/{id}/refund": "manage",
    "POST /payments/{id}/chargeback": "manage",
    "GET /bookings/{id}/damage-deposit": "read",
    "POST /bookings/{id}/damage-deposit": "manage",
    "POST /bookings/{id}/damage-deposit/return": "manage",
    "POST /bookings/{id}/damage-deposit/keep": "manage",
    "POST /blocks": "manage",
    "GET /blocks": "read",
    "GET /blocks/{id}": "read",
    "DELETE /blocks/{id}": "manage",
    "POST /prices": "manage",
    "GET /prices": "read",
    "GET /prices/{id}": "read",
    "DELETE /prices/{id}": "manage",
    "GET /catalog": "read",
    "PUT /catalog": "admin",
    "GET /catalog/history": "read",
    "GET /statistics": "read",
}
# What a key with one scope may do.
OPENS = {
    "read": {"read"},
    "book": {"book"},
    "manage": {"read", "book", "manage"},
    "admin": {"read", "book", "manage", "admin"},
}
PASSED = 0  # the key was good enough; what is answered then is another matter

Credential = Callable[[Served], Awaitable[str | None]]


async def nothing(_: Served) -> None:
    return None


async def malformed(_: Served) -> str:
    return "hb_1_"


async def unknown(_: Served) -> str:
    return "hb_4711_" + "A" * 43


async def wrong_secret(desk: Served) -> str:
    key = await desk.key("admin")
    return key[:-1] + ("A" if key[-1] != "A" else "B")


async def revoked(desk: Served) -> str:
    key = await desk.key("admin")
    number = int(key.split("_")[1])
    await desk.db.write(lambda tx: keys.revoke(tx, number, actor=OWNER, now=desk.clock.now()))
    return key


async def expired(desk: Served) -> str:
    ends = desk.clock.now() + timedelta(minutes=1)
    key = await desk.key("admin", expires_at=ends)
    desk.clock.instant = ends
    return key


def scoped(scope: str) -> Credential:
    async def made(desk: Served) -> str:
        return await desk.key(scope)

    return made


CREDENTIALS: dict[str, Credential] = {
    "no key": nothing,
    "malformed": malformed,
    "unknown": unknown,
    "wrong secret": wrong_secret,
    "revoked": revoked,
    "expired": expired,
    **{scope: scoped(scope) for scope in OPENS},
}


def title(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def expected(route: str, credential: str) -> int:
    """401, 403 or PASSED, from the lists above alone."""
    needs = NEEDS[route]
    if credential == "no key":
        return PASSED if needs == PUBLIC else 401
    if credential not in OPENS:
        return 401  # a key that opens nothing is refused in public places too
    return PASSED if needs == PUBLIC or needs in OPENS[credential] else 403


async def answered(desk: Served, operation: Operation, key: str | None) -> int:
    """401, 403 for the scope, or PASSED."""
    path = re.sub(r"\{(\w+)\}", lambda found: {"year": "2026", "month": "12"}.get(found[1], "1"), operation.path)
    status, content, _ = await desk.ask(operation.method, "/api/v1" + path, key=key, json=operation.body_example)
    assert status < 500, (title(operation), content)
    if status == 403 and "scope" not in content["error"]["details"]:
        return PASSED  # a rule of the house refused, not the key
    return status if status in {401, 403} else PASSED


def content(file: Path) -> str:
    """Everything in the database, but for when a key was used."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for name in sorted(names):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})") if "last_used" not in row[1]]
            found[name] = connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1").fetchall()
    return repr(found)
