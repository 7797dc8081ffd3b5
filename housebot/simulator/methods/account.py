"""What a bot says of itself: who it is, its commands per audience and language, its texts and its menu button."""

import re
from typing import Any

from housebot.simulator.errors import ApiError, bad_request
from housebot.simulator.methods.registry import Call, method
from housebot.simulator.model import Json

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")
_CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"} | _CHAT_SCOPES
_TEXTS = {"name": 64, "description": 512, "short_description": 120}


@method("getMe")
def get_me(call: Call) -> Json:
    return call.bot.json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": call.bot.reads_all_group_messages,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("logOut", "close")
def log_out(call: Call) -> bool:
    call.world.queues[call.bot.id].abort(ApiError(401, "Unauthorized"))
    return True


def scope_key(scope: Json, language: str) -> str:
    """The key under which commands of one audience and language are kept."""
    where = ":".join(str(scope[name]) for name in ("chat_id", "user_id") if name in scope)
    return f"{scope['type']}:{where}:{language}"


def _scope(call: Call) -> str:
    scope = call.params.json("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    kept: Json = {"type": kind}
    if kind in _CHAT_SCOPES:
        if not scope.get("chat_id"):
            raise bad_request("can't parse BotCommandScope: Empty chat_id specified")
        kept["chat_id"] = call.world.find_chat(call.bot, str(scope["chat_id"])).id
    if kind == "chat_member":
        if not isinstance(scope.get("user_id"), int):
            raise bad_request("can't parse BotCommandScope: Invalid user_id specified")
        kept["user_id"] = scope["user_id"]
    return scope_key(kept, _language(call))


def _language(call: Call) -> str:
    language = call.params.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("LANG_CODE_INVALID")
    return language


@method("setMyCommands")
def set_my_commands(call: Call) -> bool:
    key = _scope(call)
    commands = call.params.items("commands", "BotCommand")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = [_command(command) for command in commands]
    if kept:
        call.bot.commands[key] = kept
    else:
        call.bot.commands.pop(key, None)
    call.world.events.add("commands", bot_id=call.bot.id)
    return True


def _command(command: Any) -> Json:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if name not in command:
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    name, description = str(command["command"]).removeprefix("/"), str(command["description"]).strip()
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    return call.bot.commands.get(_scope(call), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_scope(call), None)
    call.world.events.add("commands", bot_id=call.bot.id)
    return True


@method("setMyName", "setMyDescription", "setMyShortDescription")
def set_my_text(call: Call) -> bool:
    field = _field(call.method)
    text = call.params.text(field)
    if len(text) > _TEXTS[field]:
        raise bad_request(f"bot {field.replace('_', ' ')} is too long")
    call.bot.texts[f"{field}:{_language(call)}"] = text
    if field == "name" and text and not call.params.text("language_code"):
        call.bot.name = text
    return True


@method("getMyName", "getMyDescription", "getMyShortDescription")
def get_my_text(call: Call) -> Json:
    field = _field(call.method)
    default = call.bot.name if field == "name" else ""
    texts = call.bot.texts
    return {field: texts.get(f"{field}:{_language(call)}") or texts.get(f"{field}:") or default}


def _field(name: str) -> str:
    return {"name": "name", "description": "description", "shortdescription": "short_description"}[name.lower()[5:]]


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    button = call.params.json("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    call.bot.menu_buttons[call.params.text("chat_id")] = button
    return True


@method("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Json:
    buttons = call.bot.menu_buttons
    return buttons.get(call.params.text("chat_id")) or buttons.get("") or {"type": "commands"}
