"""Owns what a change means before anybody agrees (M11): every line of the difference, and what can be had where that cannot."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from housebot.bot.guest.changing.asking import granted
from housebot.bot.guest.changing.differences import parts
from housebot.bot.guest.changing.talk import Page, Talk, draws, reason_of
from housebot.bot.guest.changing.times import Times, instead, read_times, times_arg
from housebot.bot.guest.changing.wish import anew, judged, party_changes, times_change, without
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.telling import Told
from housebot.domain.changes import Dates
from housebot.errors import Refusal
from housebot.services.differences import Difference
from housebot.services.ports import Button, Message
from housebot.words import Html, join

NO_OTHER_TIME = frozenset({"temporarily_unavailable", "not_found"})
_PRINT = 9  # characters of what was shown


def show_preview(talk: Talk, draft: Draft, *, notice: Mapping[str, Any] | None = None) -> None:
    """What the draft means; where it cannot be, why, and what can."""
    try:
        judged(talk.tx, talk.booking, draft, now=talk.turn.now)
    except Refusal as refusal:
        refused(talk, draft, refusal)
    else:
        talk.show(draft, "preview", notice=notice)


def refused(talk: Talk, draft: Draft, refusal: Refusal) -> None:
    """The reason in one line and the nearest that works; the owner may be asked where only a soft rule stands in the way (R13)."""
    if refusal.code in NO_OTHER_TIME:
        raise refusal
    if refusal.facts.get("reason") == "nothing_changes":
        talk.show(anew(talk.tx, talk.booking).draft, "menu", notice=reason_of(refusal))
        return
    stays = draft.arrival is not None and draft.departure is not None
    wanted = Dates.LONGER if stays else Dates.SHIFT
    near = [times_arg(*one) for one in instead(talk.told, refusal, wanted) if _works(talk, draft, one)]
    asks = granted(talk.page(draft), draft) is not None and stays
    facts = {"near": near, "ask": times_arg(*_ends(talk, draft), what="ask") if asks else ""}
    talk.show(talk.draft, "refused" if stays else "unmoved", notice=reason_of(refusal), **facts)


def _ends(talk: Talk, draft: Draft) -> Times:
    return draft.arrival or talk.booking.arrival, draft.departure or talk.booking.departure


def _works(talk: Talk, draft: Draft, times: Times) -> bool:
    try:
        judged(talk.tx, talk.booking, replace(draft, arrival=times[0], departure=times[1]), now=talk.turn.now)
    except Refusal:
        return False
    return True


@draws("preview")
def what_it_means(page: Page) -> Message:
    """M11; what could be had when it was asked for and cannot now says so."""
    try:
        found = judged(page.told.tx, page.booking, page.draft, now=page.told.now)
    except Refusal as refusal:
        return page.view.message([page.title, page.told.words.refusal(refusal)], [])
    rows = [
        [page.act("changing.button.yes", yes_arg(found))],
        list(_halves(page)),
        [page.act("changing.button.keep", "keep")],
    ]
    return page.view.message([text(page, found)], rows, back=False)


def text(page: Page, found: Difference) -> Html:
    """Struck old and bold new, the price, what is paid and left, the move, and that nothing has happened yet."""
    told, words = page.told, page.told.words
    first = join(" · ", [words.t("changing.preview", code=page.booking.code), *parts(told, found)])
    lines = [_price(told, found), _paid(told, found), _move(told, found), words.t("changing.stands")]
    return join("\n", [first, join(" ", [one for one in lines if one])])


def _price(told: Told, found: Difference) -> Html:
    was, now = found.was.price.total, found.now.price.total
    if was == now:
        return told.words.t("changing.same_price", now=told.money(now))
    return told.words.t("changing.price", was=told.amount(was), now=told.money(now))


def _paid(told: Told, found: Difference) -> Html:
    """What is paid already; what is to be paid now where the balance may not wait for it, and on arrival."""
    words, total = told.words, found.now.price.total
    facts = {"paid": told.amount(found.paid), "rest": told.money(found.due)}
    if found.pays_first:
        ahead = min(found.amount, found.due)
        left = found.due - ahead
        return words.t("changing.pay_first", paid=facts["paid"], ahead=told.money(ahead), rest=told.money(left))
    if found.paid > total:
        return words.t("changing.overpaid", extra=told.money(found.paid - total), paid=facts["paid"])
    if found.due == 0:
        return words.t("changing.all_paid", paid=told.money(found.paid))
    if not found.paid:
        return words.t("changing.pay_there" if told.is_slot else "changing.pay_on_arrival", rest=facts["rest"])
    under_way = told.booking.status == "in_house"
    return words.t("changing.paid_rest" if under_way or told.is_slot else "changing.paid", **facts)


def _move(told: Told, found: Difference) -> Html:
    """What becomes of the moves the guest has."""
    words, allowed = told.words, found.was.cancellation.moves_allowed
    if told.booking.status == "in_house" or not allowed:
        return Html()
    if not found.spends_move:
        return words.t("changing.move_kept")
    if allowed == 1:
        return words.t("changing.move_only")
    return words.n("changing.move_spent", found.moves_left)


def _halves(page: Page) -> Iterator[Button]:
    """Of two wishes either may be left out; of one, another may be added."""
    told = page.told
    if times_change(told.booking, page.draft) and party_changes(told.tx, told.booking, page.draft):
        yield page.act("changing.button.only_time", "time")
        yield page.act("changing.button.only_party", "guests")
    else:
        yield page.act("changing.button.more", "menu")


def yes_arg(found: Difference) -> str:
    """What was shown, short enough for a button, and its total: another price or other times do not fit it."""
    new = found.now
    shown = [
        new.stay.start.isoformat(), new.stay.end.isoformat(), new.stay.unit.id, new.stay.tariff.id, sorted(new.stay.party.items()),
        sorted(new.stay.all_extras().items()), [(one.code, one.amount) for one in new.price.lines], found.was.price.total,
        found.paid, found.spends_move, found.pays_first,
    ]  # fmt: skip
    return f"yes-{hashlib.sha256(repr(shown).encode()).hexdigest()[:_PRINT]}-{new.price.total}"


def only(talk: Talk, what: str) -> None:
    """One of the two wishes alone: the time, or the guests."""
    show_preview(talk, without(talk.tx, talk.booking, talk.draft, "party" if what == "time" else "time"))


@draws("refused", "unmoved")
def cannot(page: Page) -> Message:
    """Why, with the nearest that works, and the owner to ask where it is for a person to say."""
    facts, told = page.view.facts, page.told
    rows = []
    for arg in facts.get("near", []):
        arrival, departure = read_times(arg)
        draft = replace(page.draft, arrival=arrival, departure=departure)
        try:
            amount = judged(told.tx, page.booking, draft, now=told.now).amount
        except Refusal:
            continue
        when = told.words.visit(arrival, departure) if told.is_slot else told.words.span(arrival, departure)
        rows.append([page.act("changing.button.instead", arg, when=when, amount=told.amount(amount))])
    if facts.get("ask"):
        rows.append([page.act("changing.button.ask", facts["ask"])])
    rows.append([told.button("gq", "menu.button.ask")])
    return page.view.message([page.title], rows)
