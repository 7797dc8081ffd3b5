"""Owns the commands of `housebot bookings` that look closely or change something, through the same use cases as everybody."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from housebot.cli import damage as deposits
from housebot.cli import inputs, reasons
from housebot.cli.bookings import who
from housebot.cli.shell import Shell
from housebot.cli.terminal import clock
from housebot.domain.money import parse_amount, plain
from housebot.services import audit, bookings, catalogs, damage, quote_tokens, quotes, views
from housebot.services.bookings import Booking
from housebot.storage.tx import Tx

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Id = Annotated[str, typer.Argument(metavar="ID", help="The number or the public code.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, then undo it.")]


class Format(StrEnum):
    """What an export may be."""

    CSV = "csv"
    JSON = "json"
    ICS = "ics"


@app.command()
def show(
    ctx: typer.Context,
    booking: Id,
    history: Annotated[bool, typer.Option("--history", help="Who did what, too.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Why this price, and why so much goes back when it is cancelled.")
    ] = False,
) -> None:
    """One stay with everything known about it."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def found(tx: Tx) -> dict[str, Any]:
            one = bookings.get(tx, inputs.booking_id(booking))
            shown = bookings.as_json(tx, one)
            shown["quote"] = quotes.as_json(quotes.load(tx, one.quote_id))
            shown["notes"] = bookings.notes_json(tx, one.id)
            shown["damage_deposit"] = damage.as_json(tx, one)
            if why:
                shown["why"] = reasons.of(tx, one, now=desk.now())
            if history:
                shown["history"] = [audit.as_json(entry) for entry in audit.history(tx, one.subject)]
            return shown

        item = desk.db.read(found)
    shell.show(item, *lines(item))


@app.command()
def create(
    ctx: typer.Context,
    *,
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
    contact: Annotated[str | None, typer.Option(metavar="CONTACT", help="A phone of any country, or @name.")] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Who it is for.")] = "",
    comment: Annotated[str, typer.Option(metavar="TEXT", help="The guest's wish.")] = "",
    promo: Annotated[str | None, typer.Option(metavar="CODE", help="A promo code.")] = None,
    gift: Annotated[str | None, typer.Option(metavar="CODE", help="A gift code.")] = None,
    quote_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Of `housebot quote --json`: its price is honoured.")
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm at once instead of holding the dates.")] = False,
    override: Annotated[
        str, typer.Option(metavar="REASON", help="Pass over notice, length and window, with a reason.")
    ] = "",
    test: Annotated[bool, typer.Option("--test", help="Mark it as a test: it is left out of figures.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Hold dates for somebody, or confirm at once. Overlap is refused, whoever asks."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        now = desk.now()

        def made(tx: Tx) -> dict[str, Any]:
            catalog = catalogs.current(tx, now=now)
            asked = inputs.request(
                catalog, unit=unit, tariff=tariff, since=since, until=until, guests=guests, extras=extra or (), promo=promo, gift=gift
            )  # fmt: skip
            # The shell may pass over soft rules, but never by accident: they are judged as for a guest unless a reason is given.
            wish = quotes.draw_up(tx, asked, now=now, staff=bool(override.strip()))
            if quote_token is not None:
                wish = quote_tokens.promised(tx, quote_token, wish, now=now)
            held = bookings.hold(
                tx,
                wish,
                guest_id=None,
                contact=_contact(contact, wish.stay.unit.zone),
                name=name,
                comment=comment,
                source="shell",
                actor=shell.actor,
                test=test,
                now=now,
            )
            if override.strip():
                bookings.note(tx, held.id, f"soft rules passed over: {override.strip()}", actor=shell.actor, now=now)
            if confirm and held.status != "confirmed":
                held = bookings.confirm(tx, held.id, actor=shell.actor, now=now)
            return bookings.as_json(tx, held)

        item = shell.write(desk, made, dry_run=dry_run)
    shell.show(item, *lines(item))


@app.command()
def confirm(
    ctx: typer.Context,
    booking: Id,
    received: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="The sum that came, such as 400 or 600,50: written into the ledger."),
    ] = None,
    twice: Annotated[
        bool, typer.Option("--twice", help="Yes, although something about the receipt or the sum is odd.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Confirm a stay, with the sum that came."""
    shell: Shell = ctx.obj

    def work(tx: Tx, one: Booking, now: datetime) -> Booking:
        amount = None if received is None else parse_amount(received, one.currency)
        return bookings.confirm(tx, one.id, actor=shell.actor, now=now, received=amount, twice=twice)

    change(shell, booking, work, dry_run=dry_run)


@app.command()
def decline(
    ctx: typer.Context,
    booking: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What the guest is told.")],
    receipt_only: Annotated[
        bool, typer.Option("--receipt-only", help="Refuse the receipt; the guest may send another.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Say no to a stay that waits, or to its receipt."""
    shell: Shell = ctx.obj
    change(
        shell,
        booking,
        lambda tx, one, now: bookings.decline(
            tx, one.id, reason=reason, actor=shell.actor, now=now, receipt_only=receipt_only
        ),
        dry_run=dry_run,
    )


@app.command()
def note(
    ctx: typer.Context, booking: Id, text: Annotated[str, typer.Argument(metavar="TEXT")], dry_run: DryRun = False
) -> None:
    """Write something down for the staff; the guest never sees it."""
    shell: Shell = ctx.obj

    def work(tx: Tx, one: Booking, now: datetime) -> Booking:
        bookings.note(tx, one.id, text, actor=shell.actor, now=now)
        return one

    change(shell, booking, work, dry_run=dry_run)


@app.command()
def export(
    ctx: typer.Context,
    form: Annotated[Format, typer.Option("--format", help="csv, json or ics.")],
    since: Annotated[str | None, typer.Option("--from", metavar="LOCAL", help="What ends after this.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="LOCAL", help="What begins until this.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Of one unit.")] = None,
) -> None:
    """Every stay on stdout, the past too. A calendar (ics) holds what takes dates, without names."""
    shell: Shell = ctx.obj
    if shell.as_json and form is not Format.JSON:
        raise typer.BadParameter(f"--json and --format {form} are two wishes; leave one out")
    from housebot.cli import exports

    with shell.desk() as desk:

        def found(tx: Tx) -> tuple[list[dict[str, Any]], str]:
            zone = views.zone(tx, now=desk.now())
            items: list[dict[str, Any]] = []
            cursor: str | None = None
            while True:
                more, cursor = views.page(
                    tx,
                    since=inputs.moment(since, "--from", zone) if since else None,
                    until=inputs.moment(until, "--to", zone, end_of_day=True) if until else None,
                    unit=unit,
                    cursor=cursor,
                    limit=500,
                )
                items += more
                if cursor is None:
                    return items, exports.desk_id(tx)

        items, desk_id = desk.db.read(found)
        exports.write(str(form), items, desk_id=desk_id, now=desk.now())


def change(shell: Shell, booking: str, work: Any, *, dry_run: bool) -> None:
    """Run a use case on one booking and show how it stands then."""
    item = changed(shell, booking, work, dry_run=dry_run)
    shell.show(item, *lines(item))


def changed(
    shell: Shell,
    booking: str,
    work: Callable[[Tx, Booking, datetime], Booking | tuple[Booking, dict[str, Any]]],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Run a use case on one booking; how it stands then, with what the use case has to say beside it."""
    with shell.desk() as desk:
        now = desk.now()

        def done(tx: Tx) -> dict[str, Any]:
            answer = work(tx, bookings.get(tx, inputs.booking_id(booking)), now)
            one, beside = answer if isinstance(answer, tuple) else (answer, {})
            return bookings.as_json(tx, one) | beside

        return shell.write(desk, done, dry_run=dry_run)


def _contact(text: str | None, zone: ZoneInfo) -> str | None:
    if not text:
        return None
    from housebot.services import guests

    return guests.normalised(text, region=guests.region_of(zone))


def lines(item: dict[str, Any]) -> list[str]:
    """The stay for people, one fact a line."""
    money = {key: plain(item[key]["amount"], item[key]["currency"]) for key in ("total", "deposit", "paid", "due")}
    extras = ", ".join(f"{one['id']}×{one['quantity']}" if one["quantity"] > 1 else one["id"] for one in item["extras"])
    said = [
        f"{item['code']} (number {item['id']})  {item['status']}" + ("  test" if item["test"] else ""),
        f"  {item['unit']}, {item['tariff']}: {item['arrival'].replace('T', ' ')} .. {item['departure'].replace('T', ' ')}, {item['guests']} guests",
        f"  total {money['total']}, prepayment {money['deposit']}, paid {money['paid']}, due {money['due']} {item['total']['currency']}",
    ]
    gift = item.get("quote", {}).get("gift")
    optional = {
        "gift": f"{gift['code']} for {plain(gift['amount']['amount'], gift['amount']['currency'])}" if gift else "",
        "kept until": clock(item["hold_expires_at"], item["zone"]),
        "guest": who(item),
        "extras": extras,
        "comment": item["comment"],
        "reason": item["reason"],
    }
    said += [f"  {name}: {value}" for name, value in optional.items() if value]
    if (deposit := item.get("damage_deposit")) and (deposit["asked"]["amount"] or deposit["entries"]):
        said.append(f"  {deposits.line(deposit)}")
    if "why" in item:
        said += reasons.lines(item)
    said += [
        f"  note {clock(note['at'], item['zone'])} {note['actor']}: {note['text']}" for note in item.get("notes", [])
    ]
    return said + [
        f"  {clock(entry['at'], item['zone'])} {entry['actor']} ({entry['channel']}) {entry['action']}"
        + (f": {entry['reason']}" if entry["reason"] else "")
        for entry in item.get("history", [])
    ]
