"""Owns coming earlier and leaving later: only what is possible, each with its real price, and typed hours understood (check 25)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from housebot.bot.guest.alone import closed
from housebot.bot.guest.changing.asking import granted
from housebot.bot.guest.changing.preview import show_preview
from housebot.bot.guest.changing.talk import Page, Talk, draws
from housebot.bot.guest.changing.times import times_arg
from housebot.bot.guest.changing.verbs import open_verbs
from housebot.bot.guest.changing.wish import DAY, at_times, judged, steps_longer, times_change
from housebot.bot.guest.draft import Draft
from housebot.bot.guest.journey.hours import on_the_hour
from housebot.bot.guest.journey.screen import rows_of
from housebot.domain.catalog import Kind
from housebot.domain.phrases import typed_date, typed_time
from housebot.errors import Refusal
from housebot.services.bookings import Booking
from housebot.services.ports import Button, Message

MOST_ASKED = 3  # buttons that ask the owner

_EARLIER = re.compile(r"раньше|заех|приех|приед|earlier|arriv|come|(?:^|\s)(?:с|from)\s", re.IGNORECASE)
_LATER = re.compile(
    r"позже|дольше|остат|продл|выех|уех|уед|later|longer|leav|stay|(?:^|\s)(?:до|until|till)\s", re.IGNORECASE
)
_SO_MANY = re.compile(r"(?:\+\s*|на\s+|by\s+)?(\d{1,2})\s*(?:час\w*|ч|hours?|h)(?:\s|$|\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One way to stay longer, and what it adds to the price."""

    arrival: datetime
    departure: datetime
    by: timedelta
    amount: int
    earlier: bool


def begin(talk: Talk) -> None:
    """What is possible; too late is told."""
    if closed(talk.told) is not None or talk.told.is_slot:
        open_verbs(talk)
    else:
        talk.show(talk.draft, "longer")


@draws("longer")
def choices(page: Page) -> Message:
    """Earlier on the left, later on the right."""
    words, under_way = page.told.words, page.booking.status == "in_house"
    title = words.t("changing.extend" if under_way else "changing.longer")
    steps = _steps(page, _amount)
    if not steps and (asked := _steps(page, granted)):  # only a soft rule stands in the way: the owner may say yes
        rows = [[_button(page, one, ask=True)] for one in asked[:MOST_ASKED]]
        return page.view.message([title, page.title, words.t("changing.longer_ask")], rows)
    earlier = [_button(page, one) for one in steps if one.earlier]
    later = [_button(page, one) for one in steps if not one.earlier]
    both = [list(pair) for pair in zip(earlier, later, strict=False)]
    rest = earlier[len(both) :] + later[len(both) :]
    nightly = page.told.stay.tariff.kind is Kind.NIGHTLY
    known = "changing.longer_hint_here" if under_way else "changing.longer_hint"
    hint = words.t("changing.longer_none" if not steps else "changing.longer_hint_nights" if nightly else known)
    return page.view.message([title, page.title, hint], [*both, *rows_of(rest, 2)])


def _steps(page: Page, worth: Callable[[Page, Draft], int | None]) -> list[Step]:
    """Every step that may be had, on top of what the draft wants already."""
    booking, draft = page.booking, _base(page.booking, page.draft)
    kind = page.told.stay.tariff.kind
    arrival, departure = draft.arrival or booking.arrival, draft.departure or booking.departure
    before = _amount(page, draft) or 0
    found = []
    for earlier in (True, False):
        if earlier and booking.status == "in_house":
            continue
        for by in steps_longer(kind):
            if earlier and by == DAY and kind is not Kind.NIGHTLY:
                continue
            ends = (arrival - by, departure) if earlier else (arrival, departure + by)
            amount = worth(page, at_times(draft, *ends))
            if amount is not None:
                found.append(Step(*ends, by, amount - before, earlier))
    return found


def _base(booking: Booking, draft: Draft) -> Draft:
    """An hour more is an hour more than the last one; a shift that was wished for before is given up."""
    if times_change(booking, draft) and not _is_longer(booking, draft):
        return at_times(draft, booking.arrival, booking.departure)
    return draft


def _is_longer(booking: Booking, draft: Draft) -> bool:
    if draft.arrival is None or draft.departure is None:
        return False
    return draft.arrival <= booking.arrival and booking.departure <= draft.departure


def _amount(page: Page, draft: Draft) -> int | None:
    """What the draft costs more; None: it cannot be had, or by a person alone."""
    try:
        return judged(page.told.tx, page.booking, draft, now=page.told.now).amount
    except Refusal as refusal:
        if refusal.code == "temporarily_unavailable":
            raise
        return None


def _button(page: Page, step: Step, *, ask: bool = False) -> Button:
    words, told = page.told.words, page.told
    at = step.arrival if step.earlier else step.departure
    nightly = told.stay.tariff.kind is Kind.NIGHTLY
    by = words.length(nights=step.by.days) if nightly else words.length(hours=step.by // timedelta(hours=1))
    same = at.date() == (page.booking.arrival if step.earlier else page.booking.departure).date()
    shown = f"{at:%H:%M}" if same and not nightly else words.day(at) if nightly else words.moment(at)
    label = "changing.button.earlier" if step.earlier else "changing.button.later"
    amount = told.amount(step.amount)
    if ask:
        arg = times_arg(step.arrival, step.departure, what="ask")
        return page.act("changing.button.ask_for", arg, what=words.plain(label, time=shown, length=by, amount=amount))
    return page.act(label, times_arg(step.arrival, step.departure), time=shown, length=by, amount=amount)


def take_times(talk: Talk, arrival: datetime, departure: datetime) -> None:
    """What it means to stay between these times."""
    show_preview(talk, at_times(talk.draft, arrival, departure))


# What is typed


def typed(talk: Talk, text: str) -> bool:
    """`14`, «с 14», «до 18», «на 2 часа раньше», `7.12`: whichever end it makes longer, the nearer one where both would do."""
    draft = _base(talk.booking, talk.draft)
    arrival, departure = draft.arrival or talk.booking.arrival, draft.departure or talk.booking.departure
    earlier, later = bool(_EARLIER.search(text)), bool(_LATER.search(text))
    under_way = talk.booking.status == "in_house"
    day, at = typed_date(text, talk.told.local(talk.turn.now).date()), typed_time(text)
    if (found := _SO_MANY.search(text)) and (earlier is not later or under_way):
        by = timedelta(hours=int(found[1]))
        early = earlier and not under_way
        take_times(talk, *((arrival - by, departure) if early else (arrival, departure + by)))
    elif at is not None and not (at.minute and day is not None):
        if notice := on_the_hour(talk.turn.words, at):
            talk.show(talk.draft, "longer", notice=notice)
            return True
        before, after = _last_before(arrival, at), _next_after(departure, at)
        nearer = arrival - before <= after - departure
        early = not under_way and (earlier if earlier is not later else nearer)
        take_times(talk, *((before, departure) if early else (arrival, after)))
    elif day is not None:
        early = day < arrival.date()
        ends = (datetime.combine(day, arrival.time()), datetime.combine(day, departure.time()))
        take_times(talk, *((ends[0], departure) if early else (arrival, ends[1])))
    else:
        return False
    return True


def _last_before(arrival: datetime, at: time) -> datetime:
    found = datetime.combine(arrival.date(), at)
    return found if found <= arrival else found - DAY


def _next_after(departure: datetime, at: time) -> datetime:
    found = datetime.combine(departure.date(), at)
    return found if found >= departure else found + DAY
