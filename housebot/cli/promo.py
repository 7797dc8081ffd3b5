"""Owns `housebot promo`: codes that take something off, who may use them, and what they have really given away."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell
from housebot.domain.catalog import Catalog
from housebot.domain.money import parse_amount, parse_percent, plain
from housebot.services import catalogs, promos
from housebot.services.promos import Promo
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Promo codes: add, list, show, disable, enable, report.",
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Code = Annotated[
    str, typer.Argument(metavar="CODE", help="The code; case, spaces and look-alike letters do not matter.")
]
Day = Annotated[str | None, typer.Option(metavar="DATE", help="A local date; the last day is included.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]


@app.command()
def add(  # noqa: PLR0917  the options of a command are its parameters
    ctx: typer.Context,
    code: Code,
    percent: Annotated[str | None, typer.Option(metavar="N", help="Percent off: 15, or 12.5.")] = None,
    amount: Annotated[str | None, typer.Option(metavar="SUM", help="So much off.")] = None,
    price: Annotated[
        str | None, typer.Option(metavar="SUM", help="The stay itself costs this, whatever its price.")
    ] = None,
    extra: Annotated[str | None, typer.Option(metavar="ID", help="This extra is free.")] = None,
    stay_from: Day = None,
    stay_to: Day = None,
    book_from: Day = None,
    book_to: Day = None,
    tariff: Annotated[
        list[str] | None, typer.Option(metavar="TARIFF", help="Only this tariff; may be given several times.")
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(metavar="UNIT", help="Only this unit; may be given several times.")
    ] = None,
    weekday: Annotated[
        list[str] | None, typer.Option(metavar="DAY", help="Only arrivals on mon, tue, …; may be repeated.")
    ] = None,
    min_nights: Annotated[int, typer.Option(min=0, help="From so many nights.")] = 0,
    min_sum: Annotated[str | None, typer.Option(metavar="SUM", help="From such a price.")] = None,
    max_total: Annotated[int | None, typer.Option(min=1, help="So many uses in all.")] = None,
    max_per_guest: Annotated[int | None, typer.Option(min=1, help="So many uses by one guest.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="SUM", help="So much money given away in all.")] = None,
    guest: Annotated[
        str | None, typer.Option(metavar="CONTACT", help="For this guest alone: phone, @name or number.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make a code. A use is reserved with the hold, spent when it is confirmed, and free again when it is not."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def made(tx: Tx) -> dict[str, Any]:
            catalog = catalogs.current(tx, now=desk.now())
            kind, value = _gives(catalog, percent=percent, amount=amount, price=price, extra=extra)
            draft = Promo(
                id=0,
                code=code,
                kind=kind,
                value=value,
                extra=extra if kind == "extra" else None,
                stay_from=inputs.day(stay_from, "--stay-from") if stay_from else None,
                stay_to=inputs.day(stay_to, "--stay-to") if stay_to else None,
                book_from=inputs.day(book_from, "--book-from") if book_from else None,
                book_to=inputs.day(book_to, "--book-to") if book_to else None,
                tariffs=_ids(tariff),
                units=_ids(unit),
                weekdays=_weekdays(weekday),
                min_nights=min_nights,
                min_sum=parse_amount(min_sum, catalog.currency) if min_sum else 0,
                max_total=max_total,
                max_per_guest=max_per_guest,
                budget=parse_amount(budget, catalog.currency) if budget else None,
                guest=None if guest is None else promos.whose(tx, guest),
            )
            return promos.as_json(tx, catalog, promos.add(tx, catalog, draft, actor=shell.actor, now=desk.now()))

        item = shell.write(desk, made, dry_run=dry_run)
    shell.show(item, *_lines(item))


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """All codes, newest first."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def read(tx: Tx) -> list[dict[str, Any]]:
            catalog = catalogs.current(tx, now=desk.now())
            return [promos.as_json(tx, catalog, promo) for promo in promos.listing(tx)]

        items = desk.db.read(read)
    shell.table(
        items,
        ("Code", "Gives", "Active", "Reserved", "Used", "Left"),
        [
            [
                one["code"],
                _discount(one),
                "yes" if one["active"] else "no",
                str(one["reserved"]),
                str(one["consumed"]),
                "" if one["left"] is None else str(one["left"]),
            ]
            for one in items
        ],
        empty="No promo codes.",
    )


@app.command()
def show(ctx: typer.Context, code: Code) -> None:
    """One code with its conditions and uses."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        item = desk.db.read(lambda tx: promos.as_json(tx, catalogs.current(tx, now=desk.now()), promos.get(tx, code)))
    shell.show(item, *_lines(item))


@app.command()
def disable(ctx: typer.Context, code: Code, dry_run: DryRun = False) -> None:
    """Nobody may use it from now on; stays that have it keep it."""
    _switch(ctx.obj, code, promos.disable, "off", dry_run=dry_run)


@app.command()
def enable(ctx: typer.Context, code: Code, dry_run: DryRun = False) -> None:
    """It may be used again, with what is left of its limits."""
    _switch(ctx.obj, code, promos.enable, "on", dry_run=dry_run)


@app.command()
def report(ctx: typer.Context) -> None:
    """What each code has really given away and brought in, over confirmed stays."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        items = desk.db.read(lambda tx: promos.report(tx, catalogs.current(tx, now=desk.now())))
    shell.table(
        items,
        ("Code", "Stays", "Given away", "Brought in"),
        [[one["code"], str(one["bookings"]), _money(one["discount"]), _money(one["revenue"])] for one in items],
        empty="No promo codes.",
    )


def _switch(shell: Shell, code: str, work: Callable[..., Promo], word: str, *, dry_run: bool) -> None:
    with shell.desk() as desk:

        def switched(tx: Tx) -> dict[str, Any]:
            promo = work(tx, code, actor=shell.actor, now=desk.now())
            return promos.as_json(tx, catalogs.current(tx, now=desk.now()), promo)

        item = shell.write(desk, switched, dry_run=dry_run)
    shell.show(item, f"{item['code']} is switched {word}.")


def _gives(
    catalog: Catalog, *, percent: str | None, amount: str | None, price: str | None, extra: str | None
) -> tuple[Any, int]:
    given = {
        name: text
        for name, text in (("percent", percent), ("amount", amount), ("price", price), ("extra", extra))
        if text is not None
    }
    if len(given) != 1:
        raise typer.BadParameter("say what the code gives: one of --percent, --amount, --price, --extra")
    ((kind, text),) = given.items()
    if kind == "percent":
        return kind, parse_percent(text)
    return kind, 0 if kind == "extra" else parse_amount(text, catalog.currency)


def _ids(names: list[str] | None) -> frozenset[str] | None:
    return frozenset(name.strip() for name in names) if names else None


def _weekdays(names: list[str] | None) -> frozenset[int] | None:
    if not names:
        return None
    wrong = [name for name in names if name.lower()[:3] not in WEEKDAYS]
    if wrong:
        raise typer.BadParameter(f"--weekday {wrong[0]!r} is not one of {', '.join(WEEKDAYS)}")
    return frozenset(WEEKDAYS.index(name.lower()[:3]) for name in names)


def _discount(item: dict[str, Any]) -> str:
    gives = item["discount"]
    match gives["kind"]:
        case "percent":
            return f"{gives['basis_points'] / 100:g} %"
        case "extra":
            return f"free {gives['extra']}"
        case "price":
            return f"for {_money(gives['amount'])}"
    return f"-{_money(gives['amount'])}"


def _money(value: dict[str, Any]) -> str:
    return f"{plain(value['amount'], value['currency'])} {value['currency']}"


def _lines(item: dict[str, Any]) -> list[str]:
    def between(name: str, since: str, until: str) -> str:
        first, last = item[since], item[until]
        return f"{name}: {first or '…'} .. {last or '…'}" if first or last else ""

    only = {name: item[name] for name in ("tariffs", "units", "guest") if item[name]}
    return [
        line
        for line in (
            f"{item['code']}: {_discount(item)}" + ("" if item["active"] else ", switched off"),
            between("stays", "stay_from", "stay_to"),
            between("booked", "book_from", "book_to"),
            *(f"only {name}: {value if isinstance(value, str) else ', '.join(value)}" for name, value in only.items()),
            f"arrivals on: {', '.join(WEEKDAYS[day] for day in item['weekdays'])}" if item["weekdays"] else "",
            f"from {item['min_nights']} nights" if item["min_nights"] else "",
            f"from {_money(item['min_sum'])}" if item["min_sum"]["amount"] else "",
            f"at most {item['max_per_guest']} by one guest" if item["max_per_guest"] else "",
            f"budget {_money(item['budget'])}" if item["budget"] else "",
            f"reserved {item['reserved']}, used {item['consumed']}"
            + ("" if item["left"] is None else f", left {item['left']}")
            + f", given away {_money(item['given'])}",
        )
        if line
    ]
