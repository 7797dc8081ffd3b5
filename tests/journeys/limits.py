"""What every keyboard and every text of every journey test must keep (UX checks 5 and 41), asked when its desk closes."""

import re

from housebot.simulator.client import SimClient
from housebot.words import units

SENDING = ("sendMessage", "editMessageText", "sendPhoto", "sendDocument", "editMessageCaption")


async def check_limits(sim: SimClient, typed: str) -> None:
    """Fails with the first keyboard or text that a phone would not show as it was meant; `typed` is what people wrote."""
    for sent in await sim.keyboards():
        _check_rows(sent["markup"].get("inline_keyboard") or sent["markup"].get("keyboard") or [])
    for call in await sim.journal():
        text = call["params"].get("text") or call["params"].get("caption") or ""
        if call["method"] in SENDING:
            assert units(text) <= 4096
            assert [name for name in re.findall(r"\{[a-z_]+\}", text) if name not in typed] == [], text
        if call["method"] == "answerCallbackQuery":
            assert units(text) <= 200


def _check_rows(rows: list[list[dict[str, str]]]) -> None:
    assert sum(len(row) for row in rows) <= 100
    for row in rows:
        assert 0 < len(row) <= 8
        for button in row:
            assert button["text"]
            assert len(button.get("callback_data", "").encode()) <= 64
        if len(row) > 3 and any(re.match(r"[dov]\.", button.get("callback_data", "")) for button in row):
            assert len(row) == 7, "a week has seven days"
