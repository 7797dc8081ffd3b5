"""Owns the screens of `/price`: the calendar, where, how much, what it would mean, and the prices that stand."""

from typing import Any

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.wizards import days, draft, named, undo
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.staff.wizards.price.steps import ALL, nights, tariffs
from housebot.domain.catalog import Catalog
from housebot.domain.period import local
from housebot.services import catalogs, ports, prices
from housebot.words import Html, cut, join

USUAL = (("p10", "+10 %"), ("p20", "+20 %"), ("p30", "+30 %"), ("m10", "−10 %"), ("m20", "−20 %"), ("m30", "−30 %"))
MOST_LISTED, MOST_TARIFFS = 20, 40
LABEL = 30

texts = Texts()


@texts.renders("staff.price.days")
def which_days(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    standing = len(_standing(scene, catalog))
    listed = [[wizard.button(words.plain("price.button.list", n=standing), "list")]] if standing else []
    rows = [*listed, [draft.out(words, wizard)]]
    text, buttons = days.page(
        scene, wizard, title=_title(scene, wizard, catalog), ready=words.plain("price.button.days"), rows=rows
    )
    return ports.Message(text, buttons)


@texts.renders("staff.price.unit")
def where(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    names = [named.unit(words, catalog, one.id) for one in catalog.units]
    return _choice(scene, wizard, catalog, "unit", names, words.t("price.which_unit"), "back-days")


@texts.renders("staff.price.tariff")
def which_tariff(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    names = [named.tariff(words, catalog, one.id) for one in tariffs(catalog, wizard)]
    return _choice(scene, wizard, catalog, "tariff", names, words.t("price.which_tariff"), "unit-again")


def _choice(
    scene: Scene, wizard: Wizard, catalog: Catalog, page: str, names: list[str], asked: Html, back: str
) -> ports.Message:
    words = scene.words
    every = (wizard.button(words.plain("price.button.all"), f"{page}:{ALL}"),)
    buttons = [wizard.button(cut(name, LABEL), f"{page}:{number}") for number, name in enumerate(names[:MOST_TARIFFS])]
    rows = [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
    text = join("\n", [_title(scene, wizard, catalog), asked])
    return ports.Message(text, (every, *rows, draft.back(words, wizard, back)))


@texts.renders("staff.price.value")
def how_much(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    buttons = [wizard.button(label, f"value:{arg}") for arg, label in USUAL]
    rows = (tuple(buttons[:3]), tuple(buttons[3:]), draft.back(words, wizard, "where"))
    return ports.Message(join("\n", [_title(scene, wizard, catalog), words.t("price.how_much")]), rows)


@texts.renders("staff.price.preview")
def preview(scene: Scene) -> ports.Message:
    """Which nights, usual stays before and after, and who keeps the old price; nothing is done yet."""
    words, wizard, catalog = _stage(scene)
    change: dict[str, Any] = wizard.get(draft.LOOK)
    head = words.t("price.preview", price=named.price(words, catalog, change))
    samples = undo.samples(words, catalog, change) or [words.t("price.no_samples")]
    text = join("\n", [head, *samples, *undo.kept(words, change), words.t("price.not_yet")])
    apply = (wizard.button(words.plain("price.button.apply"), "apply"),)
    return ports.Message(text, (apply, draft.back(words, wizard, "value")))


@texts.renders("staff.price.list")
def listed(scene: Scene) -> ports.Message:
    """What stands, the newest first, each with the way to take it back."""
    words, wizard, catalog = _stage(scene)
    found = _standing(scene, catalog)[:MOST_LISTED]
    lines = [
        words.t("price.line", number=number, price=named.price(words, catalog, prices.as_json(catalog, one)))
        for number, one in enumerate(found, 1)
    ]
    rows = [
        (wizard.button(words.plain("price.button.away", number=number), f"off:{one.id}"),)
        for number, one in enumerate(found, 1)
    ]
    text = join("\n", [words.t("price.list" if found else "price.list_empty"), *lines])
    return ports.Message(text, (*rows, draft.back(words, wizard, "back-days")))


def _stage(scene: Scene) -> tuple[Any, Wizard, Catalog]:
    return scene.words, draft.read(scene.facts["wizard"]), catalogs.current(scene.tx, now=scene.now)


def _standing(scene: Scene, catalog: Catalog) -> list[prices.HandPrice]:
    return prices.listing(scene.tx, since=local(scene.now, catalog.zone).date())


def _title(scene: Scene, wizard: Wizard, catalog: Catalog) -> Html:
    """What is chosen so far."""
    words = scene.words
    chosen = [
        named.nights(words, catalog, *nights(wizard)) if days.chosen(wizard) else "",
        named.unit(words, catalog, wizard.get("unit")) if wizard.get("unit") not in {None, ALL} else "",
        named.tariff(words, catalog, wizard.get("tariff")) if wizard.get("tariff") not in {None, ALL} else "",
    ]
    return join(" · ", [words.t("price.title"), *chosen])
