"""Owns `housebot blocks`: times closed for a unit or some of its parts, and extras that cannot be had on some dates."""

from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell
from housebot.domain.catalog import Catalog, Unit
from housebot.domain.period import Period, from_utc_text, local
from housebot.domain.spans import DateSpan
from housebot.errors import Refusal
from housebot.services import blocks, catalogs
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Closed times and stopped extras: add, list, remove.",
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]


@app.command()
def add(
    ctx: typer.Context,
    *,
    since: Annotated[str, typer.Option("--from", metavar="LOCAL", help="2026-12-14, or 2026-12-14T10:00.")],
    until: Annotated[str, typer.Option("--to", metavar="LOCAL", help="The same; a date alone includes its whole day.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the staff; guests do not see it.")],
    unit: Annotated[
        str | None, typer.Option(metavar="UNIT", help="Which unit; may be left out where there is one.")
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Close this part alone; may be given several times.")
    ] = None,
    extra: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Stop this extra for whole dates instead; without --unit wherever it is sold."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Close a time, or stop one extra while the house is sold. Nothing is cancelled: a stay in the way of a closed time refuses it."""
    shell: Shell = ctx.obj
    if extra is not None and part:
        raise typer.BadParameter("--part closes a part of the house, --extra stops a service: give one of them")
    if extra is not None:
        _stop(shell, extra, _span(since, until), unit=unit, reason=reason, dry_run=dry_run)
        return
    with shell.desk() as desk:

        def closed(tx: Tx) -> tuple[Catalog, dict[str, Any]]:
            catalog = catalogs.current(tx, now=desk.now())
            place = _place(catalog, inputs.the_unit(catalog, unit))
            period = Period(
                inputs.moment(since, "--from", place.zone),
                inputs.moment(until, "--to", place.zone, end_of_day=True),
            )
            block = blocks.add(
                tx,
                unit=place.id,
                period=period,
                reason=reason,
                parts=part or (),
                actor=shell.actor,
                now=desk.now(),
            )
            return catalog, blocks.as_json(block)

        catalog, item = shell.write(desk, closed, dry_run=dry_run)
    shell.show(item, f"Closed as {item['id']}: {_what(item)}, {_when(catalog, item)}.")


@app.command("list")
def list_(ctx: typer.Context, everything: Annotated[bool, typer.Option("--all", help="The past too.")] = False) -> None:
    """What is closed or stopped now and ahead, in order of time."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def read(tx: Tx) -> tuple[Catalog, list[dict[str, Any]]]:
            since = from_utc_text("2000-01-01T00:00:00Z") if everything else desk.now()
            return catalogs.current(tx, now=desk.now()), [
                blocks.as_json(block) for block in blocks.listing(tx, since=since)
            ]

        catalog, items = desk.db.read(read)
    shell.table(
        items,
        ("ID", "What", "From and to", "Reason", "By"),
        [[str(one["id"]), _what(one), _when(catalog, one), one["reason"], one["actor"]] for one in items],
        empty="Nothing is closed.",
    )


@app.command()
def remove(
    ctx: typer.Context,
    block: Annotated[int, typer.Argument(metavar="ID", help="The number of the block.")],
    dry_run: DryRun = False,
) -> None:
    """Open the time again, or sell the extra again."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def opened(tx: Tx) -> tuple[Catalog, dict[str, Any]]:
            gone = blocks.remove(tx, block, actor=shell.actor, now=desk.now())
            return catalogs.current(tx, now=desk.now()), blocks.as_json(gone)

        catalog, item = shell.write(desk, opened, dry_run=dry_run)
    shell.show(item, f"Open again: {_what(item)}, {_when(catalog, item)}.")


def _stop(shell: Shell, extra: str, dates: DateSpan, *, unit: str | None, reason: str, dry_run: bool) -> None:
    with shell.desk() as desk:
        now = desk.now()

        def stopped(tx: Tx) -> tuple[Catalog, dict[str, Any]]:
            block = blocks.stop_extra(
                tx, extra=extra, dates=dates, unit=unit, reason=reason, actor=shell.actor, now=now
            )
            assert block.extra is not None
            stays = blocks.stays_with_extra(tx, extra=block.extra, dates=dates, unit=block.unit, now=now)
            return catalogs.current(tx, now=now), blocks.as_json(block) | {"stays": blocks.stays_json(stays)}

        catalog, item = shell.write(desk, stopped, dry_run=dry_run)
    shell.show(
        item,
        f"Stopped as {item['id']}: {_what(item)}, {_when(catalog, item)}.",
        *(
            f"  {one['code']} ({one['status']}) was sold with it: {one['start']} .. {one['end']}"
            for one in item["stays"]
        ),
    )


def _span(since: str, until: str) -> DateSpan:
    first, last = inputs.day(since, "--from"), inputs.day(until, "--to")
    if last < first:
        raise Refusal("invalid", reason="period_empty", start=first.isoformat(), end=last.isoformat())
    return inputs.span(f"{first}..{last}", "--from and --to")


def _place(catalog: Catalog, name: str) -> Unit:
    found = catalog.unit(name)
    if found is None:
        raise Refusal("unknown_unit", unit=name[:40])
    return found


def _what(item: dict[str, Any]) -> str:
    if item["extra"] is not None:
        return f"{item['extra']} ({item['unit'] or 'everywhere'})"
    return f"{item['unit']} ({', '.join(item['parts'])})"


def _when(catalog: Catalog, item: dict[str, Any]) -> str:
    """The times on the wall clock of the unit."""
    place = catalog.unit(item["unit"]) if item["unit"] is not None else None
    zone = catalog.zone if place is None else place.zone
    begins, ends = (local(from_utc_text(item[name]), zone) for name in ("start", "end"))
    return f"{begins:%Y-%m-%d %H:%M} .. {ends:%Y-%m-%d %H:%M}"
