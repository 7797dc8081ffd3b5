"""Owns what the doctor says of other programs: whose orders and talks are heard, and who is told of events."""

from collections import Counter
from datetime import datetime

from housebot.cli.checks import Check, Checks
from housebot.cli.terminal import clock
from housebot.desk import Desk
from housebot.domain.catalog import Catalog
from housebot.domain.instants import utc_text
from housebot.errors import ConfigProblem, Refusal
from housebot.integrations import bukza as wire
from housebot.services import bukza, catalogs, hooks, inbound, views, webhook_endpoints
from housebot.storage.tx import Tx

SENDPULSE = "sendpulse"


def look(desk: Desk) -> Checks:
    """Nothing of those whom neither the settings nor the database know. Hosts and numbers alone: addresses are secrets."""
    yield from _bukza(desk)
    yield from _sendpulse(desk)
    yield from _aside(desk)
    yield from _programs(desk)


def _bukza(desk: Desk) -> Checks:
    try:
        section = desk.config.bukza
    except ConfigProblem as problem:
        yield Check("bukza", "fail", str(problem), problem.fix)
        return
    if section is None:
        return
    try:
        catalog = desk.db.read(lambda tx: catalogs.current(tx, now=desk.now()))
    except Refusal:  # nothing is for sale, as the check of the catalog says
        return
    for name, (unit, tariff) in section.places().items():
        if wrong := _unsellable(catalog, unit, tariff or section.tariff):
            fix = "mend it under [bukza] and start the desk again; what was refused is booked by itself then"
            yield Check("bukza", "fail", f"orders for {name!r} cannot be booked: {wrong}", fix)
    waiting = desk.db.read(bukza.unbooked)
    if waiting:
        numbers = ", ".join(one.number for one in waiting[:5]) + ("…" if len(waiting) > 5 else "")
        yield Check(
            "bukza",
            "warn",
            f"{len(waiting)} orders are not here as Bukza has them ({numbers})",
            "look: housebot hooks orders",
        )
    yield _heard(desk, wire.NAME, "housebot hooks template bukza")


def _unsellable(catalog: Catalog, unit_id: str, tariff_id: str | None) -> str:
    """Why a place of the settings is none; nothing where it is one."""
    unit = catalog.unit(unit_id)
    if unit is None:
        return f"there is no unit {unit_id}; there are {', '.join(one.id for one in catalog.units)}"
    selling = [one.id for one in catalog.tariffs_of(unit.id)]
    if tariff_id is None:
        return "" if len(selling) == 1 else f"name one of the tariffs of {unit_id}: {', '.join(selling)}"
    return "" if tariff_id in selling else f"{unit_id} is not sold by {tariff_id}, but by {', '.join(selling)}"


def _sendpulse(desk: Desk) -> Checks:
    try:
        section = desk.config.sendpulse
    except ConfigProblem as problem:
        yield Check(SENDPULSE, "fail", str(problem), problem.fix)
        return
    if section is not None:
        yield _heard(desk, SENDPULSE, f"housebot hooks address {SENDPULSE}")


def _heard(desk: Desk, provider: str, command: str) -> Check:
    """Whether it could tell us at all, and when it last did."""
    if desk.config.web.public_url is None:
        return Check(provider, "warn", "the world cannot reach the desk", "set [web] public_url")
    if not desk.db.read(lambda tx: hooks.has_token(tx, provider)):
        return Check(provider, "warn", "it does not know our address yet", f"run: {command}")
    last = desk.db.read(lambda tx: inbound.last_of(tx, provider))
    return Check(provider, "ok", "nothing has come yet" if last is None else f"heard last {_when(desk, last)}")


def _aside(desk: Desk) -> Checks:
    found = Counter(one.provider for one in desk.db.read(inbound.set_aside))
    if found:
        said = ", ".join(f"{number} of {provider}" for provider, number in found.items())
        yield Check("put aside", "warn", f"what came could not be read: {said}", "look: housebot hooks aside")


def _programs(desk: Desk) -> Checks:
    def gathered(tx: Tx) -> list[Check]:
        return [_program(tx, one, desk) for one in webhook_endpoints.listing(tx)]

    yield from desk.db.read(gathered)


def _program(tx: Tx, one: webhook_endpoints.Endpoint, desk: Desk) -> Check:
    name, look_at = f"webhook {one.id}", f"look: housebot hooks deliveries --endpoint {one.id}"
    if one.state == "off":
        return Check(
            name,
            "warn",
            f"{one.host} said that it is gone (410)",
            f"run: housebot hooks enable {one.id}, or remove {one.id}",
        )
    if one.told_at is not None:
        return Check(name, "warn", f"{one.host} is silent: events were given up", look_at)
    failing = webhook_endpoints.failing(tx, one)
    if failing:
        return Check(name, "warn", f"{one.host} does not answer: {failing} events are tried again", look_at)
    return Check(name, "ok", f"{one.host} is told of {', '.join(one.events)}")


def _when(desk: Desk, moment: datetime) -> str:
    zone = desk.db.read(lambda tx: views.zone(tx, now=desk.now()))
    return clock(utc_text(moment), zone)
