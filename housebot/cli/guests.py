"""Owns `housebot guests`: who books, and whom the owner does not want."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from housebot.cli.shell import MOST_ROWS, Shell
from housebot.cli.terminal import clock
from housebot.services import bookings, guests, views
from housebot.services.guests import Guest
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Guests: list, show, ban.")

Who = Annotated[str, typer.Argument(metavar="ID", help="The number, the Telegram id, @name or phone.")]


@app.command("list")
def list_(
    ctx: typer.Context, limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="At most so many.")] = 200
) -> None:
    """The newest guests first."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        found, zone = desk.db.read(lambda tx: (guests.listing(tx, limit=limit), views.zone(tx, now=desk.now())))
    shell.table(
        [_json(guest) for guest in found],
        ("ID", "Name", "Telegram", "Contact", "Language", "Seen", ""),
        [
            [
                str(guest.id),
                guest.name[:40],
                f"@{guest.username}" if guest.username else str(guest.telegram_id or ""),
                guest.contact or "",
                guest.language,
                clock(guest.seen_at, zone),
                "banned" if guest.banned else "",
            ]
            for guest in found
        ],
        empty="No guests yet.",
    )


@app.command()
def show(ctx: typer.Context, who: Who) -> None:
    """One guest with their stays."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def found(tx: Tx) -> dict[str, Any]:
            guest = guests.find(tx, who)
            return _json(guest) | {
                "bookings": [bookings.as_json(tx, booking) for booking in bookings.of_guest(tx, guest.id)]
            }

        item, zone = desk.db.read(lambda tx: (found(tx), views.zone(tx, now=desk.now())))
    lines = [
        f"{name}: {clock(value, zone) if name.endswith('_at') else value}"
        for name, value in item.items()
        if name != "bookings" and value not in {None, ""}
    ]
    stays = [
        f"  {one['code']} {one['status']} {one['arrival'].replace('T', ' ')} .. {one['departure'].replace('T', ' ')}"
        for one in item["bookings"]
    ]
    shell.show(item, *lines, *stays)


@app.command()
def ban(
    ctx: typer.Context,
    who: Who,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the history; the guest does not see it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")] = False,
) -> None:
    """Take no more bookings from a guest. Stays that stand are not touched."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        banned = shell.write(
            desk,
            lambda tx: guests.ban(tx, guests.find(tx, who).id, reason=reason, actor=shell.actor, now=desk.now()),
            dry_run=dry_run,
        )
    shell.show(_json(banned), f"{banned.name or banned.contact or banned.id} is banned: {banned.ban_reason}")


def _json(guest: Guest) -> dict[str, Any]:
    return asdict(guest)
