"""Owns the screens on which a promo code is made: each asks one thing, the last shows what the code would do."""

from typing import Any

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.wizards import days, draft, named, undo
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.staff.wizards.promo.steps import COUNTS, KINDS, WINDOWS, optional, promo_of, selling
from housebot.domain.catalog import Catalog
from housebot.services import catalogs, ports, promos
from housebot.services.ports import Button
from housebot.words import Html, bold, cut, join

LABEL = 30
MOST_TARIFFS = 60

texts = Texts()


@texts.renders("staff.promo.code")
def which_code(scene: Scene) -> ports.Message:
    words, wizard, _ = _stage(scene)
    return ports.Message(words.t("promo.code"), (draft.back(words, wizard, "list"),))


@texts.renders("staff.promo.kind")
def which_kind(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    kinds = [kind for kind in KINDS if kind != "extra" or optional(catalog)]
    buttons = [wizard.button(words.plain(f"promo.button.{kind}"), f"kind:{kind}") for kind in kinds]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    text = join("\n", [bold(wizard.get("code")), words.t("promo.kind")])
    return ports.Message(text, (*rows, draft.back(words, wizard, "new")))


@texts.renders("staff.promo.extra")
def which_extra(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    buttons = [
        wizard.button(cut(named.service(words, catalog, one), LABEL), f"extra:{at}")
        for at, one in enumerate(optional(catalog)[:MOST_TARIFFS])
    ]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    text = join("\n", [bold(wizard.get("code")), words.t("promo.extra")])
    return ports.Message(text, (*rows, draft.back(words, wizard, "kind")))


@texts.renders("staff.promo.value")
def which_value(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    asked = words.t(f"promo.value.{wizard.get('kind')}", currency=catalog.currency)
    return ports.Message(join("\n", [bold(wizard.get("code")), asked]), (draft.back(words, wizard, "kind"),))


@texts.renders("staff.promo.limits")
def which_limits(scene: Scene) -> ports.Message:
    """Everything from here on may be left out."""
    words, wizard, catalog = _stage(scene)
    ready = (wizard.button(words.plain("button.done"), "look"),)
    names = [*COUNTS, *WINDOWS, *(["tariffs"] if len(selling(catalog)) > 1 else [])]
    buttons = [
        wizard.button(("✓ " if _is_set(wizard, name) else "") + words.plain(f"promo.button.{name}"), f"ask:{name}")
        for name in names
    ]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    text = join("\n", [*_head(scene, wizard, catalog), words.t("promo.limits")])
    return ports.Message(text, (ready, *rows, draft.back(words, wizard, "kind")))


def _is_set(wizard: Wizard, name: str) -> bool:
    return wizard.get(f"{name}_from" if name in WINDOWS else name) is not None


@texts.renders("staff.promo.max_total", "staff.promo.max_per_guest")
def how_many(scene: Scene) -> ports.Message:
    words, wizard, _ = _stage(scene)
    text = join("\n", [bold(wizard.get("code")), words.t(f"promo.ask.{wizard.step}")])
    return ports.Message(text, (*_drop(scene, wizard), draft.back(words, wizard, "limits")))


@texts.renders("staff.promo.stay", "staff.promo.book")
def which_days(scene: Scene) -> ports.Message:
    words, wizard, _ = _stage(scene)
    title = join("\n", [bold(wizard.get("code")), words.t(f"promo.ask.{wizard.step}")])
    rows = [*_drop(scene, wizard), draft.back(words, wizard, "limits")]
    text, buttons = days.page(scene, wizard, title=title, ready=words.plain("button.done"), rows=rows)
    return ports.Message(text, buttons)


@texts.renders("staff.promo.tariffs")
def which_tariffs(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    picked = set(wizard.get("tariffs") or ())
    buttons = [
        wizard.button(("✓ " if one in picked else "") + cut(named.tariff(words, catalog, one), LABEL), f"tariff:{at}")
        for at, one in enumerate(selling(catalog)[:MOST_TARIFFS])
    ]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    ready = (wizard.button(words.plain("button.done"), "limits"),)
    text = join("\n", [bold(wizard.get("code")), words.t("promo.ask.tariffs")])
    return ports.Message(text, (*rows, ready, *_drop(scene, wizard), draft.back(words, wizard, "limits")))


def _drop(scene: Scene, wizard: Wizard) -> tuple[tuple[Button, ...], ...]:
    if not _is_set(wizard, wizard.step):
        return ()
    return ((wizard.button(scene.words.plain("promo.button.drop"), f"drop:{wizard.step}"),),)


@texts.renders("staff.promo.preview")
def preview(scene: Scene) -> ports.Message:
    """What it does to usual stays; nothing is made yet."""
    words, wizard, catalog = _stage(scene)
    look: dict[str, Any] = wizard.get(draft.LOOK)
    found = look["promo"]
    head = words.t("promo.preview", code=found["code"], gives=named.gives(words, catalog, found))
    samples = undo.samples(words, catalog, look)
    text = join("\n", [head, *named.limits(words, catalog, found), *samples, words.t("price.not_yet")])
    return ports.Message(
        text, ((wizard.button(words.plain("promo.button.make"), "make"),), draft.back(words, wizard, "limits"))
    )


def _head(scene: Scene, wizard: Wizard, catalog: Catalog) -> list[Html]:
    """The code as it stands: what it gives, and the limits that were set."""
    words = scene.words
    found = promos.as_json(scene.tx, catalog, promo_of(wizard))
    return [
        join(" · ", [bold(found["code"]), named.gives(words, catalog, found)]),
        *named.limits(words, catalog, found),
    ]


def _stage(scene: Scene) -> tuple[Any, Wizard, Catalog]:
    return scene.words, draft.read(scene.facts["wizard"]), catalogs.current(scene.tx, now=scene.now)
