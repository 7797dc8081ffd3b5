"""Owns what the buttons of `/promo` do while a code is made: its name, what it gives, its limits, a look, and then it is there (R51)."""

from datetime import date
from typing import Any

from aiogram import Router
from aiogram.types import Message

from housebot.bot.staff.commands import Commanded
from housebot.bot.staff.people import LEADERS, Works, actor_of
from housebot.bot.staff.wizards import answering, days, draft, undo
from housebot.bot.staff.wizards.answering import Steps
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain import promo as rules
from housebot.domain.catalog import Catalog
from housebot.domain.money import parse_amount, parse_percent
from housebot.errors import Refusal
from housebot.services import catalogs, promo_samples, promos
from housebot.services.ports import Tx
from housebot.services.promos import Promo

KINDS: tuple[rules.Kind, ...] = ("percent", "amount", "price", "extra")
WINDOWS = ("stay", "book")
COUNTS = ("max_total", "max_per_guest")
MOST_USES = 100_000

router = Router(name="staff.wizards.promo")
steps = Steps()


@router.message(Commanded("promo"), Works(LEADERS))
async def promo(message: Message, turn: Turn) -> None:
    """The codes there are, and the way to a new one."""

    def piece(tx: Tx) -> None:
        if answering.opens(tx, turn):
            draft.show(tx, turn, draft.begin(turn, "promo", "list"), ring=True)

    await turn.write(piece)


# The name and what it gives


@steps.page("new")
def new(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "code"))


@steps.answer("code")
def code_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    """Letters, digits and dashes; one that is there already, however it is spelled, is refused."""
    shown = "".join(text.split()).upper()
    try:
        rules.key(shown)
    except Refusal:
        raise Refusal("invalid", reason="promo_code") from None
    trial = Promo(id=0, code=shown, kind="percent", value=1)
    promos.check_new(tx, catalogs.current(tx, now=turn.now), trial)
    draft.show(tx, turn, draft.chose(wizard, "kind", code=shown), ring=True)


@steps.page("kind")
def kind_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    if argument not in {"", *KINDS}:
        raise Refusal("stale")
    step = {"": "kind", "extra": "extra"}.get(argument, "value")
    draft.show(tx, turn, draft.chose(wizard, step, kind=argument or None, value=None, extra=None))


@steps.answer("value")
def value_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    catalog = catalogs.current(tx, now=turn.now)
    chosen = draft.chose(wizard, "limits", value=_value(wizard, text.strip(), catalog))
    promos.check_new(tx, catalog, promo_of(chosen))
    draft.show(tx, turn, chosen, ring=True)


@steps.page("extra")
def extra_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """This service is free with the code."""
    extras = optional(catalogs.current(tx, now=turn.now))
    if not argument.isdigit() or int(argument) >= len(extras):
        raise Refusal("stale")
    draft.show(tx, turn, draft.chose(wizard, "limits", kind="extra", value=0, extra=extras[int(argument)]))


def optional(catalog: Catalog) -> list[str]:
    """Ids of the services a guest may add."""
    return [one.id for one in catalog.extras if not one.mandatory]


def _value(wizard: Wizard, text: str, catalog: Catalog) -> int:
    """Basis points, or minor units; `amount_invalid` for what is neither."""
    if wizard.get("kind") == "percent":
        try:
            return parse_percent(text)
        except Refusal:
            raise Refusal("amount_invalid", reason="percent_typed") from None
    amount = parse_amount(text.upper().removesuffix(catalog.currency).strip(), catalog.currency)
    if amount == 0 and wizard.get("kind") == "amount":
        raise Refusal("amount_invalid", reason="zero")
    return amount


# Limits, each of them optional


@steps.page("limits")
def limits(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    draft.show(tx, turn, draft.chose(wizard, "limits", first=None, last=None))


@steps.page("ask")
def ask(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """One of the limits is opened; its days are those chosen before."""
    if argument in WINDOWS:
        known = {"first": wizard.get(f"{argument}_from"), "last": wizard.get(f"{argument}_to")}
        draft.show(tx, turn, draft.chose(wizard, argument, **known))
    elif argument in {*COUNTS, "tariffs"}:
        draft.show(tx, turn, draft.chose(wizard, argument))
    else:
        raise Refusal("stale")


@steps.page("drop")
def drop(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """No such limit after all."""
    if argument in WINDOWS:
        nothing: dict[str, Any] = {f"{argument}_from": None, f"{argument}_to": None, "first": None, "last": None}
    elif argument in {*COUNTS, "tariffs"}:
        nothing = {argument: None}
    else:
        raise Refusal("stale")
    draft.show(tx, turn, draft.chose(wizard, "limits", **nothing))


@steps.answer(*COUNTS)
def count_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    said = text.strip()
    if (
        not (said.isascii() and said.isdigit())
        or not 1 <= int(said[:9]) <= MOST_USES
        or len(said) > len(str(MOST_USES))
    ):
        raise Refusal("invalid", reason="number")
    draft.show(tx, turn, draft.chose(wizard, "limits", **{wizard.step: int(said)}), ring=True)


steps.page("cal")(days.pressed)


@steps.page("days")
def days_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    span = days.chosen(wizard)
    if span is None or wizard.step not in WINDOWS:
        raise Refusal("stale")
    _window(tx, turn, wizard, span)


@steps.answer(*WINDOWS)
def days_typed(tx: Tx, turn: Turn, wizard: Wizard, text: str) -> None:
    _window(tx, turn, wizard, days.typed(text, catalogs.current(tx, now=turn.now), turn.now), ring=True)


def _window(tx: Tx, turn: Turn, wizard: Wizard, span: days.Span, *, ring: bool = False) -> None:
    ends = {f"{wizard.step}_from": span.first.isoformat(), f"{wizard.step}_to": span.last.isoformat()}
    draft.show(tx, turn, draft.chose(wizard, "limits", first=None, last=None, **ends), ring=ring)


@steps.page("tariff")
def tariff_pressed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """Switched on or off; none at all is the same as every."""
    sold = selling(catalogs.current(tx, now=turn.now))
    if not argument.isdigit() or int(argument) >= len(sold):
        raise Refusal("stale")
    picked = set(wizard.get("tariffs") or ()) ^ {sold[int(argument)]}
    draft.show(tx, turn, draft.chose(wizard, "tariffs", tariffs=sorted(picked) or None))


def selling(catalog: Catalog) -> list[str]:
    """Ids of what is sold somewhere, in the order of the document."""
    sold = {tariff.id for unit in catalog.units for tariff in catalog.tariffs_of(unit.id)}
    return [one.id for one in catalog.tariffs if one.id in sold]


# A look, and the code


@steps.page("look")
def look(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    catalog, made = catalogs.current(tx, now=turn.now), promo_of(wizard)
    promos.check_new(tx, catalog, made)
    seen = {
        "promo": promos.as_json(tx, catalog, made),
        "samples": promo_samples.samples(tx, catalog, made, now=turn.now),
    }
    draft.show(tx, turn, draft.chose(wizard, "preview", look=seen))


@steps.page("make")
def make(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    actor = actor_of(answering.may(tx, turn))
    promos.add(tx, catalogs.current(tx, now=turn.now), promo_of(wizard), actor=actor, now=turn.now)
    undo.done(tx, turn, wizard, actor)


def promo_of(wizard: Wizard) -> Promo:
    """The code as it would be made."""
    if wizard.get("kind") not in KINDS or wizard.get("value") is None:
        raise Refusal("stale")
    tariffs = wizard.get("tariffs")
    return Promo(
        id=0,
        code=wizard.get("code"),
        kind=wizard.get("kind"),
        value=wizard.get("value"),
        extra=wizard.get("extra"),
        stay_from=_day(wizard.get("stay_from")),
        stay_to=_day(wizard.get("stay_to")),
        book_from=_day(wizard.get("book_from")),
        book_to=_day(wizard.get("book_to")),
        tariffs=frozenset(tariffs) if tariffs else None,
        max_total=wizard.get("max_total"),
        max_per_guest=wizard.get("max_per_guest"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
