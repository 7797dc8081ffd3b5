"""Owns `housebot payments`: the ledger as it stands, and the rows staff add to it; nothing in it is ever changed or deleted."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from housebot.cli import damage, inputs
from housebot.cli.inputs import Method
from housebot.cli.shell import Shell
from housebot.domain.money import parse_amount, plain
from housebot.services import bookings, payments
from housebot.services.payments import Payment
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Money: list, record, refund, adjust, chargeback, damage deposits.",
)
app.add_typer(damage.app, name="damage")

Id = Annotated[str, typer.Argument(metavar="BOOKING", help="The number or the public code of the stay.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]
Twice = Annotated[bool, typer.Option("--twice", help="Yes, although it is more than is owed.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the ledger; the guest does not see it.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    booking: Annotated[str | None, typer.Argument(metavar="[BOOKING]", help="Of one stay; else all rows.")] = None,
) -> None:
    """The rows of the ledger, oldest first. `GO-…` is a gift that was bought; what came too late for its stay has none, and waits
    for a choice.
    """
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def read(tx: Tx) -> list[dict[str, Any]]:
            of = None if booking is None else bookings.get(tx, inputs.booking_id(booking)).id
            return [payments.as_json(tx, one) for one in payments.listing(tx, booking_id=of, limit=None)]

        items = desk.db.read(read)
    shell.table(
        items,
        ("ID", "For", "Kind", "By", "Amount", "State", "Refunds", "Comment", "Who", "At"),
        [
            [
                str(one["id"]),
                one["booking"] or one["gift_order"] or "",
                one["kind"],
                one["method"],
                _money(one["amount"]),
                one["state"],
                str(one["refunds"] or ""),
                _line(one["comment"]),
                one["actor"],
                one["created_at"],
            ]
            for one in items
        ],
        empty="No money yet.",
    )


@app.command()
def record(
    ctx: typer.Context,
    booking: Id,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="What came: 400, or 600,50.")],
    method: Annotated[Method, typer.Option(help="bank or cash.")],
    comment: Annotated[str, typer.Option(metavar="TEXT", help="For the ledger.")] = "",
    twice: Twice = False,
    dry_run: DryRun = False,
) -> None:
    """Write down money that came. It does not confirm a stay: that is `housebot bookings confirm ID --received AMOUNT`."""
    shell: Shell = ctx.obj
    from housebot.services import bookkeeping

    with shell.desk() as desk:

        def write(tx: Tx) -> Payment:
            one = bookings.get(tx, inputs.booking_id(booking))
            sum_ = parse_amount(amount, one.currency)
            return bookkeeping.record(
                tx, one.id, sum_, method=method, comment=comment, twice=twice, actor=shell.actor, now=desk.now()
            )

        item = shell.write(desk, _shown(write), dry_run=dry_run)
    _say(shell, item)


@app.command()
def refund(
    ctx: typer.Context,
    payment: Annotated[int, typer.Argument(metavar="PAYMENT", help="The number of the payment that goes back.")],
    reason: Reason,
    amount: Annotated[
        str | None, typer.Argument(metavar="[AMOUNT]", help="A part of it; else all that is left.")
    ] = None,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Card money that has gone back another way: only write it down.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Write down money that was sent back; the guest is told, and an open task to send it is done with it.

    Money that came by card is sent to the card by the running desk.
    """
    shell: Shell = ctx.obj
    from housebot.services import bookkeeping

    with shell.desk() as desk:

        def write(tx: Tx) -> Payment:
            sum_ = None if amount is None else parse_amount(amount, payments.get(tx, payment).currency)
            return bookkeeping.refund(
                tx, payment, sum_, reason=reason, by_hand=by_hand, actor=shell.actor, now=desk.now()
            )

        item = shell.write(desk, _shown(write), dry_run=dry_run)
    _say(shell, item)


@app.command()
def chargeback(
    ctx: typer.Context,
    payment: Annotated[int, typer.Argument(metavar="PAYMENT", help="The number of the payment a bank has taken back.")],
    reason: Reason,
    amount: Annotated[
        str | None, typer.Argument(metavar="[AMOUNT]", help="A part of it; else all that is left.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Write down money that the payer's bank has taken back from you; the stay owes it again, and staff are told."""
    shell: Shell = ctx.obj
    from housebot.services import chargebacks

    with shell.desk() as desk:

        def write(tx: Tx) -> Payment:
            sum_ = None if amount is None else parse_amount(amount, payments.get(tx, payment).currency)
            return chargebacks.record(tx, payment, sum_, reason=reason, actor=shell.actor, now=desk.now())

        item = shell.write(desk, _shown(write), dry_run=dry_run)
    _say(shell, item)


# A correction that takes something off begins like an option.
@app.command(context_settings={"ignore_unknown_options": True})
def adjust(
    ctx: typer.Context,
    booking: Id,
    amount: Annotated[
        str, typer.Argument(metavar="±AMOUNT", help="What is missing, or with a minus what is too much.")
    ],
    reason: Reason,
    method: Annotated[Method, typer.Option(help="bank or cash.")] = Method.BANK,
    twice: Twice = False,
    dry_run: DryRun = False,
) -> None:
    """Correct the ledger by a row of its own; what stands in it is not touched."""
    shell: Shell = ctx.obj
    from housebot.services import bookkeeping

    with shell.desk() as desk:

        def write(tx: Tx) -> Payment:
            one = bookings.get(tx, inputs.booking_id(booking))
            sum_ = inputs.signed_amount(amount, one.currency)
            return bookkeeping.adjust(
                tx, one.id, sum_, reason=reason, method=method, twice=twice, actor=shell.actor, now=desk.now()
            )

        item = shell.write(desk, _shown(write), dry_run=dry_run)
    _say(shell, item)


def _shown(write: Callable[[Tx], Payment]) -> Callable[[Tx], dict[str, Any]]:
    from housebot.services import bookkeeping

    return lambda tx: bookkeeping.with_balance(tx, write(tx))


def _say(shell: Shell, item: dict[str, Any]) -> None:
    of = "" if item["refunds"] is None else f" of payment {item['refunds']}"
    goes = ", on its way" if item["state"] == "pending" else ""
    shell.show(
        item,
        f"{item['kind']} {item['id']}{of}: {_money(item['amount'])} by {item['method']} for {item['booking']}{goes}",
        f"  paid {_money(item['paid'])}, due {_money(item['due'])}",
    )


def _money(value: dict[str, Any]) -> str:
    return f"{plain(value['amount'], value['currency'])} {value['currency']}"


def _line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:60]
