"""Owns which wizard hears a press or a typed word: in private, by owners and managers, against the step that is open now (T3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import CallbackQuery, Message

from housebot.bot.actions import Act, Acted
from housebot.bot.guest.menu import word_of
from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.people import leader
from housebot.bot.staff.wizards import draft
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services import cards, ports, staff
from housebot.services.ports import Tx
from housebot.services.staff import Staff

LOOKED_AT = frozenset({"list", "card"})  # nothing is asked there

Step = Callable[[Tx, Turn, Wizard, str], None]


@dataclass(frozen=True, slots=True)
class Steps:
    """One wizard: what its buttons do, by page, and which of its steps take a typed answer."""

    pages: dict[str, Step] = field(default_factory=dict)
    typed: dict[str, Step] = field(default_factory=dict)

    def page(self, *names: str) -> Callable[[Step], Step]:
        """The function answers these buttons."""

        def add(step: Step) -> Step:
            self.pages.update(dict.fromkeys(names, step))
            return step

        return add

    def answer(self, *names: str) -> Callable[[Step], Step]:
        """The function reads what is typed on these steps."""

        def add(step: Step) -> Step:
            self.typed.update(dict.fromkeys(names, step))
            return step

        return add


texts = Texts()


def may(tx: Tx, turn: Turn) -> Staff:
    """The owner or manager, in their private chat."""
    person = leader(tx, turn)
    if turn.chat is None or not turn.chat.is_private:
        raise Refusal("forbidden", reason="private")
    return person


def opens(tx: Tx, turn: Turn) -> bool:
    """Whether a wizard may begin here; in a group it is said that it works in private."""
    leader(tx, turn)
    assert turn.chat is not None
    if not turn.chat.is_private:
        turn.say(tx, "staff.in_private")
    return turn.chat.is_private


def answering(wizards: Mapping[str, Steps]) -> Router:
    """The router of the presses on these wizards, and of what is typed into them."""
    router = Router(name="staff.wizards.answering")

    class Typing(BaseFilter):
        """Lets a text through that an open step waits for, as `wizard`; never while the person looks at the bot as a guest."""

        async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Wizard]:
            if turn.user is None or turn.chat is None or not turn.chat.is_private:
                return False
            wizard = draft.present(turn)
            if wizard is None or not message.text or _is_for_others(message.text):
                return False
            if wizard.step in LOOKED_AT or not draft.awaits_text(turn, wizard) or not _answers(message, turn, wizard):
                return False
            telegram_id = turn.user.id
            person = turn.read(lambda tx: staff.role_of(tx, telegram_id))
            return {"wizard": wizard} if person is not None and not person.guest_view else False

    @router.callback_query(Acted("sa"))
    async def pressed(query: CallbackQuery, turn: Turn, act: Act) -> None:
        """A button of a step that is over changes nothing and shows the one that is open."""

        def piece(tx: Tx) -> None:
            may(tx, turn)
            wizard, (page, _, argument) = draft.present(turn), act.arg.partition(":")
            if wizard is None or (wizard.id, wizard.version) != (act.code, act.version):
                turn.toast(turn.words.plain("toast.stale"))
                if wizard is not None:
                    draft.show(tx, turn, wizard)
                return
            if page == "close":
                draft.finish(tx, turn, wizard, "staff.wizard.closed", {})
                return
            step = wizards[wizard.name].pages.get(page)
            if step is None:
                raise Refusal("stale")
            step(tx, turn, wizard, argument)

        await turn.write(piece)

    @router.message(Typing())
    async def typed(message: Message, turn: Turn, wizard: Wizard) -> None:
        """What cannot be meant is told why, and asked again with all that was chosen before."""

        def piece(tx: Tx) -> None:
            may(tx, turn)
            try:
                with tx.attempt():
                    step = wizards[wizard.name].typed.get(wizard.step)
                    if step is None:
                        raise Refusal("invalid", reason="press")
                    step(tx, turn, wizard, message.text or "")
            except Refusal as refusal:
                turn.explain(tx, refusal)
                draft.show(tx, turn, wizard, ring=True)

        await turn.write(piece)

    return router


def _is_for_others(text: str) -> bool:
    """A command, or a button of the guests' keyboard, which may still be there from a look at the bot as a guest."""
    return text.startswith("/") or (not text[0].isalnum() and word_of(text) is not None)


def _answers(message: Message, turn: Turn, wizard: Wizard) -> bool:
    """A reply to something else, such as the words for a guest, is no answer to the wizard."""
    replied = message.reply_to_message
    if replied is None or turn.chat is None:
        return True
    chat_id, number = turn.chat.id, replied.message_id
    return turn.read(lambda tx: cards.key_of(tx, chat_id, number)) == wizard.card


@texts.renders("staff.wizard.closed")
def closed(scene: Scene) -> ports.Message:
    return ports.Message(scene.words.t("wizard.closed"))
