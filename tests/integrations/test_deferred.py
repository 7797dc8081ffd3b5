"""aiogram imported quickly is the same aiogram."""

import json
import subprocess
import sys
from typing import Any

import pytest
from aiogram.types import Update

from housebot.integrations.telegram import deferred

WHO = {"id": 5, "is_bot": False, "first_name": "Anna", "language_code": "ru"}
CHAT = {"id": 5, "type": "private", "first_name": "Anna"}
MESSAGE: dict[str, Any] = {
    "message_id": 7,
    "date": 1_795_000_000,
    "chat": CHAT,
    "from": WHO,
    "photo": [{"file_id": "a", "file_unique_id": "b", "width": 90, "height": 60, "file_size": 100}],
    "caption": "receipt",
    "caption_entities": [{"type": "bold", "offset": 0, "length": 3}],
    "reply_to_message": {"message_id": 6, "date": 1_795_000_000, "chat": CHAT, "text": "pay"},
}
UPDATES: list[dict[str, Any]] = [
    {"update_id": 1, "message": MESSAGE},
    {"update_id": 2, "callback_query": {"id": "1", "chat_instance": "2", "from": WHO, "message": MESSAGE, "data": "x"}},
    {
        "update_id": 3,
        "message": {**MESSAGE, "contact": {"phone_number": "+375291234567", "first_name": "A", "user_id": 5}},
    },
    {
        "update_id": 4,
        "pre_checkout_query": {
            "id": "9",
            "from": WHO,
            "currency": "BYN",
            "total_amount": 40000,
            "invoice_payload": "p",
        },
    },
]
PROGRAM = """
import json, sys
from housebot.integrations.telegram import deferred
if sys.argv[1] == "unknown":
    deferred.KNOWN = ("0.0",)
before = list(sys.meta_path)
told = deferred.import_aiogram()
from aiogram.types import Message, Update
waited = not Message.__pydantic_complete__
from aiogram.methods import SendMessage
from pydantic import BaseModel
class Later(BaseModel):
    number: int
assert sys.meta_path == before and Later.model_rebuild(force=True) and Later(number=1).number == 1
assert SendMessage(chat_id=1, text="x").model_dump(exclude_none=True)["text"] == "x"
updates = [Update.model_validate(one).model_dump(mode="json", exclude_none=True, warnings=False) for one in json.load(sys.stdin)]
print(json.dumps([told, waited, updates]))
"""


@pytest.mark.parametrize(("version", "waits"), [("known", True), ("unknown", False)])
def test_models_built_when_first_used_read_the_same(version: str, waits: bool) -> None:
    """An unknown version of aiogram is imported plainly, and reads the same as well."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, version], input=json.dumps(UPDATES), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told, waited, updates = json.loads(done.stdout)
    plain = [Update.model_validate(one).model_dump(mode="json", exclude_none=True, warnings=False) for one in UPDATES]
    assert (told, waited) == (waits, waits)
    assert updates == plain


def test_once_imported_it_is_left_alone() -> None:
    assert deferred.import_aiogram() is False
