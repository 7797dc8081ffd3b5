"""Owns `housebot gifts`: cards of money and certificates for a stay, sold, shown, made longer, handed on and made void."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell
from housebot.cli.terminal import clock
from housebot.domain.catalog import Catalog, Kind
from housebot.domain.money import parse_amount, plain
from housebot.errors import Refusal
from housebot.services import catalogs, gift_sales, gift_views, gifts
from housebot.services.gifts import Gift
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Gifts: issue, list, show, extend, void, transfer.",
)

Code = Annotated[
    str, typer.Argument(metavar="CODE", help="The code; case, spaces, dashes and look-alike letters do not matter.")
]


class Paid(StrEnum):
    """How a gift was paid for."""

    BANK = "bank"
    CASH = "cash"


DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]


@app.command()
def issue(
    ctx: typer.Context,
    amount: Annotated[str | None, typer.Option(metavar="SUM", help="A card of so much money.")] = None,
    tariff: Annotated[str | None, typer.Option(metavar="ID", help="A certificate for a stay of this tariff.")] = None,
    extra: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="With this extra; may be given several times.")
    ] = None,
    hours: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="For so many hours; else the tariff's own.")
    ] = None,
    nights: Annotated[int | None, typer.Option(min=1, metavar="N", help="For so many nights; else one.")] = None,
    visits: Annotated[int | None, typer.Option(min=1, metavar="N", help="For so many visits; else one.")] = None,
    until: Annotated[
        str | None,
        typer.Option("--valid-until", metavar="DATE", help="The last day, included; else as long as the catalog says."),
    ] = None,
    to: Annotated[str, typer.Option(metavar="NAME", help="Who gets it.")] = "",
    buyer: Annotated[str, typer.Option(metavar="NAME", help="Who gives it.")] = "",
    paid: Annotated[
        Paid | None, typer.Option(help="How it was paid for, bank or cash: the sale goes into the ledger.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a gift under a code of its own: a card of money, or a certificate for a stay."""
    shell: Shell = ctx.obj
    if (amount is None) == (tariff is None):
        raise typer.BadParameter("say what is given: --amount for a card of money, or --tariff for a stay")
    if amount is not None and (extra or hours or nights or visits):
        raise typer.BadParameter("--extra, --hours, --nights and --visits belong to a stay: they need --tariff")
    with shell.desk() as desk:

        def made(tx: Tx) -> dict[str, Any]:
            now = desk.now()
            catalog = catalogs.current(tx, now=now)
            draft = Gift(
                id=0,
                code="",
                kind="money" if amount is not None else "stay",
                currency=catalog.currency,
                valid_until=inputs.day(until, "--valid-until") if until else gifts.valid_until(catalog, now=now),
                amount=parse_amount(amount, catalog.currency) if amount is not None else 0,
                tariff=tariff or "",
                extras=tuple(extra or ()),
                length=_length(catalog, tariff, hours, nights),
                visits=(visits or 1) if tariff is not None else 0,
                buyer=buyer,
                recipient=to,
            )
            sale = None
            if paid is not None:
                sale = gift_sales.sold_by_staff(
                    tx, draft, _price(catalog, draft, now), method=paid.value, actor=shell.actor, now=now
                )
            gift = gifts.issue(tx, catalog, draft, payment_id=sale, actor=shell.actor, now=now)
            return gift_views.as_json(tx, catalog, gift, now=now)

        item = shell.write(desk, made, dry_run=dry_run)
    shell.show(item, *_lines(item))


def _price(catalog: Catalog, draft: Gift, now: datetime) -> int:
    """Of a card its sum; of a stay what it costs on an ordinary day, as often as it may be used."""
    return draft.amount or gifts.price_of(catalog, draft, now=now) * draft.visits


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """All gifts, newest first."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def read(tx: Tx) -> list[dict[str, Any]]:
            catalog = catalogs.current(tx, now=desk.now())
            return [gift_views.as_json(tx, catalog, gift, now=desk.now()) for gift in gifts.listing(tx)]

        items = desk.db.read(read)
    shell.table(
        items,
        ("Code", "What", "Left", "Valid until", "For", "State", "Order"),
        [
            [
                one["code"],
                _what(one),
                _much(one["balance"]),
                one["valid_until"],
                one["recipient"] or "",
                one["state"],
                one["order"]["code"] if one["order"] else "",
            ]
            for one in items
        ],
        empty="No gifts.",
    )


@app.command()
def show(ctx: typer.Context, code: Code) -> None:
    """One gift with everything that was ever paid with it."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        item, zone = desk.db.read(lambda tx: _shown(tx, desk.now(), gifts.get(tx, code)))
    shell.show(item, *_lines(item), *(_entry(one, zone) for one in item["ledger"]))


@app.command()
def extend(
    ctx: typer.Context,
    code: Code,
    until: Annotated[str, typer.Argument(metavar="DATE", help="The new last day, included.")],
    dry_run: DryRun = False,
) -> None:
    """Give it a later last day, also when it is already over."""
    _change(
        ctx,
        lambda tx, catalog, actor, now: gifts.extend(
            tx, catalog, code, inputs.day(until, "DATE"), actor=actor, now=now
        ),
        dry_run=dry_run,
    )


@app.command()
def void(
    ctx: typer.Context,
    code: Code,
    reason: Annotated[str, typer.Option(help="Why; kept in its ledger.")],
    dry_run: DryRun = False,
) -> None:
    """Nobody may use it from now on; stays it has paid for keep it."""
    _change(
        ctx,
        lambda tx, catalog, actor, now: gifts.void(tx, code, reason=reason, actor=actor, now=now),
        dry_run=dry_run,
    )


@app.command()
def transfer(
    ctx: typer.Context,
    code: Code,
    to: Annotated[str, typer.Option(metavar="NAME", help="Whose it is from now on.")],
    dry_run: DryRun = False,
) -> None:
    """It is somebody else's from now on, under the same code."""
    _change(ctx, lambda tx, catalog, actor, now: gifts.transfer(tx, code, to, actor=actor, now=now), dry_run=dry_run)


def _change(ctx: typer.Context, work: Any, *, dry_run: bool) -> None:
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        now = desk.now()

        def changed(tx: Tx) -> dict[str, Any]:
            catalog = catalogs.current(tx, now=now)
            return gift_views.as_json(tx, catalog, work(tx, catalog, shell.actor, now), now=now)

        item = shell.write(desk, changed, dry_run=dry_run)
    shell.show(item, *_lines(item))


def _shown(tx: Tx, now: Any, gift: Gift) -> tuple[dict[str, Any], str]:
    catalog = catalogs.current(tx, now=now)
    return gift_views.as_json(tx, catalog, gift, now=now), str(catalog.zone)


def _length(catalog: Catalog, tariff: str | None, hours: int | None, nights: int | None) -> int | None:
    """Hours of a tariff by the hour, nights of one by the night; the wrong one is a refusal, for the catalog decides it."""
    found = catalog.tariff(tariff) if tariff is not None else None
    asked = hours if hours is not None else nights
    if found is None or asked is None:
        return asked
    if (hours is None) != (found.kind is Kind.NIGHTLY) or (hours is not None and nights is not None):
        raise Refusal("invalid", reason="length", tariff=found.id, asked=asked)
    return asked


def _what(item: dict[str, Any]) -> str:
    if item["kind"] == "money":
        return f"money, {_much(item['amount'])}"
    length = "".join(f", {count} {unit}" for unit, count in (item["length"] or {}).items())
    visits = f", {item['visits']} visits" if item["visits"] > 1 else ""
    return f"stay, {' + '.join([item['tariff'], *item['extras']])}{length}{visits}"


def _much(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"{plain(value['amount'], value['currency'])} {value['currency']}"


def _lines(item: dict[str, Any]) -> list[str]:
    reserved = item["reserved"] if isinstance(item["reserved"], int) else item["reserved"]["amount"]
    left = f"  left {_much(item['balance'])}" + ("" if item["kind"] == "money" else " visits")
    return [
        f"{item['code']}: {_what(item)}, {item['state']}",
        f"{left}, valid until {item['valid_until']}" + (f", held {_much(item['reserved'])}" if reserved else ""),
        *(_bought(item["order"]) if item["order"] else []),
        *(f"  {name}: {item[key]}" for name, key in (("for", "recipient"), ("from", "buyer")) if item[key]),
    ]


def _bought(order: dict[str, Any]) -> list[str]:
    """How it was bought in the chat."""
    sent = (
        "sent" if order["delivered_at"] else f"is sent on {order['deliver_on']}" if order["deliver_on"] else "is sent"
    )
    return [f"  bought: {order['code']} for {_much(order['total'])}, {sent}"]


def _entry(entry: dict[str, Any], zone: str) -> str:
    beside = " ".join(one for one in (entry["booking"], entry["comment"]) if one)
    return f"  {clock(entry['at'], zone)} {entry['kind']} {_much(entry['amount'])} {beside}".rstrip()
