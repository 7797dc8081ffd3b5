"""Owns `housebot stats`: what each unit was worth in a time, and what each day came to."""

from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell
from housebot.domain.money import plain
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)

COLUMNS = (
    "Unit",
    "Stays",
    "Nights",
    "Hours",
    "Occupied",
    "Revenue",
    "Received",
    "A night",
    "An hour",
    "Lead",
    "From",
    "Called off",
)


@app.command()
def stats(
    ctx: typer.Context,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day; else the first of the present month.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The last day, included; else the last of the month.")
    ] = None,
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Of one unit alone.")] = None,
    history: Annotated[
        bool, typer.Option("--history", help="What each day came to, as it was counted when the day was over.")
    ] = False,
) -> None:
    """Figures of each unit. Test bookings are left out.

    Stays, revenue (their prices) and called off: by the day of arrival. Occupied: sold nights / sellable nights of the time, by the
    clock of the unit; closed nights, and nights on which its rooms are sold as another unit, cannot be sold; a unit by appointment
    alone: hours. Received: money that came less what went back, by the day it did; what a gift pays came when the gift was bought.
    A night, an hour: revenue by nights and hours of the stays. Lead: days from booking to arrival, mean and median.
    """
    shell: Shell = ctx.obj
    from housebot.services import figures, statistics

    first = None if since is None else inputs.day(since, "--from")
    last = None if until is None else inputs.day(until, "--to")
    with shell.desk() as desk:
        if history:

            def days(tx: Tx) -> list[dict[str, Any]]:
                start, end = statistics.span(tx, first, last, now=desk.now())
                of = None if unit is None else statistics.unit_of(tx, unit, now=desk.now())
                return figures.history(tx, since=start, until=end, unit=of)

            _print_days(shell, desk.db.read(days))
            return
        found = desk.db.read(lambda tx: statistics.as_json(tx, since=first, until=last, unit=unit, now=desk.now()))
    if shell.as_json:
        shell.show(found)
        return
    print(f"{found['since']} .. {found['until']}")
    shell.table(found["units"], COLUMNS, [_line(one) for one in found["units"]], empty="No units yet.")
    if received := _money(found["received"]):
        print(f"received in all: {received}")


def _line(one: dict[str, Any]) -> list[str]:
    lead = one["lead_days"]
    return [
        one["unit"],
        str(one["stays"]),
        str(one["nights"]),
        str(one["hours"]),
        _occupied(one["occupancy"]),
        _money(one["revenue"]),
        _money(one["received"]),
        _money(one["per_night"]),
        _money(one["per_hour"]),
        "" if lead is None else f"{lead['mean']} / {lead['median']}",
        _counts(one["sources"]),
        _counts(one["called_off"]),
    ]


def _occupied(occupancy: dict[str, Any] | None) -> str:
    if occupancy is None or occupancy["basis_points"] is None:
        return ""
    tenths = (occupancy["basis_points"] + 5) // 10
    return f"{tenths // 10}.{tenths % 10} % ({occupancy['sold']} of {occupancy['sellable']} {occupancy['basis']})"


def _money(sums: list[dict[str, Any]]) -> str:
    return ", ".join(f"{plain(one['amount'], one['currency'])} {one['currency']}" for one in sums)


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.items())


def _print_days(shell: Shell, items: list[dict[str, Any]]) -> None:
    lines = [
        [
            one["day"],
            one["name"],
            one["unit"] or "",
            str(one["value"])
            if one["currency"] is None
            else f"{plain(one['value'], one['currency'])} {one['currency']}",
        ]
        for one in items
    ]
    shell.table(items, ("Day", "What", "Unit", "Value"), lines, empty="No day of that time has been counted yet.")
