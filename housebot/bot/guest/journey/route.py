"""Owns the order of steps: which screens a draft goes through, which comes next, and which one Back leads to."""

from dataclasses import replace

from housebot.bot.guest.draft import Draft
from housebot.domain.catalog import Catalog, Kind, Tariff

# Screens beside the way, and where Back leads from each.
BESIDE = {
    "answer": "adding",
    "contact": "summary",
    "code": "summary",
    "change": "summary",
    "why": "summary",
    "night": "day",
}


def kinds(catalog: Catalog) -> frozenset[Kind]:
    """The kinds of what is sold now."""
    return frozenset(tariff.kind for tariff in catalog.tariffs if tariff.active)


def only_slots(catalog: Catalog) -> bool:
    """Whether this desk knows appointments alone: its texts then never speak of stays (UX 2e)."""
    return kinds(catalog) == {Kind.SLOT}


def selling(catalog: Catalog) -> list[Tariff]:
    """What can be booked now, in the order of the document."""
    return [tariff for tariff in catalog.tariffs if tariff.active and tariff.units]


def steps(draft: Draft, catalog: Catalog) -> list[str]:
    """The screens of this draft's way, in order; steps with nothing to ask are not among them."""
    if draft.way == "slot":
        return _slot_steps(draft, catalog)
    tariff = catalog.tariff(draft.tariff) if draft.tariff else None
    if draft.way == "book":
        return _book_steps(draft, catalog, tariff)
    how_long = ["departure"] if kinds(catalog) == {Kind.NIGHTLY} else ["shape"]
    if draft.shape == "days" and how_long == ["shape"]:
        how_long.append("length")
    wishes = ["wishes"] if wishable(catalog) else []
    return ["day", *how_long, "guests", *wishes, "offers", "adding", "summary"]


def _book_steps(draft: Draft, catalog: Catalog, tariff: Tariff | None) -> list[str]:
    units = [unit for unit in catalog.units if catalog.tariffs_of(unit.id)]
    first = ["unit"] if len(units) > 1 else []
    unit = draft.unit or (units[0].id if len(units) == 1 else None)
    if unit is None or len(catalog.tariffs_of(unit)) > 1:
        first.append("tariff")
    options = ["options"] if tariff is None or offered(catalog, tariff) else []
    when = ["day", "departure"] if tariff is not None and tariff.kind is Kind.NIGHTLY else ["day", "hours", "until"]
    return [*first, *options, "guests", *when, "adding", "summary"]


def _slot_steps(draft: Draft, catalog: Catalog) -> list[str]:
    services = [tariff for tariff in selling(catalog) if tariff.kind is Kind.SLOT]
    tariff = catalog.tariff(draft.tariff) if draft.tariff else None
    first = ["service"] if len(services) > 1 else []
    if tariff is None or len(tariff.units) > 1:
        first.append("specialist")
    return [*first, "day", "time", "summary"]


def next_step(draft: Draft, catalog: Catalog) -> str:
    """The first step that still has to be asked."""
    return next(step for step in steps(draft, catalog) if step == "summary" or step not in draft.passed)


def step_before(draft: Draft, catalog: Catalog) -> str:
    """Where Back leads: to the screen the step was opened from, else along the way; empty: out of the journey."""
    if draft.step in draft.opened:
        return draft.opened[draft.step]
    if draft.step in BESIDE:
        return BESIDE[draft.step]
    way = steps(draft, catalog)
    if draft.step not in way:  # a refusal, or a step that fell out of the way
        return "offers" if draft.way == "help" else "day"
    place = way.index(draft.step)
    return way[place - 1] if place else ""


def opening(draft: Draft, step: str, catalog: Catalog) -> Draft:
    """The draft that remembers which screen is left for that step; a refusal is not returned to, only what was before it."""
    came = step_before(draft, catalog) if draft.step == "refused" else draft.step
    return replace(draft, opened={**draft.opened, step: came}) if came not in ("", step) else draft


def wishable(catalog: Catalog) -> list[str]:
    """Extras somebody may wish for before there is a tariff."""
    tariffs = selling(catalog)
    return [
        extra.id
        for extra in catalog.extras
        if not extra.mandatory and any(extra.id in tariff.extras and tariff.kind is not Kind.SLOT for tariff in tariffs)
    ]


def offered(catalog: Catalog, tariff: Tariff) -> list[str]:
    """Extras this tariff sells on request, those it includes apart."""
    return [
        extra.id
        for extra in catalog.extras
        if not extra.mandatory and extra.id in tariff.extras and extra.id not in tariff.included_extras
    ]
