"""Owns `housebot payments damage`: the deposit against damage, taken, returned and kept; its ledger is apart from the price."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.inputs import Method
from housebot.cli.shell import Shell
from housebot.domain.money import parse_amount, plain
from housebot.services import bookings
from housebot.services.bookings import Booking
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Damage deposits: take, return, keep.",
)

Id = Annotated[str, typer.Argument(metavar="BOOKING", help="The number or the public code of the stay.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]
Rest = Annotated[str | None, typer.Argument(metavar="[AMOUNT]", help="A part of it; else all that is left.")]
How = Annotated[Method, typer.Option(help="bank or cash.")]
Comment = Annotated[str, typer.Option(metavar="TEXT", help="For the ledger.")]


@app.command()
def take(
    ctx: typer.Context,
    booking: Id,
    amount: Annotated[
        str | None, typer.Argument(metavar="[AMOUNT]", help="What came; else what the catalog asks for.")
    ] = None,
    method: How = Method.CASH,
    comment: Comment = "",
    twice: Annotated[
        bool, typer.Option("--twice", help="Yes, although it is more than is asked for, or came before.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Write down a damage deposit that came. It pays nothing of the stay; after check-out a task asks for it back."""
    from housebot.services import damage

    _enter(
        ctx.obj,
        booking,
        lambda tx, one, sum_, now: damage.take(
            tx, one.id, sum_, method=method, comment=comment, twice=twice, actor=ctx.obj.actor, now=now
        ),
        amount,
        dry_run=dry_run,
    )


@app.command("return")
def give_back(
    ctx: typer.Context,
    booking: Id,
    amount: Rest = None,
    method: How = Method.CASH,
    comment: Comment = "",
    dry_run: DryRun = False,
) -> None:
    """Write down that the guest has it back; the guest is told, and the task is done with the last of it."""
    from housebot.services import damage

    _enter(
        ctx.obj,
        booking,
        lambda tx, one, sum_, now: damage.give_back(
            tx, one.id, sum_, method=method, comment=comment, actor=ctx.obj.actor, now=now
        ),
        amount,
        dry_run=dry_run,
    )


@app.command()
def keep(
    ctx: typer.Context,
    booking: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the guest reads it.")],
    amount: Rest = None,
    dry_run: DryRun = False,
) -> None:
    """Keep some or all of it for a reason; what is left is still to be returned."""
    from housebot.services import damage

    _enter(
        ctx.obj,
        booking,
        lambda tx, one, sum_, now: damage.keep(tx, one.id, sum_, reason=reason, actor=ctx.obj.actor, now=now),
        amount,
        dry_run=dry_run,
    )


def _enter(
    shell: Shell,
    booking: str,
    work: Callable[[Tx, Booking, int | None, datetime], Any],
    amount: str | None,
    *,
    dry_run: bool,
) -> None:
    from housebot.services import damage

    with shell.desk() as desk:

        def write(tx: Tx) -> dict[str, Any]:
            one = bookings.get(tx, inputs.booking_id(booking))
            sum_ = None if amount is None else parse_amount(amount, one.currency)
            work(tx, one, sum_, desk.now())
            return {"booking": one.code} | damage.as_json(tx, one)

        item = shell.write(desk, write, dry_run=dry_run)
    shell.show(item, f"{item['booking']}: {line(item)}")


def line(item: dict[str, Any]) -> str:
    """Where the deposit is, in one line."""
    sums = ", ".join(f"{name} {_sum(item[name])}" for name in ("asked", "taken", "returned", "kept", "left"))
    return f"damage deposit {sums} {item['asked']['currency']}"


def _sum(money: dict[str, Any]) -> str:
    return plain(money["amount"], money["currency"])
