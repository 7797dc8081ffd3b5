"""Owns `housebot bookings offer`: other dates or another price for a guest to agree to, shown before it is sent."""

from datetime import datetime
from typing import Annotated, Any

import typer

from housebot.cli.bookings_change import Version, difference_lines, times
from housebot.cli.bookings_desk import DryRun, Id, changed, lines
from housebot.cli.shell import Shell
from housebot.cli.terminal import clock
from housebot.domain.money import parse_amount
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, proposals
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def group() -> None:
    """What a guest is offered instead."""


@app.command()
def offer(
    ctx: typer.Context,
    booking: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the guest reads it.")],
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="LOCAL", help="The arrival offered; alone it shifts the stay as it is."),
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="LOCAL", help="The departure offered.")] = None,
    price: Annotated[str | None, typer.Option(metavar="AMOUNT", help="What the whole stay would cost.")] = None,
    version: Version = None,
    dry_run: DryRun = False,
) -> None:
    """Other dates or another price for the guest to agree to, in Telegram; the stay stands as it is until they do."""
    shell: Shell = ctx.obj

    def work(tx: Tx, one: Booking, now: datetime) -> tuple[Booking, dict[str, Any]]:
        if version is not None and version != one.version:
            raise Refusal("stale", booking=one.code, status=one.status, version=one.version)
        ends = times(catalogs.current(tx, now=now), one, None, since, until)
        wish = Change(arrival=ends.get("arrival"), departure=ends.get("departure"))
        total = None if price is None else parse_amount(price, one.currency)
        made = proposals.propose(tx, one, wish, awaits="guest", price=total, reason=reason, actor=shell.actor, now=now)
        return bookings.get(tx, one.id), {"offer": proposals.as_json(tx, made)}

    item = changed(shell, booking, work, dry_run=dry_run)
    offered = item["offer"]
    said = f"  offered to the guest until {clock(offered['expires_at'], item['zone'])}"
    shell.show(item, *lines(item), said, *difference_lines(offered["change"]))
