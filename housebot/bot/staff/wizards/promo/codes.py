"""Owns the codes there are: what each gave, one of them with its conditions, switched off and on again (R51, R52)."""

from typing import Any

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.people import actor_of
from housebot.bot.staff.wizards import answering, draft, named, undo
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.staff.wizards.promo.steps import steps
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog
from housebot.errors import Refusal
from housebot.services import catalogs, ports, promos
from housebot.services.ports import Button, Tx
from housebot.services.promos import Promo
from housebot.words import Html, Words, bold, join

A_PAGE = 8

texts = Texts()


@steps.page("list")
def listed(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """From that one on."""
    draft.show(tx, turn, draft.chose(wizard, "list", after=_number(argument) if argument else None))


@steps.page("card")
def card(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    promo = promos.of_id(tx, _number(argument))
    draft.show(tx, turn, draft.chose(wizard, "card", promo=promo.id))


@steps.page("off")
def off(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    """Nobody may use it from now on; stays that have it keep it."""
    _switch(tx, turn, wizard, on=False)


@steps.page("on")
def on(tx: Tx, turn: Turn, wizard: Wizard, argument: str) -> None:
    _switch(tx, turn, wizard, on=True)


def _switch(tx: Tx, turn: Turn, wizard: Wizard, *, on: bool) -> None:
    """A second press, or a colleague's, changes nothing: the card shows how it is."""
    actor = actor_of(answering.may(tx, turn))
    code = promos.of_id(tx, int(wizard.get("promo"))).code
    change = promos.enable if on else promos.disable
    try:
        with tx.attempt():
            change(tx, code, actor=actor, now=turn.now)
    except Refusal as refusal:
        turn.explain(tx, refusal)
        draft.show(tx, turn, wizard)
        return
    undo.done(tx, turn, wizard, actor)


@texts.renders("staff.promo.list")
def page(scene: Scene) -> ports.Message:
    words, wizard, catalog = scene.words, draft.read(scene.facts["wizard"]), catalogs.current(scene.tx, now=scene.now)
    every = promos.listing(scene.tx)
    start = min(int(wizard.get("after") or 0), max(len(every) - 1, 0)) // A_PAGE * A_PAGE
    shown = every[start : start + A_PAGE]
    lines = [_line(scene, catalog, one) for one in shown]
    codes = [wizard.button(one.code, f"card:{one.id}") for one in shown]
    rows = [tuple(codes[at : at + 2]) for at in range(0, len(codes), 2)]
    new = (wizard.button(words.plain("promo.button.new"), "new"),)
    text = join("\n", [words.t("promo.list" if every else "promo.list_empty"), *lines])
    return ports.Message(text, (*rows, *_pages(wizard, start, len(every)), new, (draft.out(words, wizard),)))


def _pages(wizard: Wizard, start: int, count: int) -> tuple[tuple[Button, ...], ...]:
    row = []
    if start > 0:
        row.append(wizard.button("‹", f"list:{start - A_PAGE}"))
    if start + A_PAGE < count:
        row.append(wizard.button("›", f"list:{start + A_PAGE}"))
    return (tuple(row),) if row else ()


def _line(scene: Scene, catalog: Catalog, promo: Promo) -> Html:
    found = promos.as_json(scene.tx, catalog, promo)
    off = "" if promo.active else scene.words.t("promo.off")
    gives = named.gives(scene.words, catalog, found)
    return join(" · ", [bold(promo.code), off, gives, uses(scene.words, found)])


def uses(words: Words, found: dict[str, Any]) -> Html:
    """How often, and how much was given away."""
    given = words.money(int(found["given"]["amount"]), str(found["given"]["currency"]))
    said = words.t("promo.uses", reserved=found["reserved"], consumed=found["consumed"], given=given)
    return said if found["left"] is None else join(", ", [said, words.t("promo.left", n=found["left"])])


@texts.renders("staff.promo.card")
def one_code(scene: Scene) -> ports.Message:
    words, wizard, catalog = scene.words, draft.read(scene.facts["wizard"]), catalogs.current(scene.tx, now=scene.now)
    promo = promos.of_id(scene.tx, int(wizard.get("promo")))
    found = promos.as_json(scene.tx, catalog, promo)
    head = join(
        " · ", [bold(promo.code), "" if promo.active else words.t("promo.off"), named.gives(words, catalog, found)]
    )
    text = join("\n", [head, *named.limits(words, catalog, found), uses(words, found)])
    switch = ("promo.button.off", "off") if promo.active else ("promo.button.on", "on")
    button = (wizard.button(words.plain(switch[0]), switch[1]),)
    return ports.Message(text, (button, draft.back(words, wizard, "list")))


def _number(argument: str) -> int:
    if not argument.isdigit():
        raise Refusal("stale")
    return int(argument)
