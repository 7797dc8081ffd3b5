"""Owns `housebot quote`: a price explained line by line, signed, and kept by nobody."""

from typing import Annotated

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell
from housebot.cli.terminal import print_table
from housebot.domain.catalog import say
from housebot.domain.instants import local
from housebot.domain.money import plain
from housebot.services import catalogs, quote_tokens, quotes
from housebot.services.quotes import Quote
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def quote(
    ctx: typer.Context,
    since: Annotated[
        str, typer.Option("--from", metavar="LOCAL", help="Arrival, such as 2026-12-01T14:00; a date for nights.")
    ],
    guests: Annotated[str, typer.Option(metavar="N", help="3, or adult=2,child=1.")],
    until: Annotated[
        str | None, typer.Option("--to", metavar="LOCAL", help="Departure; not needed for a slot.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="UNIT", help="Which unit; may be left out where there is one.")
    ] = None,
    tariff: Annotated[
        str | None, typer.Option(metavar="TARIFF", help="Which tariff; may be left out where there is one.")
    ] = None,
    extra: Annotated[
        list[str] | None, typer.Option(metavar="ID[=N]", help="An extra; may be given several times.")
    ] = None,
    promo: Annotated[str | None, typer.Option(metavar="CODE", help="A promo code.")] = None,
    gift: Annotated[str | None, typer.Option(metavar="CODE", help="A gift code.")] = None,
) -> None:
    """What a stay costs, and why. Judges the stay rules, not whether the dates are free."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def draw_up(tx: Tx) -> tuple[Quote, str]:
            catalog = catalogs.current(tx, now=desk.now())
            asked = inputs.request(
                catalog,
                unit=unit,
                tariff=tariff,
                since=since,
                until=until,
                guests=guests,
                extras=extra or (),
                promo=promo,
                gift=gift,
            )
            drawn = quotes.draw_up(tx, asked, now=desk.now())
            return drawn, quote_tokens.sign(tx, drawn)

        made, token = desk.db.read(draw_up)
    if shell.as_json:
        shell.show(quotes.as_json(made, token=token))
    else:
        _print(made)


def _print(quote: Quote) -> None:
    price, stay = quote.price, quote.stay
    print(
        f"{say(stay.unit.name, 'en')}, {say(stay.tariff.name, 'en')}: {stay.arrival:%a %d %b %Y %H:%M} .. {stay.departure:%a %d %b %Y %H:%M}, {stay.guests} guests"
    )
    amounts = [
        [
            say(line.label, "en"),
            str(line.quantity),
            "" if line.unit_price is None else plain(line.unit_price, price.currency),
            plain(line.amount, price.currency),
            f"{line.code} ({line.rule})",
        ]
        for line in price.lines
    ]
    amounts.append(["Total", "", "", plain(price.total, price.currency), price.currency])
    if price.gift is not None:
        amounts.append(["Paid by gift", "", "", plain(price.by_gift, price.currency), price.gift.code])
    amounts.append(["Prepayment", "", "", plain(price.due_now, price.currency), say(price.deposit_reason, "en")])
    amounts += [[say(tax.label, "en"), "", "", plain(tax.amount, price.currency), "included"] for tax in price.taxes]
    print_table(["What", "Number", "Each", "Amount", "Why"], amounts)
    for note in price.notes:
        print(f"note: {note}")
    words = say(quote.policy.get("words", {}), "en")
    if words:
        print(words)
    print(f"This price holds until {local(quote.expires_at, stay.unit.zone):%Y-%m-%d %H:%M}.")
