"""Owns what a person sees: chats, messages with their present keyboard and edits, which of them rang, the menu of commands."""

from housebot.simulator import markup as keyboards
from housebot.simulator.methods.account import scope_key
from housebot.simulator.model import Bot, Chat, Json, Message, User
from housebot.simulator.world import MEMBERS, World

_PLAIN = (
    "text", "entities", "caption", "caption_entities", "contact", "location", "media_group_id", "message_thread_id", "invoice",
    "successful_payment", "refunded_payment",
)  # fmt: skip
_SERVICE = (
    "new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created",
)  # fmt: skip


def message(world: World, viewer: User, chat: Chat, shown: Message) -> Json:
    """One message on a person's screen."""
    body = shown.body
    author = body.get("sender_chat") or body["from"]
    mine = shown.sender == viewer.id
    seen: Json = {
        "message_id": shown.id,
        "chat_id": chat.id,
        "date": body["date"],
        "from": {"id": author["id"], "name": author.get("title") or author["first_name"], "is_bot": shown.by_bot},
        "mine": mine,
        "silent": shown.silent,
        "rang": not mine and not shown.silent and not shown.service,
        "service": {name: body[name] for name in _SERVICE if name in body} or None,
        "edits": shown.edits,
        "edited_at": body.get("edit_date") if shown.edits else None,
        "changed": shown.changed,
        "pinned": shown.pinned,
        "reactions": [one.get("emoji", "") for one in shown.reactions],
        "buttons": shown.markup["inline_keyboard"] if shown.markup and keyboards.is_inline(shown.markup) else [],
        "keyboard": shown.markup if shown.markup and not keyboards.is_inline(shown.markup) else None,
    }
    seen |= {name: body[name] for name in _PLAIN if name in body}
    seen |= _files(body)
    if "forward_origin" in body:
        origin = body["forward_origin"]
        seen["forwarded_from"] = origin.get("sender_user_name") or origin["sender_user"]["first_name"]
    answered = chat.messages.get(shown.reply_to or 0)
    if answered is not None:
        seen["reply_to"] = {
            "message_id": answered.id,
            "name": answered.body["from"]["first_name"],
            "text": answered.body.get("text") or answered.body.get("caption") or "",
            "kind": next(
                (kind for kind in ("photo", "document", "voice", "location") if kind in answered.body), "message"
            ),
        }
    return seen


def _files(body: Json) -> Json:
    found: Json = {}
    if "photo" in body:
        largest = body["photo"][-1]
        found["photo"] = {"url": f"sim/file/{largest['file_unique_id']}", **largest}
    for kind in ("document", "voice", "sticker"):
        if kind in body:
            found[kind] = {"url": f"sim/file/{body[kind]['file_unique_id']}", **body[kind]}
    return found


def chat(world: World, viewer: User, shown: Chat, *, after: int = 0, limit: int = 0) -> Json:
    """A whole chat on a person's screen; `after` leaves out what did not change since that event."""
    messages = [m for m in shown.messages.values() if m.changed > after]
    if limit:
        messages = messages[-limit:]
    return {
        **summary(world, viewer, shown),
        "event": world.events.last,
        "messages": [message(world, viewer, shown, one) for one in messages],
        "message_ids": list(shown.messages)[-limit:] if limit else list(shown.messages),
        "keyboard": None if shown.keyboard_used else shown.keyboard,
        "force_reply": world.must_reply(shown, viewer.id),
    }


def summary(world: World, viewer: User, shown: Chat) -> Json:
    """A line in a person's list of chats."""
    last = next(reversed(shown.messages.values()), None)
    bot = next(iter(world.bots_in(shown)), None)
    return {
        "chat_id": shown.id,
        "type": shown.type,
        "title": shown.title or (bot.name if bot else ""),
        "started": shown.started or not shown.private,
        "blocked": shown.blocked,
        "topics": [{"thread": thread, "name": name} for thread, name in shown.topics.items()],
        "last": message(world, viewer, shown, last) if last else None,
        "commands": commands(bot, shown, viewer) if bot else [],
        "about": _about(bot, viewer) if bot else "",
    }


def _about(bot: Bot, viewer: User) -> str:
    return bot.texts.get(f"description:{viewer.language_code or ''}") or bot.texts.get("description:") or ""


def chats(world: World, viewer: User, bot: Bot) -> list[Json]:
    """A person's list of chats: the bot first, then the groups."""
    groups = [g for g in world.groups.values() if g.members.get(viewer.id) in MEMBERS and not g.migrated_to]
    return [summary(world, viewer, one) for one in (world.private_chat(bot, viewer), *groups)]


def commands(bot: Bot, where: Chat, viewer: User) -> list[Json]:
    """The commands Telegram's app would offer this person here: the narrowest scope first, own language before none."""
    scopes: list[Json]
    if where.private:
        scopes = [{"type": "chat", "chat_id": where.id}, {"type": "all_private_chats"}, {"type": "default"}]
    else:
        admin = where.members.get(viewer.id) in {"creator", "administrator"}
        scopes = [{"type": "chat_member", "chat_id": where.id, "user_id": viewer.id}]
        scopes += [{"type": "chat_administrators", "chat_id": where.id}] if admin else []
        scopes += [{"type": "chat", "chat_id": where.id}]
        scopes += [{"type": "all_chat_administrators"}] if admin else []
        scopes += [{"type": "all_group_chats"}, {"type": "default"}]
    for scope in scopes:
        for language in (viewer.language_code or "", ""):
            found = bot.commands.get(scope_key(scope, language))
            if found:
                return found
    return []


def button(shown: Chat, wish: str, message_id: int | None) -> tuple[Message | None, Json] | None:
    """The button whose text is the wish or begins with it, with its message (None for the keyboard under the input field).

    The newest message that has one wins; the keyboard comes before an inline button that only begins with the wish.
    """
    live = [shown.messages[message_id]] if message_id in shown.messages else list(reversed(shown.messages.values()))
    under = [] if message_id or shown.keyboard_used else keyboards.buttons(shown.keyboard)
    below = _fitting(under, wish)
    for one in live:
        found = _fitting(keyboards.buttons(one.markup), wish) if keyboards.is_inline(one.markup) else None
        if found is None:
            continue
        if below is not None and below["text"] == wish != found["text"]:
            break
        return one, found
    return (None, below) if below is not None else None


def button_under(shown: Chat, wish: str) -> tuple[Message | None, Json] | None:
    """The button of that very text under the input field, whatever buttons messages have."""
    under = [] if shown.keyboard_used else keyboards.buttons(shown.keyboard)
    return next(((None, one) for one in under if one["text"] == wish), None)


def _fitting(candidates: list[Json], wish: str) -> Json | None:
    exact = [one for one in candidates if one["text"] == wish]
    begun = [one for one in candidates if one["text"].startswith(wish)]
    return next(iter(exact + begun), None)


def button_at(shown: Chat, row: int, col: int, message_id: int | None) -> tuple[Message | None, Json] | None:
    """The inline button at a place, on the message named or the newest one that has buttons."""
    live = [shown.messages[message_id]] if message_id in shown.messages else list(reversed(shown.messages.values()))
    for one in live:
        if keyboards.is_inline(one.markup):
            rows = (one.markup or {})["inline_keyboard"]
            return (one, rows[row][col]) if row < len(rows) and col < len(rows[row]) else None
    return None
