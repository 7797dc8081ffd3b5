"""Owns the end of a change: a yes that does exactly what was read, or shows what it has become, and leaving everything as it is (T3)."""

from typing import Any

from housebot.bot.guest import hold
from housebot.bot.guest.changing.preview import refused, yes_arg
from housebot.bot.guest.changing.talk import Page, Talk, draws
from housebot.bot.guest.changing.wish import KEY, change_of, judged, party_changes, times_change
from housebot.bot.guest.telling import acting
from housebot.errors import Refusal
from housebot.services import bookings, proposals, proposed
from housebot.services.differences import Difference
from housebot.services.ports import Message

DID = "changed"  # in the conversation's data: the last yes, so that a doubled one is told from an old one


def agree(talk: Talk, arg: str, version: int) -> None:
    """Do what was read, or show what it has become; a second yes finds it done (T3), the same wish begun anew is a new one."""
    if KEY not in talk.turn.data and talk.turn.data.get(DID) == [talk.booking.code, arg]:
        talk.turn.toast(talk.turn.words.plain("toast.already"))
        return
    if not times_change(talk.booking, talk.draft) and not party_changes(talk.tx, talk.booking, talk.draft):
        hold.show_present(talk.tx, talk.turn, talk.booking)  # begun anew meanwhile
        return
    try:
        found = judged(talk.tx, talk.booking, talk.draft, now=talk.turn.now)
    except Refusal as refusal:
        refused(talk, talk.draft, refusal)
        return
    if yes_arg(found) != arg or version != talk.booking.version:
        talk.show(talk.draft, "preview", notice=_moved_on(talk, arg, found))
        return
    _do(talk, found, arg)


def _moved_on(talk: Talk, arg: str, found: Difference) -> dict[str, Any]:
    """What is otherwise than on the button that was pressed."""
    told, shown = talk.told, arg.rpartition("-")[2]
    total = found.now.price.total
    if shown.isdigit() and len(shown) < 13 and int(shown) != total:
        return {"id": "changing.price_moved", "facts": {"was": told.amount(int(shown)), "now": told.money(total)}}
    return {"id": "changing.moved_on"}


def _do(talk: Talk, found: Difference, arg: str) -> None:
    """Change it; where money comes first the new dates wait for it beside the old ones, and a card says how to pay."""
    turn, tx = talk.turn, talk.tx
    change, actor, code = change_of(tx, talk.booking, talk.draft), acting(tx, turn), talk.booking.code
    if found.pays_first:
        waits = proposals.propose(tx, talk.booking, change, awaits="money", actor=actor, now=turn.now)
        talk.show(talk.draft, "done" if waits.state == "accepted" else "waits", proposal=waits.id)
    else:
        version = talk.booking.version
        talk.booking = bookings.move(tx, talk.booking.id, change, actor=actor, version=version, now=turn.now)
        talk.show(talk.draft, "done")
    talk.close()
    turn.set_data({**turn.data, DID: [code, arg]})


def keep(talk: Talk) -> None:
    """Nothing happened; the booking as it is."""
    talk.show(talk.draft, "kept")
    talk.close()


@draws("done", "kept")
def ended(page: Page) -> Message:
    """How the question ended; what is booked now comes as a message of its own."""
    said = "changing.done" if page.draft.step == "done" else "changing.kept"
    return Message(page.told.words.t(said, code=page.booking.code, span=page.told.when))


@draws("waits")
def waits_for_money(page: Page) -> Message:
    """How much and until when; what to do about it stands on a card of its own."""
    told = page.told
    one = proposed.by_id(told.tx, int(page.view.facts["proposal"]))
    if not one.is_open:
        return Message(told.words.t("my.line", code=page.booking.code, span=told.when, status=told.status))
    amount, until = told.money(proposed.missing(told.tx, one)), told.deadline(one.expires_at)
    return Message(told.words.t("changing.waits", code=page.booking.code, amount=amount, until=until))
