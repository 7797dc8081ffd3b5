"""Owns the four verbs of a change: which are possible for this stay now, and in one line why one is not (UX c)."""

from housebot.bot.guest.alone import closed, moves_left, no_move
from housebot.bot.guest.changing.talk import Page, Talk, draws
from housebot.bot.guest.changing.wish import party_changes, times_change
from housebot.bot.guest.journey import route
from housebot.bot.guest.telling import ways_back
from housebot.services.ports import Message


@draws("menu")
def four_verbs(page: Page) -> Message:
    """What may be changed; where nothing may, why, and the way to people."""
    told, words = page.told, page.told.words
    out = ways_back(words, "my")
    ask = told.button("gq", "menu.button.ask")
    if (refusal := closed(told)) is not None:
        return page.view.message([page.title, words.refusal(refusal)], [[ask], list(out)], back=False)
    lines: list[str] = [words.t("changing.title"), page.title]
    rows = []
    if told.booking.status == "confirmed":
        if (refusal := no_move(told)) is None:
            left = "changing.moves_left_slot" if told.is_slot else "changing.moves_left"
            lines.append(words.n(left, moves_left(told)))
            rows.append([page.act("changing.button.shift_slot" if told.is_slot else "changing.button.shift", "shift")])
        else:
            lines.append(words.refusal(refusal))
    if not told.is_slot:
        longer = "changing.button.longer" if told.booking.status == "confirmed" else "changing.button.extend"
        rows.append([page.act(longer, "longer")])
    if told.booking.status == "confirmed" and _has_party(page):
        rows.append([page.act("changing.button.extras" if told.is_slot else "changing.button.party", "party")])
    rows.append([page.act("changing.button.details", "details")])
    if wished(page):
        rows.append([page.act("changing.button.look", "look")])
    return page.view.message(lines, [*rows, [ask], list(out)], back=False)


def _has_party(page: Page) -> bool:
    """An appointment is for one; without extras there is nothing to choose."""
    tariff = page.view.tariff
    return not page.told.is_slot or (tariff is not None and bool(route.offered(page.view.catalog, tariff)))


def wished(page: Page) -> bool:
    """Whether the draft wants anything otherwise."""
    told = page.told
    return times_change(told.booking, page.draft) or party_changes(told.tx, told.booking, page.draft)


def open_verbs(talk: Talk) -> None:
    """The four of them; who is in the house and cannot change anything else is asked until when at once."""
    talk.show(talk.draft, "menu")
