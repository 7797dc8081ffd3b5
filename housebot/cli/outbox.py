"""Owns `housebot outbox`: what the desk has to say and could not, or may have said twice."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from housebot.cli.shell import MOST_ROWS, Shell, row_number
from housebot.cli.terminal import clock
from housebot.services import outbox, views

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Messages on their way: list, retry, drop."
)

STATES = ("queued", "sending", "sent", "failed", "ambiguous", "dropped")

Id = Annotated[int, typer.Argument(metavar="ID", callback=row_number, help="The number of the message.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="queued, sending, sent, failed, ambiguous or dropped.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_ROWS, help="At most so many.")] = 100,
) -> None:
    """The newest messages first: kind and recipient, never their words."""
    shell: Shell = ctx.obj
    if state is not None and state not in STATES:
        raise typer.BadParameter(f"--state {state!r} is not one of {', '.join(STATES)}")
    with shell.desk() as desk:
        found, zone = desk.db.read(
            lambda tx: (outbox.listing(tx, state=state, limit=limit), views.zone(tx, now=desk.now()))
        )
    shell.table(
        [asdict(row) | {"facts": json.loads(row.facts), "silent": bool(row.silent)} for row in found],
        ("ID", "State", "Class", "Kind", "Chat", "Tries", "Ambiguous", "Next try", "Error"),
        [
            [
                str(row.id),
                row.state,
                row.delivery,
                row.kind,
                str(row.chat_id),
                str(row.attempts),
                str(row.ambiguous or ""),
                clock(row.next_try_at, zone) if row.state == "queued" else "",
                (row.error or "")[:60],
            ]
            for row in found
        ],
        empty="No such messages.",
    )


@app.command()
def retry(ctx: typer.Context, message: Id, dry_run: DryRun = False) -> None:
    """Send a message once more: one that failed, was dropped, or may not have arrived."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        shell.write(desk, lambda tx: outbox.retry(tx, message, now=desk.now()), dry_run=dry_run)
    shell.show({"id": message, "state": "queued"}, f"Message {message} will be sent.")


@app.command()
def drop(ctx: typer.Context, message: Id, dry_run: DryRun = False) -> None:
    """Never send a message that waits."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        shell.write(desk, lambda tx: outbox.drop(tx, message, now=desk.now()), dry_run=dry_run)
    shell.show({"id": message, "state": "dropped"}, f"Message {message} will not be sent.")
