"""Owns the simulator's memory between two runs: the world as one JSON object and back."""

import base64
from dataclasses import asdict
from typing import Any

from housebot.simulator.files import StoredFile
from housebot.simulator.model import Bot, Charge, Chat, Invoice, Json, Message, Query, User
from housebot.simulator.queue import UpdateQueue
from housebot.simulator.world import World


def dump(world: World) -> Json:
    """Everything but the journal and the events."""
    return {
        "world": world.id,
        "now": world.clock.now().isoformat(),
        "counters": world.counters,
        "users": [asdict(user) for user in world.users.values()],
        "bots": [asdict(bot) for bot in world.bots.values()],
        "queues": {str(bot_id): queue.dump() for bot_id, queue in world.queues.items()},
        "chats": [asdict(chat) for chat in (*world.private.values(), *world.groups.values())],
        "queries": [asdict(query) for query in world.queries.values()],
        "invoices": {slug: asdict(invoice) for slug, invoice in world.invoices.items()},
        "charges": [asdict(charge) for charge in world.charges.values()],
        "files": [asdict(file) for file in world.files.files.values()],
        "contents": {key: base64.b64encode(data).decode() for key, data in world.files.contents.items()},
        "events": world.events.last,
    }


def load(world: World, dumped: Json) -> None:
    """Fills an empty world with what was dumped. The clock is left to whoever owns it."""
    world.id = dumped["world"]
    world.counters = dumped["counters"]
    world.users = {one["id"]: User(**one) for one in dumped["users"]}
    world.bots = {one["id"]: Bot(**one) for one in dumped["bots"]}
    for bot_id, queue in dumped["queues"].items():
        world.queues[int(bot_id)] = UpdateQueue(world.clock, 1)
        world.queues[int(bot_id)].load(queue)
    for one in dumped["chats"]:
        chat = _chat(one)
        if chat.private:
            world.private[(chat.bot_id or 0, chat.id)] = chat
        else:
            world.groups[chat.id] = chat
    world.queries = {one["id"]: Query(**one) for one in dumped["queries"]}
    world.invoices = {slug: Invoice(**one) for slug, one in dumped["invoices"].items()}
    world.charges = {one["id"]: Charge(**one | {"invoice": Invoice(**one["invoice"])}) for one in dumped["charges"]}
    world.files.contents = {key: base64.b64decode(data) for key, data in dumped["contents"].items()}
    for one in dumped["files"]:
        world.files.restore(StoredFile(**one), list(world.bots))
    world.events.last = dumped["events"]


def _chat(dumped: dict[str, Any]) -> Chat:
    chat = Chat(**dumped)
    chat.messages = {int(key): Message(**one) for key, one in dumped["messages"].items()}
    chat.topics = {int(key): name for key, name in dumped["topics"].items()}
    chat.members = {int(key): status for key, status in dumped["members"].items()}
    return chat
