"""Owns how another program stops the desk from taking bookings of somebody, and lets it again."""

from typing import Any

from housebot.services import guests
from housebot.services.ports import Tx
from housebot.web.api.operation import Call, Operation
from housebot.web.api.users import BANNED, USER, Banned, User, WhichContact, as_json
from housebot.web.api.users_found import known


def ban(tx: Tx, call: Call) -> dict[str, Any]:
    """No more bookings from anybody with that contact."""
    _, found = known(tx, call)
    standing = [one for one in found if not one.banned]
    for one in standing or found[:1]:  # of those who all are, the first says since when
        guests.ban(tx, one.id, reason=call.body.reason, actor=call.actor, now=call.now)
    return as_json(guests.get(tx, found[0].id))


def unban(tx: Tx, call: Call) -> dict[str, Any]:
    """Bookings are taken again."""
    _, found = known(tx, call)
    for one in found:
        guests.unban(tx, one.id, actor=call.actor, now=call.now)
    return as_json(guests.get(tx, found[0].id))


OPERATIONS = [
    Operation(
        "POST",
        "/users/{contact}/ban",
        name="banUser",
        summary="Take no more bookings from somebody",
        tag="users",
        description="From everybody with that contact. Stays that stand are not touched; the guest does not see the reason.",
        scope="manage",
        in_path=WhichContact,
        takes=Banned,
        body_example={"reason": "broke a door"},
        answers=User,
        example=BANNED,
        writes=ban,
        refusals=("not_found", "contact_invalid", "already_decided"),
    ),
    Operation(
        "DELETE",
        "/users/{contact}/ban",
        name="unbanUser",
        summary="Take bookings from somebody again",
        tag="users",
        scope="manage",
        in_path=WhichContact,
        answers=User,
        example=USER,
        writes=unban,
        refusals=("not_found", "contact_invalid"),
    ),
]
