"""Owns one answer in a journey: the draft at hand, what was chosen, the screen that follows, and presses that come too late."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from housebot.bot.guest import draft as drafts
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.journey import route, screen
from housebot.bot.guest.journey.screen import View
from housebot.bot.guest.menu import AWAY, SHOWN, TYPING
from housebot.bot.presses import Action, Press
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.domain.period import local
from housebot.errors import Refusal
from housebot.services import cards, catalogs
from housebot.services.guests import Guest
from housebot.services.ports import Tx

TURNING, HELD = "turning", "held"  # keys of the conversation's data beside the draft

# Pages where a press may change nothing: one that looks as before is not sent again.
PICKERS = frozenset({"day", "departure", "hours", "until", "time"})


@dataclass
class Talk:
    """Inside the one write of a turn. `ring`: the answer is a new message, because something was typed above the last one."""

    turn: Turn
    tx: Tx

    @cached_property
    def catalog(self) -> Catalog:
        return catalogs.current(self.tx, now=self.turn.now)

    @property
    def draft(self) -> Draft | None:
        return drafts.from_json(self.turn.data.get(drafts.KEY))

    @cached_property
    def guest(self) -> Guest:
        return self.turn.guest(self.tx)

    @property
    def today(self) -> Any:
        return local(self.turn.now, self.catalog.zone).date()

    def keep(self, draft: Draft | None, **facts: Any) -> None:
        """Remember the draft (None: forget it) and these facts of the conversation."""
        data = self.turn.data
        for name in (TURNING, TYPING, drafts.KEY):
            data.pop(name, None)
        if draft is not None:
            data[drafts.KEY] = drafts.to_json(draft)
        self.turn.set_data({**data, **facts})

    def go_on(self, draft: Draft, *, notice: Mapping[str, Any] | None = None) -> None:
        """To the first step that still has to be asked; what was opened to change something is done with."""
        draft = replace(draft, opened={})
        self.show(draft, route.next_step(draft, self.catalog), notice=notice)

    def show(self, draft: Draft, step: str, *, notice: Mapping[str, Any] | None = None, **facts: Any) -> None:
        """Show a step of the draft; the steps that must prepare something do so first, and may lead elsewhere."""
        if step == "" or step not in screen.screens:
            self.leave(draft)
            return
        prepare = preparations.get(step)
        if prepare is not None and not facts.get("ready"):
            prepare(self, replace(draft, step=step), notice)
            return
        draft = replace(draft, step=step)
        stored = drafts.to_json(draft)
        said = {"draft": stored, **facts, **({"notice": dict(notice)} if notice else {})}
        print_ = self._print(draft, said) if step in PICKERS else ""
        same = print_ and print_ == self.turn.data.get(SHOWN) and not self.ring
        self.keep(draft, **{SHOWN: print_, AWAY: False})
        if not same:
            self.turn.screen(self.tx, step, said, ring=self.ring)

    def leave(self, draft: Draft | None) -> None:
        """To the menu; the draft stays."""
        self.keep(draft, **{SHOWN: "", AWAY: True})
        self.turn.screen(self.tx, "menu", {"draft": drafts.to_json(draft) if draft else None}, ring=self.ring)

    def refuse(self, draft: Draft, refusal: Refusal) -> None:
        """Why it did not work, with the nearest that does; nothing chosen is lost (R13)."""
        of_a_visit = {"what": "slot"} if draft.way == "slot" and refusal.code == "dates_taken" else {}
        notice = {"refusal": refusal.code, "facts": _said(refusal) | of_a_visit}
        self.show(draft, "refused", notice=notice)

    @cached_property
    def ring(self) -> bool:
        """Whether the answer must be a new message: something was typed, or the pressed one is no longer the last."""
        if self.turn.query_id is None:
            return True
        assert self.turn.chat is not None
        live = cards.message_id(self.tx, cards.SCREEN, self.turn.chat.id)
        return live is not None and self.turn.message_id is not None and self.turn.message_id < live

    def view(self, draft: Draft, facts: Mapping[str, Any] | None = None) -> View:
        """The desk as a screen would see it now."""
        return View(self.tx, self.turn.words, self.turn.now, facts or {}, draft)

    def _print(self, draft: Draft, facts: Mapping[str, Any]) -> str:
        view = self.view(draft, facts)
        return screen.fingerprint(screen.drawn(screen.screens[draft.step], view))


Answer = Callable[[Talk, Draft, Press], None]
Prepare = Callable[[Talk, Draft, Mapping[str, Any] | None], None]
Typed = Callable[[Talk, Draft, str], bool]

answers: dict[Action, Answer] = {}
preparations: dict[str, Prepare] = {}
listeners: dict[str, Typed] = {}


def answers_to(*actions: Action) -> Callable[[Answer], Answer]:
    """The function answers presses of these actions."""

    def add(answer: Answer) -> Answer:
        for action in actions:
            if action in answers:
                raise ValueError(f"{action} is answered twice")
            answers[action] = answer
        return answer

    return add


def prepares(*steps: str) -> Callable[[Prepare], Prepare]:
    """The function looks at the desk before one of these steps is shown, and calls `show(…, ready=True)` itself."""

    def add(prepare: Prepare) -> Prepare:
        preparations.update(dict.fromkeys(steps, prepare))
        return prepare

    return add


def listens(*steps: str) -> Callable[[Typed], Typed]:
    """The function reads what is typed while one of these steps is open; False: it is not for it."""

    def add(listener: Typed) -> Typed:
        listeners.update(dict.fromkeys(steps, listener))
        return listener

    return add


# Nothing is chosen by these: they fit whatever version of their draft is present (UX 5).
TURNS = frozenset({Action.MONTH, Action.MONTHS, Action.PRICES, Action.EDGE, Action.NOTHING})


def press(turn: Turn, tx: Tx, pressed: Press) -> None:
    """Answer a press of the journey, or say kindly that its time is over (T3)."""
    talk = Talk(turn, tx)
    draft = talk.draft
    if draft is None or draft.code != pressed.draft:
        _too_late(talk, draft, pressed)
        return
    if draft.version != pressed.version and pressed.action not in TURNS:
        turn.toast(turn.words.plain("toast.stale"))
        again(talk, draft)
        return
    answers[pressed.action](talk, draft, pressed)


def again(talk: Talk, draft: Draft, *, notice: Mapping[str, Any] | None = None) -> None:
    """The step that is open, as it is now."""
    talk.show(draft, draft.step or route.next_step(draft, talk.catalog), notice=notice)


def _too_late(talk: Talk, draft: Draft | None, pressed: Press) -> None:
    """A button of a draft that is over: a booking was made of it, or another draft took its place."""
    if talk.turn.data.get(HELD) == pressed.draft:
        talk.turn.toast(talk.turn.words.plain("toast.already"))
        return
    talk.turn.toast(talk.turn.words.plain("toast.stale"))
    if draft is not None and not talk.turn.data.get(AWAY):
        again(talk, draft)
    else:
        talk.leave(draft)


def _said(refusal: Refusal) -> dict[str, Any]:
    """The facts a reason may name: plain values only."""
    return {
        name: value
        for name, value in refusal.facts.items()
        if isinstance(value, (str, int)) or (isinstance(value, list) and all(isinstance(x, (str, int)) for x in value))
    }
