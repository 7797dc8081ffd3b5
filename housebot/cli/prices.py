"""Owns `housebot prices`: what some dates cost above the document, shown by sample stays before and after."""

from datetime import datetime
from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell
from housebot.domain.catalog import Catalog
from housebot.domain.money import parse_amount, parse_percent, plain
from housebot.domain.period import local
from housebot.services import catalogs, prices
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Prices of dates set by hand: set, list, remove.",
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]
SIGNS = ("+", *inputs.MINUS)


# A percent that takes something off begins like an option.
@app.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    ctx: typer.Context,
    dates: Annotated[
        str, typer.Argument(metavar="DATES", help="Nights, both included: 2026-12-05, or 2026-12-05..2026-12-06.")
    ],
    value: Annotated[
        str,
        typer.Argument(
            metavar="AMOUNT|±PERCENT", help="A sum for each night or date, such as 840; or a change: +20%, -12.5%."
        ),
    ],
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Only this unit; else all.")] = None,
    tariff: Annotated[
        str | None, typer.Option(metavar="TARIFF", help="Only this tariff; a sum needs one, where there are several.")
    ] = None,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What guests read on the line of the price.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Set the price of some nights above the catalog. The newest counts; what is held or quoted already keeps its price."""
    shell: Shell = ctx.obj
    span = inputs.span(dates, "DATES")
    with shell.desk() as desk:

        def made(tx: Tx) -> dict[str, Any]:
            catalog = catalogs.current(tx, now=desk.now())
            amount, percent = _value(value, catalog)
            change = prices.put(
                tx,
                dates=span,
                amount=amount,
                percent=percent,
                unit=unit,
                tariff=tariff,
                name=name,
                actor=shell.actor,
                now=desk.now(),
            )
            return prices.change_json(catalog, change)

        item = shell.write(desk, made, dry_run=dry_run)
    shell.show(item, f"Price {item['id']} is set: {_what(item)}.", *_lines(item))


@app.command("list")
def list_(ctx: typer.Context, everything: Annotated[bool, typer.Option("--all", help="The past too.")] = False) -> None:
    """Prices set by hand that still count, the newest first."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def read(tx: Tx) -> list[dict[str, Any]]:
            catalog = catalogs.current(tx, now=desk.now())
            since = None if everything else local(desk.now(), catalog.zone).date()
            return [prices.as_json(catalog, price) for price in prices.listing(tx, since=since)]

        items = desk.db.read(read)
    shell.table(
        items,
        ("ID", "Dates", "Price", "Unit", "Tariff", "Name", "Set by", "At"),
        [
            [
                str(one["id"]),
                _dates(one),
                _price(one),
                one["unit"] or "all",
                one["tariff"] or "all",
                one["name"],
                one["actor"],
                one["created_at"],
            ]
            for one in items
        ],
        empty="No prices are set by hand.",
    )


@app.command()
def remove(
    ctx: typer.Context,
    price: Annotated[int, typer.Argument(metavar="ID", help="The number of the price.")],
    dry_run: DryRun = False,
) -> None:
    """Take a price back: what the catalog says, or an older price, counts again."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def gone(tx: Tx) -> dict[str, Any]:
            change = prices.remove(tx, price, actor=shell.actor, now=desk.now())
            return prices.change_json(catalogs.current(tx, now=desk.now()), change)

        item = shell.write(desk, gone, dry_run=dry_run)
    shell.show(item, f"Price {item['id']} is taken back: {_what(item)}.", *_lines(item))


def _value(text: str, catalog: Catalog) -> tuple[int | None, int | None]:
    """A sum, or with a sign in front a percent in basis points."""
    compact = text.strip()
    if compact.startswith(SIGNS):
        percent = parse_percent(compact[1:])
        return None, percent if compact[0] == "+" else -percent
    return parse_amount(compact, catalog.currency), None


def _what(item: dict[str, Any]) -> str:
    scope = f"{item['unit'] or 'all units'}, {item['tariff'] or 'all tariffs'}"
    return f"nights {_dates(item)}, {_price(item)}, {scope}"


def _dates(item: dict[str, Any]) -> str:
    (span,) = item["dates"]
    return span["from"] if span["from"] == span["to"] else f"{span['from']}..{span['to']}"


def _price(item: dict[str, Any]) -> str:
    if item["percent"] is not None:
        return f"{item['percent'] / 100:+g} %"
    return f"{plain(item['amount']['amount'], item['amount']['currency'])} {item['amount']['currency']}"


def _lines(item: dict[str, Any]) -> list[str]:
    lines = []
    for one in item["samples"]:
        before, after = (plain(one[when]["amount"], one[when]["currency"]) for when in ("before", "after"))
        begins = datetime.fromisoformat(one["arrival"])
        lines.append(
            f"  {one['tariff']}: {begins:%a %d %b %H:%M} {one['hours']} h: {before} -> {after} {one['after']['currency']}"
        )
    if item["samples"] and all(one["before"] == one["after"] for one in item["samples"]):
        lines.append("  No sample changes: another price of these dates stands above it.")
    return lines + [
        f"  {one['code']} keeps its price: {plain(one['total']['amount'], one['total']['currency'])} {one['total']['currency']}"
        f" for {one['arrival'].replace('T', ' ')}"
        for one in item["kept"]
    ]
