"""The controls that only look: chats as people see them, answers, the journal, events, the page's settings."""

from dataclasses import asdict

from housebot.simulator import view
from housebot.simulator.model import Json
from housebot.simulator.world import World


class ReadingControls:
    """A part of `Control`; see there for the table."""

    _world: World
    _page: Json

    def users(self) -> list[Json]:
        return [{"phone": user.phone, **user.json()} for user in self._world.users.values()]

    def bots(self) -> list[Json]:
        return [bot.json() for bot in self._world.bots.values()]

    def chat(self, user: int, chat: int | None = None, after: int = 0, limit: int = 0, bot: int | None = None) -> Json:
        person = self._world.user(user)
        return view.chat(self._world, person, self._world.chat_of(person, chat, bot), after=after, limit=limit)

    def chats(self, user: int, bot: int | None = None) -> list[Json]:
        return view.chats(self._world, self._world.user(user), self._world.default_bot(bot))

    def answers(self, user: int | None = None) -> list[Json]:
        return [
            {
                "query_id": q.id,
                "user": q.user_id,
                "chat": q.chat_id,
                "message_id": q.message_id,
                "data": q.data,
                "answer": q.answer,
            }
            for q in self._world.queries.values()
            if user is None or q.user_id == user
        ]

    def journal(self, method: str | None = None, chat_id: int | None = None, after: int = 0) -> list[Json]:
        return [
            asdict(entry)
            for entry in self._world.journal
            if entry.number > after
            and (method is None or entry.method.lower() == method.lower())
            and (chat_id is None or str(entry.params.get("chat_id")) == str(chat_id))
        ]

    def keyboards(self) -> list[Json]:
        return list(self._world.keyboards)

    def actions(self) -> list[Json]:
        return list(self._world.actions)

    async def events(self, after: int = 0, timeout: float = 0) -> Json:  # noqa: ASYNC109  the caller's patience
        found = await self._world.events.wait(after, min(timeout, 60))
        return {"events": found, "last": self._world.events.last}

    def page(self) -> Json:
        world = self._world
        return {"now": world.clock.now().isoformat(), "event": world.events.last, "world": world.id, **self._page}
