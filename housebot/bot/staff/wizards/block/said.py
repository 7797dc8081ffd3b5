"""Owns the screens of `/block`: the calendar, the hours, what and why, who is inside, what would be closed around them."""

from typing import Any

from housebot.bot.renderer import Scene, Texts
from housebot.bot.staff.wizards import days, draft, inside, named
from housebot.bot.staff.wizards.block import times
from housebot.bot.staff.wizards.block.steps import offered
from housebot.bot.staff.wizards.draft import Wizard
from housebot.domain.catalog import Catalog
from housebot.domain.period import from_utc_text, local
from housebot.services import blocks, catalogs, ports
from housebot.words import Html, capital, cut, join

MOST_LISTED, MOST_GAPS = 20, 20
LABEL = 30

texts = Texts()


@texts.renders("staff.block.days")
def which_days(scene: Scene) -> ports.Message:
    words, wizard, _ = _stage(scene)
    standing = len(blocks.listing(scene.tx, since=scene.now))
    listed = [[wizard.button(words.plain("block.button.list", n=standing), "list")]] if standing else []
    rows = [*listed, [draft.out(words, wizard)]]
    text, buttons = days.page(
        scene, wizard, title=words.t("block.title"), ready=words.plain("block.button.days"), rows=rows
    )
    return ports.Message(text, buttons)


@texts.renders("staff.block.begins", "staff.block.ends")
def which_hour(scene: Scene) -> ports.Message:
    """Whole days with one press; else an hour pressed or typed."""
    words, wizard, _ = _stage(scene)
    begins = wizard.step == "begins"
    # Midnight is the start of the first day, and no end of the last one: that has a button of its own.
    hours = [wizard.button(f"{hour:02d}:00", f"{wizard.step}:{hour}") for hour in range(1, 24)]
    grid = [tuple(hours[start : start + 6]) for start in range(0, len(hours), 6)]
    whole = [(wizard.button(words.plain("block.button.whole"), f"{wizard.step}:whole"),)] if begins else []
    open_end = (
        wizard.button(words.plain("block.button.from_start" if begins else "block.button.to_end"), wizard.step),
    )
    day = days.chosen(wizard)
    assert day is not None, "hours are asked after the days"
    asked = words.t("block.from_hour" if begins else "block.to_hour", day=words.day(day.first if begins else day.last))
    back = draft.back(words, wizard, "back-days" if begins else "hours")
    return ports.Message(join("\n", [_title(scene, wizard), asked]), (*whole, open_end, *grid, back))


@texts.renders("staff.block.what")
def what(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    buttons = [wizard.button(_label(scene, catalog, one), f"what:{one}") for one in offered(catalog)[:80]]
    rows = [tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
    text = join("\n", [_title(scene, wizard), words.t("block.what")])
    return ports.Message(text, (*rows, draft.back(words, wizard, "hours")))


def _label(scene: Scene, catalog: Catalog, what: str) -> str:
    words, (first, _, second) = scene.words, what[1:].partition("-")
    if what[0] == "x":
        return words.plain(
            "block.button.service", extra=cut(named.service(words, catalog, catalog.extras[int(first)].id), LABEL)
        )
    unit = catalog.units[int(first)]
    if what[0] == "p":
        return words.plain("block.button.part", part=cut(named.parts(words, catalog, [unit.parts[int(second)]]), LABEL))
    name = cut(named.unit(words, catalog, unit.id), LABEL)
    return words.plain("block.button.all_of", unit=name) if len(catalog.units) == 1 else name


@texts.renders("staff.block.reason")
def why(scene: Scene) -> ports.Message:
    words, wizard, _ = _stage(scene)
    none = (wizard.button(words.plain("block.button.no_reason"), "reason:none"),)
    text = join("\n", [_title(scene, wizard), words.t("block.reason")])
    return ports.Message(text, (none, draft.back(words, wizard, "what")))


@texts.renders("staff.block.preview")
def preview(scene: Scene) -> ports.Message:
    """Nothing is closed yet. Stays in the way are named: nobody is cancelled, the rest can be closed around them."""
    words, wizard, _ = _stage(scene)
    look: dict[str, Any] = wizard.get(draft.LOOK)
    stays, taken = look["stays"], look.get("taken", False)
    lines = [_title(scene, wizard)]
    if taken:
        lines += [words.t("block.taken" if stays else "block.taken_unknown"), *inside.lines(scene, stays)]
        act = (wizard.button(words.plain("block.button.around"), "around"),)
    else:
        if wizard.get("extra"):
            lines.append(words.t("block.service_only"))
        lines += [words.t("block.with_service"), *inside.lines(scene, stays)] if stays else []
        act = (wizard.button(words.plain("block.button.close"), "close-it"),)
    return ports.Message(join("\n", lines), (act, *inside.buttons(scene, stays), draft.back(words, wizard, "reason")))


@texts.renders("staff.block.around")
def around(scene: Scene) -> ports.Message:
    """One line a block, before one is made."""
    words, wizard, catalog = _stage(scene)
    look: dict[str, Any] = wizard.get(draft.LOOK)
    gaps: list[dict[str, Any]] = look["gaps"]
    if not gaps:
        return ports.Message(
            join("\n", [_title(scene, wizard), words.t("block.no_gaps")]), (draft.back(words, wizard, "reason"),)
        )
    shown = [_gap(scene, wizard, catalog, one) for one in gaps[:MOST_GAPS]]
    more = words.t("block.more", n=len(gaps) - MOST_GAPS) if len(gaps) > MOST_GAPS else ""
    head = words.n("block.around", len(gaps))
    act = (wizard.button(words.plain("block.button.around_it", n=len(gaps)), "around-it"),)
    text = join("\n", [_title(scene, wizard), head, *shown, more, words.t("block.stays_stay")])
    return ports.Message(text, (act, draft.back(words, wizard, "reason")))


def _gap(scene: Scene, wizard: Wizard, catalog: Catalog, gap: dict[str, Any]) -> Html:
    words, unit = scene.words, catalog.unit(wizard.get("unit"))
    zone = catalog.zone if unit is None else unit.zone
    begins, ends = (local(from_utc_text(gap[name]), zone) for name in ("start", "end"))
    some = unit is not None and len(gap["parts"]) < len(unit.parts) and not wizard.get("part")
    parts = named.parts(words, catalog, gap["parts"]) if some else ""
    return join(" · ", [words.t("block.gap", time=named.time(words, begins, ends)), parts])


@texts.renders("staff.block.list")
def listed(scene: Scene) -> ports.Message:
    words, wizard, catalog = _stage(scene)
    found = blocks.listing(scene.tx, since=scene.now)[:MOST_LISTED]
    lines = [
        words.t("price.line", number=number, price=named.block(words, catalog, blocks.as_json(one)))
        for number, one in enumerate(found, 1)
    ]
    rows = [
        (wizard.button(words.plain("block.button.open", number=number), f"open:{one.id}"),)
        for number, one in enumerate(found, 1)
    ]
    text = join("\n", [words.t("block.list" if found else "block.list_empty"), *lines])
    return ports.Message(text, (*rows, draft.back(words, wizard, "back-days")))


def _stage(scene: Scene) -> tuple[Any, Wizard, Catalog]:
    return scene.words, draft.read(scene.facts["wizard"]), catalogs.current(scene.tx, now=scene.now)


def _title(scene: Scene, wizard: Wizard) -> Html:
    """What is chosen so far; a service is stopped for whole days."""
    words, _, catalog = _stage(scene)
    begins, ends = times.since(wizard), times.until(wizard)
    if wizard.get("extra"):
        span = days.chosen(wizard)
        assert span is not None, "what is asked after the days"
        when = " – ".join(words.day(day) for day in dict.fromkeys((span.first, span.last)))
        thing = str(words.t("named.service", extra=named.service(words, catalog, wizard.get("extra"))))
    else:
        when = named.time(words, begins, ends)
        part = wizard.get("part")
        thing = named.parts(words, catalog, [part]) if part else named.unit(words, catalog, wizard.get("unit"))
    return join(
        " · ",
        [
            words.t("block.title"),
            capital(when),
            Html(thing) if wizard.get("extra") else thing,
            wizard.get("reason") or "",
        ],
    )
