"""Owns `housebot catalog`: judge a file, apply it, show what is in force and what was."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from housebot.cli import inputs
from housebot.cli.shell import Shell, row_number
from housebot.cli.terminal import clock
from housebot.domain.catalog import Catalog
from housebot.domain.catalog_document import to_catalog
from housebot.domain.period import local
from housebot.services import catalog_versions, catalogs
from housebot.services.catalogs import Applied
from housebot.storage.tx import Tx

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="What is sold: check, lint, apply, show, history.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A catalog file (TOML).")]


class Format(StrEnum):
    """How a document is shown."""

    TOML = "toml"
    JSON = "json"


@app.command()
def check(ctx: typer.Context, file: File) -> None:
    """Say every mistake in a catalog file at once, with its place. Stores nothing."""
    shell: Shell = ctx.obj
    catalog = to_catalog(_read(file), version=1)
    shell.show(
        {
            "file": str(file),
            "units": [unit.id for unit in catalog.units],
            "tariffs": [tariff.id for tariff in catalog.tariffs],
        },
        f"{file} is good: {_count(catalog)}",
    )


@app.command()
def lint(ctx: typer.Context, file: File) -> None:
    """Say what is legal in a catalog file and yet surprises: prices that fall, dates nobody can book, missing words."""
    shell: Shell = ctx.obj

    from housebot.domain.linter import lint as look

    catalog = to_catalog(_read(file), version=1)
    now = shell.at or datetime.now(UTC)
    findings = look(catalog, today=local(now, catalog.zone).date())
    shell.show(
        [asdict(finding) for finding in findings],
        *(map(str, findings) if findings else ("Nothing surprises.",)),
    )


@app.command()
def apply(
    ctx: typer.Context,
    file: File,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="For quotes made from that local day on; else today.")
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the history.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, change nothing.")] = False,
) -> None:
    """Make a catalog file the one in force and say what changes. What was set by hand stays above it."""
    shell: Shell = ctx.obj
    from_date: date | None = inputs.day(since, "--from") if since else None
    document = _read(file)
    with shell.desk() as desk:

        def work(tx: Tx) -> Applied:
            return catalogs.apply(tx, document, actor=shell.actor, now=desk.now(), from_date=from_date, note=note)

        applied = shell.write(desk, work, dry_run=dry_run)
    shell.show(
        {
            "version": applied.version,
            "from": applied.from_date.isoformat(),
            "changes": applied.changes,
            "covered_by_hand": applied.covered,
            "later_versions": applied.later,
        },
        *applied.changes,
        f"Version {applied.version}, for quotes from {applied.from_date} on."
        if applied.changes
        else f"Nothing changes: version {applied.version} says the same.",
        *(f"Set by hand and lying above the file: {name}" for name in applied.covered),
        *(f"Version {number} takes over on a later day." for number in applied.later),
    )


@app.command()
def show(
    ctx: typer.Context,
    version: Annotated[
        int | None, typer.Option(metavar="N", callback=row_number, help="Else the one in force.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="toml, as a file is written, or json, as it is stored.")
    ] = Format.TOML,
) -> None:
    """The catalog in force, or an earlier one."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:

        def found(tx: Tx) -> dict[str, Any]:
            return catalog_versions.document(tx, catalogs.number(tx, now=desk.now()) if version is None else version)

        document = desk.db.read(found)
    if shell.as_json or form is Format.JSON:
        print(json.dumps(document, ensure_ascii=False, indent=None if shell.as_json else 1))
        return
    from housebot import catalog_text

    print(catalog_text.to_toml(document), end="")


@app.command()
def history(ctx: typer.Context) -> None:
    """Every version that was applied, the newest first."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        found, now = desk.db.read(lambda tx: (catalogs.history(tx), _number(tx, desk.now())))
    shell.table(
        [row._asdict() | {"in_force": row.version == now} for row in found],
        ("Version", "From", "Applied", "By", "Note"),
        [
            [
                f"{row.version}{' *' if row.version == now else ''}",
                row.from_date,
                clock(row.created_at, row.zone),
                row.actor,
                row.note,
            ]
            for row in found
        ],
        empty="No catalog was applied yet: housebot catalog apply FILE",
    )


def _number(tx: Tx, now: datetime) -> int | None:
    versions = catalogs.history(tx)
    return catalogs.number(tx, now=now) if versions else None


def _read(file: Path) -> dict[str, Any]:
    from housebot import catalog_file

    return catalog_file.read(file)


def _count(catalog: Catalog) -> str:
    return f"{len(catalog.units)} units, {len(catalog.tariffs)} tariffs, {len(catalog.extras)} extras"
