"""Owns `housebot bookings`: its commands by name, and the list, which is light because it is wanted at once."""

from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperGroup

from housebot.cli.shell import MOST_ROWS, Shell
from housebot.cli.terminal import clock, one_line
from housebot.domain.instants import instant, local
from housebot.domain.money import plain
from housebot.domain.status import Status
from housebot.services import views
from housebot.storage.tx import Tx

if TYPE_CHECKING:
    from typer._click import Command, Context  # typer's own copy of click

COLUMNS = ("Code", "Status", "Arrival", "Departure", "Unit", "Tariff", "Guests", "Guest", "Total", "Due", "Kept until")
CHANGES = ("move", "offer", "set-price", "cancel", "no-show", "check-out")


class Bookings(TyperGroup):
    """The group that knows its commands and imports the heavier ones when they are called."""

    def list_commands(self, ctx: "Context") -> list[str]:
        return ["list", "show", "create", "confirm", "decline", *CHANGES, "note", "export"]

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        if cmd_name == "list" or cmd_name not in self.list_commands(ctx):
            return self.commands.get(cmd_name)
        from housebot.cli import bookings_change, bookings_desk, bookings_offer

        home = bookings_offer if cmd_name == "offer" else bookings_change if cmd_name in CHANGES else bookings_desk
        group = typer.main.get_command(home.app)
        assert isinstance(group, TyperGroup)
        return group.commands[cmd_name]


app = typer.Typer(cls=Bookings, rich_markup_mode=None, add_completion=False, no_args_is_help=True)


@app.callback()
def bookings() -> None:
    """Stays: list, show, make, decide, change, export."""


@app.command("list")
def list_(
    ctx: typer.Context,
    since: Annotated[str | None, typer.Option("--from", metavar="LOCAL", help="What ends after this.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="LOCAL", help="What begins until this.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Of one unit.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(metavar="STATUS", help="Of one status; may be given several times.")
    ] = None,
    guest: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of a name or contact, or a code.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="The past too.")] = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_ROWS, help="At most so many.")] = 1000,
) -> None:
    """Stays that end today or later, in all states, in order of arrival."""
    shell: Shell = ctx.obj
    for name in status or ():
        if name not in [*Status]:
            raise typer.BadParameter(f"--status {name!r} is not one of {', '.join(Status)}")
    with shell.desk() as desk:

        def found(tx: Tx) -> list[dict[str, Any]]:
            zone = views.zone(tx, now=desk.now())
            begins, ends = _window(since, until, zone)
            items, more = views.page(
                tx,
                ends_after=None if everything or since else _today(desk.now(), zone),
                since=begins,
                until=ends,
                unit=unit,
                statuses=tuple(status or ()),
                guest=guest,
                limit=limit,
            )
            if more is not None:
                shell.note(f"only the first {limit} are shown; ask for more with --limit")
            return items

        items = desk.db.read(found)
    shell.table(items, COLUMNS, [_row(item) for item in items], empty="No stays. The past is shown with --all.")


def _window(since: str | None, until: str | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    if not since and not until:
        return None, None
    from housebot.cli import inputs

    return (
        inputs.moment(since, "--from", zone) if since else None,
        inputs.moment(until, "--to", zone, end_of_day=True) if until else None,
    )


def _today(now: datetime, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(local(now, zone).date(), time())
    return instant(midnight, zone, gap="forward")[0]


def _row(item: dict[str, Any]) -> list[str]:
    total, due = item["total"], item["due"]
    return [
        item["code"] + (" test" if item["test"] else ""),
        item["status"],
        item["arrival"].replace("T", " "),
        item["departure"].replace("T", " "),
        item["unit"],
        item["tariff"],
        str(item["guests"]),
        who(item, longest_name=24),
        f"{plain(total['amount'], total['currency'])} {total['currency']}",
        plain(due["amount"], due["currency"]),
        clock(item["hold_expires_at"], item["zone"]),
    ]


def who(item: dict[str, Any], *, longest_name: int | None = None) -> str:
    """The guest in one line, whatever they typed. A long name may be cut; the contact is what people call by, and is whole."""
    name = _words((item["guest"] or {}).get("name"))
    if longest_name is not None and len(name) > longest_name:
        name = f"{name[: longest_name - 1].rstrip()}…"
    return f"{name} {_words(item['contact'])}".strip()


def _words(text: str | None) -> str:
    return " ".join(one_line(text or "").split())
