"""Owns the commands of `housebot bookings` that change or end what was agreed: each shows what it means, in money."""

from datetime import datetime
from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.bookings_desk import DryRun, Id, change, changed, lines
from housebot.cli.shell import Shell
from housebot.domain.catalog import Catalog
from housebot.domain.money import Money, parse_amount, plain
from housebot.errors import Refusal
from housebot.services import bookings, catalogs, differences, moving, payments, refunds
from housebot.services.bookings import Booking
from housebot.services.change_wishes import Change
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Version = Annotated[int | None, typer.Option(metavar="N", help="Only if nobody has changed it since this version.")]
SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@app.command()
def move(
    ctx: typer.Context,
    booking: Id,
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="LOCAL", help="The new arrival; alone it shifts the stay as it is.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="LOCAL", help="The new departure; while guests are in the house only a later one."
        ),
    ] = None,
    guests: Annotated[str | None, typer.Option(metavar="N", help="3, or adult=2,child=1.")] = None,
    extra: Annotated[
        list[str] | None, typer.Option(metavar="ID[=N]", help="An extra to set; =0 takes it away; others stay.")
    ] = None,
    tariff: Annotated[str | None, typer.Option(metavar="TARIFF", help="Another tariff.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Another unit.")] = None,
    without_promo: Annotated[
        bool, typer.Option("--without-promo", help="Leave the promo code behind, where it does not fit any more.")
    ] = False,
    override: Annotated[
        str,
        typer.Option(
            metavar="REASON",
            help="Pass over notice, length, window and the moves allowed, with a reason; spends none of the guest's moves.",
        ),
    ] = "",
    version: Version = None,
    dry_run: DryRun = False,
) -> None:
    """Other dates, guests or extras for a stay, at once or not at all, with the difference line by line."""
    shell: Shell = ctx.obj

    def work(tx: Tx, one: Booking, now: datetime) -> tuple[Booking, dict[str, Any]]:
        wish = Change(
            **times(catalogs.current(tx, now=now), one, tariff, since, until),
            unit=unit,
            tariff=tariff,
            party=None if guests is None else inputs.party(guests, catalogs.current(tx, now=now)),
            extras=inputs.quantities(extra or ()),
            without_promo=without_promo,
            override=override,
        )
        difference = moving.preview(tx, one, wish, actor=shell.actor, now=now)
        moved = bookings.move(tx, one.id, wish, actor=shell.actor, now=now, version=version)
        return moved, {"change": differences.as_json(difference)}

    item = changed(shell, booking, work, dry_run=dry_run)
    shell.show(item, *lines(item), *difference_lines(item["change"]))


@app.command("set-price")
def set_price(
    ctx: typer.Context,
    booking: Id,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="What the whole stay costs, such as 600 or 600,50.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; written into the history, the guest is not told it.")
    ],
    version: Version = None,
    dry_run: DryRun = False,
) -> None:
    """The owner's price, whatever the stay would cost; the guest is told the new one."""
    shell: Shell = ctx.obj

    def work(tx: Tx, one: Booking, now: datetime) -> tuple[Booking, dict[str, Any]]:
        total = parse_amount(amount, one.currency)
        priced = bookings.set_price(tx, one.id, total, reason=reason, actor=shell.actor, now=now, version=version)
        over = max(payments.paid(tx, priced.id) - priced.total, 0)
        sums = {"was": one.total, "now": priced.total, "difference": priced.total - one.total, "overpaid": over}
        return priced, {"price": {name: Money(total, one.currency).json() for name, total in sums.items()}}

    item = changed(shell, booking, work, dry_run=dry_run)
    price = item["price"]
    said = [
        f"  was {_sum(price['was'])}, now {_sum(price['now'])} {price['now']['currency']} ({_signed(price['difference'])})"
    ]
    if price["overpaid"]["amount"]:
        said.append(f"  paid {_sum(price['overpaid'])} {price['overpaid']['currency']} more than it costs now")
    shell.show(item, *lines(item), *said)


@app.command()
def cancel(
    ctx: typer.Context,
    booking: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the guest is told.")],
    refund: Annotated[
        str,
        typer.Option(
            metavar="SUM|all|none|policy",
            help="What is given back of what was paid: all of it, nothing but city tax, what the guest's own cancelling gives, or a sum.",
        ),
    ] = "all",
    version: Version = None,
    dry_run: DryRun = False,
) -> None:
    """Cancel a stay as its owner; --dry-run shows what was paid, kept and given back, and why."""
    shell: Shell = ctx.obj

    def work(tx: Tx, one: Booking, now: datetime) -> tuple[Booking, dict[str, Any]]:
        if not reason.strip():
            raise Refusal("invalid", reason="reason_missing")
        choice = _choice(refund, one.currency)
        terms = refunds.terms(tx, one, choice, now=now)
        gone = bookings.cancel(
            tx, one.id, by="owner", reason=reason, refund=choice, actor=shell.actor, now=now, version=version
        )
        return gone, {"refund": refunds.as_json(terms)}

    item = changed(shell, booking, work, dry_run=dry_run)
    shell.show(item, *lines(item), *_refund(item["refund"]))


@app.command("no-show")
def no_show(
    ctx: typer.Context,
    booking: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="For the history.")] = "",
    dry_run: DryRun = False,
) -> None:
    """The guest did not come: the dates are free again, what was paid stays. From the day of arrival until check-out."""
    shell: Shell = ctx.obj
    change(
        shell,
        booking,
        lambda tx, one, now: bookings.no_show(tx, one.id, reason=reason, actor=shell.actor, now=now),
        dry_run=dry_run,
    )


@app.command("check-out")
def check_out(ctx: typer.Context, booking: Id, version: Version = None, dry_run: DryRun = False) -> None:
    """The guests have left before their time: the rest is free after the cleaning. Nothing is given back by itself."""
    shell: Shell = ctx.obj
    change(
        shell,
        booking,
        lambda tx, one, now: bookings.check_out(tx, one.id, actor=shell.actor, now=now, version=version),
        dry_run=dry_run,
    )


def times(
    catalog: Catalog, booking: Booking, tariff: str | None, since: str | None, until: str | None
) -> dict[str, datetime]:
    """The ends that were said, by the clock of the house."""
    found = catalog.tariff(tariff or booking.tariff)
    kind = found.kind if found is not None else None
    said = {"arrival": (since, "--from"), "departure": (until, "--to")}
    return {end: inputs.wall_clock(text, option, kind) for end, (text, option) in said.items() if text is not None}


def difference_lines(item: dict[str, Any]) -> list[str]:
    """What changes, one line of the price a line."""
    difference = item["difference"]
    said = [f"  was {_sum(item['was'])}, now {_sum(item['now'])} {difference['currency']} ({_signed(difference)})"]
    for one in item["lines"]:
        amounts = " -> ".join(_sum(one[when]) for when in ("was", "now") if one[when] is not None)
        said.append(f"    {SIGNS[one['change']]} {one['label']}: {amounts} ({_signed(one['difference'])})")
    spent = "one of the guest's moves is spent" if item["spends_move"] else "none of the guest's moves is spent"
    said.append(f"  {spent}, {item['moves_left']} left")
    return said + [f"  note: {note}" for note in item["notes"]]


def _choice(text: str, currency: str) -> refunds.Choice:
    match text.strip().casefold():
        case "all":
            return "all"
        case "none":
            return "none"
        case "policy":
            return "policy"
        case _:
            return parse_amount(text, currency)


def _refund(item: dict[str, Any]) -> list[str]:
    paid = f"paid {_sum(item['paid'])}" if item["seen"] else f"paid {_sum(item['paid'])} if the receipt is right"
    sums = f"{paid}, kept {_sum(item['fee'])}, given back {_sum(item['refund'])} {item['refund']['currency']}"
    if not item["paid"]["amount"]:
        return ["  nothing was paid, nothing is given back"]
    gift = [f"  of it {_sum(item['to_gift'])} on the gift, {_sum(item['to_send'])} in money"]
    return [f"  {sums}: {item['why']}", *(gift if item["to_gift"]["amount"] else [])]


def _sum(money: dict[str, Any]) -> str:
    return plain(money["amount"], money["currency"])


def _signed(money: dict[str, Any]) -> str:
    return ("+" if money["amount"] > 0 else "") + _sum(money)
