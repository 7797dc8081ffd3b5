"""Owns when and what a block in the making closes: its days and hours by the clock of the house, its instants, its parts."""

from datetime import date, datetime, time, timedelta

from housebot.bot.staff.wizards import days
from housebot.bot.staff.wizards.draft import Wizard
from housebot.bot.turn import Turn
from housebot.domain.catalog import Catalog, Unit
from housebot.domain.period import Period, instant
from housebot.errors import Refusal
from housebot.services import catalogs
from housebot.services.ports import Tx

ONE_DAY = timedelta(days=1)


def first_day(wizard: Wizard) -> date:
    span = days.chosen(wizard)
    if span is None:
        raise Refusal("stale")
    return span.first


def last_day(wizard: Wizard) -> date:
    span = days.chosen(wizard)
    if span is None:
        raise Refusal("stale")
    return span.last


def since(wizard: Wizard) -> datetime:
    """From when it is closed, by the clock of the house: the first midnight, unless an hour was named."""
    return datetime.combine(first_day(wizard), time.fromisoformat(wizard.get("begins") or "00:00"))


def until(wizard: Wizard) -> datetime:
    """Until when: the end of the last day, unless an hour was named."""
    if wizard.get("ends"):
        return datetime.combine(last_day(wizard), time.fromisoformat(wizard.get("ends")))
    return datetime.combine(last_day(wizard) + ONE_DAY, time())


def period(tx: Tx, turn: Turn, wizard: Wizard) -> Period:
    """In instants of the unit's zone."""
    zone = _unit(catalogs.current(tx, now=turn.now), wizard).zone
    return Period(*(instant(moment, zone, gap="forward")[0] for moment in (since(wizard), until(wizard))))


def _unit(catalog: Catalog, wizard: Wizard) -> Unit:
    found = catalog.unit(wizard.get("unit") or "")
    if found is None:
        raise Refusal("stale")
    return found


def parts(wizard: Wizard) -> list[str]:
    return [wizard.get("part")] if wizard.get("part") else []
