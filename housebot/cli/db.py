"""Owns `housebot db`: whether the file keeps its promises, its version, and where it is."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from housebot.cli.shell import Shell
from housebot.errors import DatabaseProblem

if TYPE_CHECKING:
    from housebot.services.invariants import Finding

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="The database: check, migrate, path."
)

RESTORE = "keep a copy of the file with its -wal, then put the newest backup in its place"
MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@app.command()
def check(ctx: typer.Context) -> None:
    """Compute every invariant anew, over all rows; exit 1 when one does not hold."""
    shell: Shell = ctx.obj
    findings = _findings(shell)
    shell.show(
        [asdict(finding) for finding in findings],
        *(
            f"{MARKS[one.status]}  {one.check}"
            + (f": {one.detail}" if one.detail else "")
            + (f" -> {one.fix}" if one.status != "ok" else "")
            for one in findings
        ),
    )
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)


def _findings(shell: Shell) -> "list[Finding]":
    """What the file says of itself first; a damaged one is asked nothing further, for its answers would mean nothing."""
    from housebot.services.invariants import Finding
    from housebot.services.invariants import check as look

    try:
        with shell.desk() as desk:
            damage = desk.db.damage()
            if damage:
                return [Finding("file", "fail", problem, RESTORE) for problem in damage]
            return desk.db.read(lambda tx: look(tx, desk.now()))
    except DatabaseProblem as problem:
        if not problem.damaged:
            raise
        return [Finding("file", "fail", problem.message, problem.fix)]


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Bring the file to this version of housebot; a verified copy is made first."""
    shell: Shell = ctx.obj
    from housebot.storage import migrations
    from housebot.storage.lock import instance_lock

    path = shell.config.database_path
    migrations.require_file(path)
    with instance_lock(path):
        steps = migrations.migrate(path, migrations.current_steps())
    shell.show({"path": str(path), "steps": steps}, *(f"done: {step}" for step in steps), f"{path} is up to date.")


@app.command()
def path(ctx: typer.Context) -> None:
    """Where the file is."""
    shell: Shell = ctx.obj
    found = shell.config.database_path
    shell.show({"path": str(found), "exists": found.is_file()}, str(found))
