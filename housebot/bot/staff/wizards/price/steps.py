"""Owns what the buttons of `/price` do: which days, where, how much, a look at what it means, and then the price is set (R12)."""

from datetime import date, timedelta

from aiogram import Router
from aiogram.types import Message

from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works, actor_of
from housebot.bot.staff.wizards import answering, days, draft, undo
from housebot.bot.staff.wizards.answering import Steps
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Tariff
from housebot.domain.money import parse_amount, parse_percent
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import catalogs, prices
from housebot.services.ports import Actor, Tx
from housebot.services.prices import Change
from housebot.services.rehearsal import rehearsed

ONE_DAY = timedelta(days=1)
ALL = "all"
SIGNS = {"+": 1, "-": -1, "−": -1, "–": -1}

router = Router(name="staff.wizards.price")
steps = Steps()


@router.message(Commanded("price"), Works(LEADERS))
async def price(message: Message, turn: Turn) -> None:
    """The calendar at once; what stands already is one button away."""

    def piece(tx: Tx) -> None:
        if answering.opens(tx, turn):
            draft.show(tx, turn, draft.begin(turn, "price", "days"), ring=True)

    await turn.write(piece)


steps.page("cal")(days.pressed)


@steps.page("back-days")
def back_to_days(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "days"))


@steps.answer("days")
def days_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    """`4.12–5.12`: nights, both meant."""
    span = days.typed(text, catalogs.current(tx, now=turn.now), turn.now)
    _next(tx, turn, draft.chose(wizard, "days", **days.as_chosen(span)), ring=True)


@steps.page("days")
def days_chosen(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    if days.chosen(wizard) is None:
        raise Refusal("stale")
    _next(tx, turn, wizard)


def _next(tx: Tx, turn: Turn, wizard: Wizard, *, ring: bool = False) -> None:
    """Where several units or tariffs are sold, which; then how much."""
    catalog = catalogs.current(tx, now=turn.now)
    if len(catalog.units) > 1 and wizard.get("unit") is None:
        draft.show(tx, turn, draft.chose(wizard, "unit"), ring=ring)
    elif len(tariffs(catalog, wizard)) > 1 and wizard.get("tariff") is None:
        draft.show(tx, turn, draft.chose(wizard, "tariff"), ring=ring)
    else:
        draft.show(tx, turn, draft.chose(wizard, "value"), ring=ring)


@steps.page("unit")
def unit_chosen(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    catalog = catalogs.current(tx, now=turn.now)
    unit = ALL if argument == ALL else catalog.units[_index(argument, len(catalog.units))].id
    _next(tx, turn, draft.chose(wizard, "unit", unit=unit, tariff=None))


@steps.page("tariff")
def tariff_chosen(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    sold = tariffs(catalogs.current(tx, now=turn.now), wizard)
    tariff = ALL if argument == ALL else sold[_index(argument, len(sold))].id
    _next(tx, turn, draft.chose(wizard, "tariff", tariff=tariff))


@steps.page("where")
def where_again(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """Back from the sum: to the last question there was."""
    catalog = catalogs.current(tx, now=turn.now)
    if len(tariffs(catalog, wizard)) > 1:
        draft.show(tx, turn, draft.chose(wizard, "tariff", tariff=None))
    elif len(catalog.units) > 1:
        draft.show(tx, turn, draft.chose(wizard, "unit", unit=None))
    else:
        draft.show(tx, turn, draft.chose(wizard, "days"))


@steps.page("unit-again")
def unit_again(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    several = len(catalogs.current(tx, now=turn.now).units) > 1
    draft.show(tx, turn, draft.chose(wizard, "unit" if several else "days", unit=None, tariff=None))


@steps.page("value")
def value_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """`p20`, `m10`: one of the usual changes; nothing: to say another."""
    if not argument:
        draft.show(tx, turn, draft.chose(wizard, "value"))
        return
    sign = {"p": 1, "m": -1}.get(argument[0])
    if sign is None or not argument[1:].isdigit():
        raise Refusal("stale")
    _look(tx, turn, draft.chose(wizard, "value", percent=sign * int(argument[1:]) * 100, amount=None))


@steps.answer("value")
def value_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    """`+20%`, `-12,5`, `840`: a sign makes it a change, without one it is a sum."""
    catalog = catalogs.current(tx, now=turn.now)
    compact = text.strip()
    if compact[:1] in SIGNS:
        percent = SIGNS[compact[0]] * parse_percent(compact[1:].strip())
        _look(tx, turn, draft.chose(wizard, "value", percent=percent, amount=None), ring=True)
        return
    if compact.endswith("%"):
        raise Refusal("invalid", reason="price_sign")
    amount = parse_amount(compact.upper().removesuffix(catalog.currency).strip(), catalog.currency)
    if len({one.id for one in _affected(catalog, wizard)}) > 1:
        raise Refusal("invalid", reason="price_one_tariff")
    _look(tx, turn, draft.chose(wizard, "value", amount=amount, percent=None), ring=True)


def _look(tx: Tx, turn: Turn, wizard: Wizard, *, ring: bool = False) -> None:
    """What it would mean, with nothing of it done."""
    person = answering.may(tx, turn)
    change = rehearsed(tx, lambda: _put(tx, turn, wizard, actor_of(person)))
    look = prices.change_json(catalogs.current(tx, now=turn.now), change)
    draft.show(tx, turn, draft.chose(wizard, "preview", look=look), ring=ring)


@steps.page("apply")
def apply(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    actor = actor_of(answering.may(tx, turn))
    change = prices.change_json(catalogs.current(tx, now=turn.now), _put(tx, turn, wizard, actor))
    undo.done(tx, turn, wizard, actor, {"samples": change["samples"], "kept": change["kept"]})


@steps.page("list")
def listed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "list"))


@steps.page("off")
def away(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """A price that stands is taken back; one that is gone says so and the list is shown anew."""
    actor = actor_of(answering.may(tx, turn))
    try:
        with tx.attempt():
            change = prices.remove(tx, _index(argument), actor=actor, now=turn.now)
    except Refusal as refusal:
        turn.explain(tx, refusal)
        draft.show(tx, turn, draft.chose(wizard, "list"))
        return
    found = prices.change_json(catalogs.current(tx, now=turn.now), change)
    undo.done(tx, turn, wizard, actor, {"samples": found["samples"]})


def _put(tx: Tx, turn: Turn, wizard: Wizard, actor: Actor) -> Change:
    unit, tariff = ({ALL: None}.get(value, value) for value in (wizard.get("unit"), wizard.get("tariff")))
    return prices.put(
        tx,
        dates=_span(wizard),
        amount=wizard.get("amount"),
        percent=wizard.get("percent"),
        unit=unit,
        tariff=tariff,
        actor=actor,
        now=turn.now,
    )


def _span(wizard: Wizard) -> DateSpan:
    span = days.chosen(wizard)
    if span is None:
        raise Refusal("stale")
    return DateSpan(span.first, span.last + ONE_DAY)


def nights(wizard: Wizard) -> tuple[date, date]:
    """First and last night."""
    span = _span(wizard)
    return span.since, span.until - ONE_DAY


def tariffs(catalog: Catalog, wizard: Wizard) -> list[Tariff]:
    """What is sold in the chosen unit, or anywhere."""
    unit = wizard.get("unit")
    units = [one.id for one in catalog.units if unit in {None, ALL, one.id}]
    sold = {tariff.id: tariff for one in units for tariff in catalog.tariffs_of(one)}
    return [one for one in catalog.tariffs if one.id in sold]


def _affected(catalog: Catalog, wizard: Wizard) -> list[Tariff]:
    return [one for one in tariffs(catalog, wizard) if wizard.get("tariff") in {None, ALL, one.id}]


def _index(argument: str, most: int | None = None) -> int:
    if not argument.isdigit() or (most is not None and int(argument) >= most):
        raise Refusal("stale")
    return int(argument)
