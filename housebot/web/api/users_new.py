"""Owns how another program enters people who book: by their chat or their contact, once or again (T4)."""

from typing import Any

from housebot.errors import Refusal
from housebot.services import catalogs, guests
from housebot.services.ports import Tx
from housebot.web.api import asked
from housebot.web.api.operation import Call, Operation
from housebot.web.api.users import USER, Entered, User, as_json

SOURCE = "api"


def enter(tx: Tx, call: Call) -> dict[str, Any]:
    """Create or update."""
    body: Entered = call.body
    if body.contact is None and body.chat_id is None:
        raise Refusal("invalid", reason="fields", fields={"contact": "contact or chat_id is needed"})
    catalog = catalogs.current(tx, now=call.now)
    found = guests.enter(
        tx,
        contact=None if body.contact is None else asked.contact(body.contact, zone=catalog.zone),
        telegram_id=body.chat_id,
        name=body.name,
        language=body.language,
        source=SOURCE,
        fallback=catalog.languages[0],
        actor=call.actor,
        now=call.now,
    )
    return as_json(found)


OPERATIONS = [
    Operation(
        "POST",
        "/users",
        name="enterUser",
        summary="Create or update somebody who books",
        tag="users",
        description=(
            "By `chat_id` the guest in Telegram, else the one who has that contact and no Telegram: a typed contact never opens "
            "a Telegram guest. What is entered proves nothing; a phone shared by the guest is not replaced (`contact_invalid`)."
        ),
        scope="manage",
        takes=Entered,
        body_example={"contact": "+375291234567", "name": "Maria", "language": "ru"},
        answers=User,
        example=USER,
        writes=enter,
        refusals=("contact_invalid", "not_found"),
    ),
]
