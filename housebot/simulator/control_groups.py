"""The controls of groups, and of who is in them."""

from housebot.simulator.errors import WrongWishError
from housebot.simulator.groups import Groups
from housebot.simulator.model import Chat, Json, User, type_group
from housebot.simulator.people import People
from housebot.simulator.world import MEMBERS, World


class GroupControls:
    """A part of `Control`; see there for the table."""

    _world: World
    _groups: Groups
    _people: People

    def group(
        self, owner: int, title: str, members: list[int] | None = None, type: str = type_group,  # noqa: A002
        forum: bool = False,
        bot: bool = True, bot_admin: bool = False,
    ) -> Json:  # fmt: skip
        people = [self._world.user(member) for member in members or []]
        chat = self._groups.create(self._world.user(owner), title, people, kind=type, forum=forum)
        if bot:
            self.add_bot(chat.id, owner, admin=bot_admin)
        return {"chat_id": chat.id}

    def _group(self, chat: int) -> Chat:
        if chat not in self._world.groups:
            raise WrongWishError(f"there is no group {chat}")
        return self._world.groups[chat]

    def member(self, chat: int, user: int, status: str = "member") -> None:
        self._groups.set_member(self._group(chat), self._world.user(user), status)

    def anonymous(self, chat: int, user: int, on: bool = True) -> None:
        group = self._group(chat)
        if on and group.members.get(user) not in {"creator", "administrator"}:
            raise WrongWishError("only an administrator can be anonymous")
        group.anonymous = [one for one in group.anonymous if one != user] + ([user] if on else [])

    def topic(self, chat: int, user: int, name: str) -> Json:
        return {"thread": self._groups.topic(self._group(chat), self._world.user(user), name)}

    def add_bot(self, chat: int, user: int, admin: bool = False, bot: int | None = None) -> None:
        status = "administrator" if admin else "member"
        self._groups.set_bot(self._group(chat), self._world.user(user), self._world.default_bot(bot), status)

    def remove_bot(self, chat: int, user: int, kick: bool = True, bot: int | None = None) -> None:
        status = "kicked" if kick else "left"
        self._groups.set_bot(self._group(chat), self._world.user(user), self._world.default_bot(bot), status)

    def migrate(self, chat: int) -> Json:
        return {"chat_id": self._groups.migrate(self._group(chat)).id}

    def startgroup(
        self, user: int, payload: str, chat: int | None = None, title: str = "New group", admin: bool = False
    ) -> Json:
        """Adds the bot by its link to a group named or to a new one; `/start@bot payload` arrives there."""
        person = self._world.user(user)
        group = self._group(chat) if chat else self._groups.create(person, title, [], kind=type_group, forum=False)
        bot = self._world.default_bot()
        if group.members.get(bot.id) not in MEMBERS:
            self.add_bot(group.id, person.id, admin=admin)
        self._people.text(person, group, f"/start@{bot.username} {payload}", reply_to=0)
        return {"chat_id": group.id}

    def _person(self, user: User) -> Json:
        return {"id": user.id, "phone": user.phone, **user.json()}
