"""Owns one answer in a change: whose booking, the wish at hand, and the page that follows; one live message, edited in place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from housebot.bot.actions import Act
from housebot.bot.guest import hold
from housebot.bot.guest.alone import STANDING, stands
from housebot.bot.guest.changing.wish import KEY, Wish, anew, followed, from_json
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.draft import from_json as draft_from
from housebot.bot.guest.draft import to_json as draft_json
from housebot.bot.guest.journey.screen import View, drawn
from housebot.bot.guest.menu import AWAY, SHOWN
from housebot.bot.guest.telling import Told, mine, tell, theirs
from housebot.bot.renderer import Scene, Texts
from housebot.bot.turn import Turn
from housebot.errors import Refusal
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Message, Tx
from housebot.words import Html

OPEN = "changing"  # in the conversation's SHOWN: what is typed next is meant for the change
HURRY = timedelta(seconds=10)  # the same button again within it is one press

texts = Texts()
Draw = Callable[["Page"], Message]
pages: dict[str, Draw] = {}


def draws(*steps: str) -> Callable[[Draw], Draw]:
    """The function draws these pages of a change."""

    def add(draw: Draw) -> Draw:
        pages.update(dict.fromkeys(steps, draw))
        return draw

    return add


@dataclass(frozen=True)
class Page:
    """What a page sees: the booking as it is sold, and the draft as a screen of the journey sees one."""

    told: Told
    view: View

    @property
    def booking(self) -> Booking:
        return self.told.booking

    @property
    def draft(self) -> Draft:
        return self.view.draft

    def act(self, label: str, arg: str, **facts: Any) -> Button:
        """A button of this change."""
        return self.told.button("ge", label, arg, **facts)

    @property
    def title(self) -> Html:
        """`HB-7K3F · сб 5 дек 16:00 → вс 6 дек 16:00`: what is being changed."""
        return self.told.words.t("changing.what", code=self.booking.code, span=self.told.when)


@texts.renders("screen.changing")
def screen(scene: Scene) -> Message:
    """The page of the step the draft is at; an older page of a booking that came to an end says how it stands."""
    told, draft = tell(scene), draft_from(scene.facts.get("draft"))
    if draft is None or told.booking.status not in STANDING:
        return Message(scene.words.t("my.line", code=told.booking.code, span=told.when, status=told.status))
    page = Page(told, View(scene.tx, scene.words, scene.now, scene.facts, draft))
    return drawn(lambda view: pages[draft.step](replace(page, view=view)), page.view)


@dataclass
class Talk:
    """Inside the one write of a turn."""

    turn: Turn
    tx: Tx
    booking: Booking
    wish: Wish

    @property
    def draft(self) -> Draft:
        return self.wish.draft

    @property
    def told(self) -> Told:
        """The booking in words, as it is now."""
        return Told(self.tx, self.turn.words, self.turn.now, self.booking)

    def page(self, draft: Draft | None = None, facts: Mapping[str, Any] | None = None) -> Page:
        """The desk as a page would see it now."""
        view = View(self.tx, self.turn.words, self.turn.now, facts or {}, draft or self.draft)
        return Page(self.told, view)

    def show(self, draft: Draft, step: str, *, notice: Mapping[str, Any] | None = None, **facts: Any) -> None:
        """That page of the draft, which is kept for what is pressed or typed next."""
        draft = replace(draft, step=step)
        self.wish = replace(self.wish, draft=draft)
        data = self.turn.data
        rings = self._rings(data)
        rung = {"rung": [self.turn.message_id, self.turn.now.isoformat()]} if rings else {}
        kept = {**data.get(KEY, {}), **self.wish.json(), **rung}
        self.turn.set_data({**data, KEY: kept, SHOWN: OPEN, AWAY: True})
        said = {"booking": self.booking.id, "draft": draft_json(draft), **facts}
        self.turn.screen(self.tx, "changing", said | ({"notice": dict(notice)} if notice else {}), ring=rings)

    def close(self) -> None:
        """The wish is forgotten."""
        data = self.turn.data
        data.pop(KEY, None)
        self.turn.set_data({**data, SHOWN: "", AWAY: True})

    def _rings(self, data: Mapping[str, Any]) -> bool:
        """A new message after typed words, and under a card that is not the live page; a doubled tap there brings no second."""
        if self.turn.query_id is None:
            return True
        if self.turn.is_live(self.tx):
            return False
        message, at = data.get(KEY, {}).get("rung") or (None, "")
        return message != self.turn.message_id or self.turn.now - datetime.fromisoformat(at) > HURRY


def about(tx: Tx, turn: Turn, act: Act, *, begin: bool = False) -> Talk | None:
    """The change of the pressed booking, begun where none is open; None: it is no stay to change, and how it stands is shown."""
    booking = theirs(tx, turn, act)
    if not stands(booking, turn.now):
        hold.show_present(tx, turn, booking)
        return None
    wish = from_json(turn.data.get(KEY))
    if begin or wish is None or wish.booking != booking.id:
        wish = anew(tx, booking)
    return Talk(turn, tx, booking, followed(tx, booking, wish))


def present(tx: Tx, turn: Turn) -> Talk | None:
    """The change that is open in this conversation, if its booking is still the speaker's and stands."""
    wish = from_json(turn.data.get(KEY))
    booking = next((one for one in mine(tx, turn) if wish is not None and one.id == wish.booking), None)
    if wish is None or booking is None or not stands(booking, turn.now):
        return None
    return Talk(turn, tx, booking, followed(tx, booking, wish))


def reason_of(refusal: Refusal) -> dict[str, Any]:
    """A refusal as the line on top of a page: plain facts only."""
    plain = {
        name: value
        for name, value in refusal.facts.items()
        if isinstance(value, (str, int))
        or (isinstance(value, list) and all(isinstance(one, (str, int)) for one in value))
    }
    return {"refusal": refusal.code, "facts": plain}
