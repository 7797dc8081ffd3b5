"""Owns asking the owner for what a guest may not do alone: where a soft rule stands in the way, never for an overlap (R13)."""

from dataclasses import replace

from housebot.bot.guest.changing.talk import Page, Talk, draws
from housebot.bot.guest.changing.times import read_times
from housebot.bot.guest.changing.wish import at_times, change_of
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.telling import acting
from housebot.errors import Refusal
from housebot.services import favours, moving
from housebot.services.ports import Actor, Message

_ASKED = "asked by the guest"  # stands for the reason a person of the house would give
_OWNER = Actor("staff", None, "", "telegram", "owner")  # whose yes is tried, never written


def granted(page: Page, draft: Draft) -> int | None:
    """What the draft would cost more if the owner passed over the soft rules; None: not even then."""
    change = replace(change_of(page.told.tx, page.booking, draft), override=_ASKED)
    try:
        return moving.preview(page.told.tx, page.booking, change, actor=_OWNER, now=page.told.now).amount
    except Refusal as refusal:
        if refusal.code == "temporarily_unavailable":
            raise
        return None


def ask(talk: Talk, arg: str) -> None:
    """The wish goes to whoever decides, spelled out; the booking stays as it is."""
    draft = at_times(talk.draft, *read_times(arg))
    if granted(talk.page(draft), draft) is None:
        talk.show(talk.draft, "longer", notice={"refusal": "dates_taken"})
        return
    favours.ask_owner(
        talk.tx,
        talk.booking,
        change_of(talk.tx, talk.booking, draft),
        actor=acting(talk.tx, talk.turn),
        now=talk.turn.now,
    )
    talk.show(talk.draft, "asked")
    talk.close()


@draws("asked")
def asked(page: Page) -> Message:
    """Somebody will answer here."""
    told = page.told
    return Message(told.words.t("changing.asked", code=page.booking.code, **told.desk_hours))
