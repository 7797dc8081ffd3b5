"""Owns how long: four shapes anybody can answer, and how many whole days."""

from housebot.bot.guest.draft import Draft, chose
from housebot.bot.guest.journey.screen import View, rows_of, shows
from housebot.bot.guest.journey.talk import Talk, again, answers_to, listens
from housebot.bot.presses import Action, Press
from housebot.domain.catalog import Kind
from housebot.domain.phrases import typed_number, understand
from housebot.services.ports import Message

SHAPES = ("evening", "day", "days", "hours")
MOST_DAYS = 14  # on buttons; more may be typed
LONGEST = 60


@shows("shape")
def how_long(view: View) -> Message:
    rows = [
        [view.button(view.label(f"choose.button.{shape}"), Action.SHAPE, shape)]
        for shape in SHAPES
        if _sold(view, shape)
    ]
    return view.message([view.words.t("choose.how_long", draft=view.sketch())], rows)


def _sold(view: View, shape: str) -> bool:
    """Whether any tariff could have this shape at all."""
    blocks = [one for one in view.catalog.tariffs if one.active and one.kind is Kind.BLOCK]
    hours = [-(-one.minutes // 60) for one in blocks]
    return {
        "evening": bool(blocks),
        "day": any(one >= 24 for one in hours),
        "days": any(one.day_totals for one in blocks),
        "hours": any(one < 24 for one in hours),
    }[shape]


@answers_to(Action.SHAPE)
def shape_chosen(talk: Talk, draft: Draft, press: Press) -> None:
    if press.arg not in SHAPES:
        again(talk, draft)
        return
    take_shape(talk, draft, press.arg)


def take_shape(talk: Talk, draft: Draft, shape: str) -> None:
    anew = ("offers", "length") if shape == "days" else ("offers",)
    cleared = {"tariff": None, "arrival": None, "departure": None, "length": None}
    talk.go_on(chose(draft, "shape", again=anew, shape=shape, **cleared))


@shows("length")
def how_many_days(view: View) -> Message:
    most = max((len(one.day_totals) for one in view.catalog.tariffs if one.active), default=7)
    buttons = [view.button(str(days), Action.LENGTH, str(days)) for days in range(2, min(max(most, 7), MOST_DAYS) + 1)]
    return view.message([view.words.t("choose.how_many_days", draft=view.sketch())], rows_of(buttons, 7))


@answers_to(Action.LENGTH)
def days_chosen(talk: Talk, draft: Draft, press: Press) -> None:
    if not press.arg.isdecimal() or not take_days(talk, draft, int(press.arg)):
        again(talk, draft)


def take_days(talk: Talk, draft: Draft, days: int) -> bool:
    """So many whole days; False for a number nobody stays."""
    if not 1 <= days <= LONGEST:
        return False
    shape = "days" if days > 1 else "day"
    talk.go_on(chose(draft, "shape", "length", again=("offers",), shape=shape, length=days, tariff=None))
    return True


@listens("shape", "length")
def length_typed(talk: Talk, draft: Draft, text: str) -> bool:
    said = understand(text, talk.catalog, today=talk.today)
    if said.day is not None or said.guests is not None:
        return False
    days = said.whole_days or said.nights
    if draft.step == "length" and days is None:
        days = typed_number(text)
    if days is not None:
        return take_days(talk, draft, days)
    if said.shape is not None:
        take_shape(talk, draft, said.shape)
        return True
    return False
