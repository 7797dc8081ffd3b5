"""Owns keyboards: what Telegram refuses in a reply_markup, and how it keeps what it took."""

import json
from typing import Any

from housebot.simulator.entities import checked_link, units
from housebot.simulator.errors import bad_request
from housebot.simulator.model import Json

_BUTTONS = 100
_ROW = 8
_DATA_BYTES = 64
_COPY_UNITS = 256
_STYLES = {"danger", "success", "primary"}
_PRIVATE_ONLY = {
    "request_contact": "phone number",
    "request_location": "location",
    "request_poll": "poll",
    "request_users": "users",
    "request_chat": "chats",
    "web_app": "web App buttons",
}


def parse(value: Any, *, private: bool) -> Json | None:
    """The keyboard a bot sent, checked; None when there is none or it is empty."""
    if value in (None, ""):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if value.get("keyboard"):
        return _reply_keyboard(value, private=private)
    if value.get("inline_keyboard"):
        return _inline_keyboard(value)
    flags = {"selective": True} if value.get("selective") else {}
    if value.get("remove_keyboard"):
        return {"remove_keyboard": True, **flags}
    if value.get("force_reply"):
        placeholder = value.get("input_field_placeholder")
        return {"force_reply": True, **flags} | ({"input_field_placeholder": placeholder} if placeholder else {})
    return None


def is_inline(markup: Json | None) -> bool:
    """Whether it is the kind of keyboard that belongs to its message and can be edited."""
    return bool(markup and "inline_keyboard" in markup)


def buttons(markup: Json | None) -> list[Json]:
    """All buttons of an inline or reply keyboard in reading order."""
    rows = (markup or {}).get("inline_keyboard") or (markup or {}).get("keyboard") or []
    return [button for row in rows for button in row]


def _rows(value: Json, name: str, error: str) -> list[list[Any]]:
    rows = value[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(error)
    return rows


def _sizes(rows: list[list[Json]]) -> None:
    if sum(map(len, rows)) > _BUTTONS or any(len(row) > _ROW for row in rows):
        raise bad_request("reply markup is too long")


def _text(button: Json, kind: str) -> str:
    text = button.get("text")
    if text is None:
        raise bad_request(f"can't parse {kind} button: Can't find field \"text\"")
    if not isinstance(text, str):
        raise bad_request(f'can\'t parse {kind} button: Field "text" must be of type String')
    if not text:
        raise bad_request(f"{kind} button text must be non-empty")
    return text


def _style(button: Json, kind: str) -> Json:
    style = button.get("style")
    if style and style not in _STYLES:
        raise bad_request(f"can't parse {kind} button: invalid button style specified")
    return {"style": style} if style else {}


def _reply_keyboard(value: Json, *, private: bool) -> Json:
    rows = _rows(value, "keyboard", 'field "keyboard" must be an Array of Arrays')
    kept = [[_keyboard_button(button, private=private) for button in row] for row in rows if row]
    if sum(map(len, kept)) > 300 or any(len(row) > 12 for row in kept):
        raise bad_request("reply markup is too long")
    names = ("resize_keyboard", "one_time_keyboard", "is_persistent", "selective", "input_field_placeholder")
    return {"keyboard": kept} | {name: value[name] for name in names if value.get(name)}


def _keyboard_button(button: Any, *, private: bool) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    kept: Json = {"text": _text(button, "keyboard"), **_style(button, "keyboard")}
    for name, words in _PRIVATE_ONLY.items():
        if button.get(name):
            if not private:
                raise bad_request(f"{words} can be requested in private chats only")
            kept[name] = button[name]
    return kept


def _inline_keyboard(value: Json) -> Json:
    rows = _rows(
        value, "inline_keyboard", 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    )
    kept = [[_inline_button(button) for button in row] for row in rows if row]
    _sizes(kept)
    return {"inline_keyboard": kept}


def _inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    kept: Json = {"text": _text(button, "inline keyboard"), **_style(button, "inline keyboard")}
    if button.get("url"):
        return kept | {"url": _button_link(button["url"])}
    if button.get("callback_data"):
        data = button["callback_data"]
        if not isinstance(data, str) or len(data.encode()) > _DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return kept | {"callback_data": data}
    if "copy_text" in button:
        copied = button["copy_text"].get("text") if isinstance(button["copy_text"], dict) else None
        if not copied or not isinstance(copied, str) or units(copied) > _COPY_UNITS:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return kept | {"copy_text": {"text": copied}}
    for name in (
        "pay",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "login_url",
        "web_app",
    ):
        if name in button:
            return kept | {name: button[name]}
    raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")


def _button_link(link: Any) -> str:
    checked = checked_link(link) if isinstance(link, str) else None
    if checked is None:
        raise bad_request(f"inline keyboard button URL '{link}' is invalid: Wrong HTTP URL")
    host = checked.split("://", 1)[1].split("/", 1)[0]
    if "." not in host and "localhost" in host:
        raise bad_request(f"inline keyboard button URL '{link}' is invalid: Wrong HTTP URL")
    return checked
