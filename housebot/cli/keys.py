"""Owns `housebot keys`: who may use the API, and the key that seals the desk's secrets."""

from dataclasses import asdict
from typing import Annotated

import typer

from housebot.cli.shell import Shell
from housebot.services import vault

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Keys: of the API, and of the desk's secrets.",
)


@app.callback()
def keys_() -> None:
    """Keys of the API, and of the desk's secrets."""


@app.command("rotate-master")
def rotate_master(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look whether every secret opens.")] = False,
) -> None:
    """Seal every secret of the desk with a new key. Earlier keys stay in the key file, so that earlier backups open.

    The desk may run meanwhile. Cut short, it is finished by the next one.
    """
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        if dry_run:
            found = desk.db.read(vault.look)
            if found.problem is not None:
                raise found.problem
            shell.note("dry run: nothing was changed")
            shell.show({"secrets": found.secrets}, f"{found.secrets} secrets would be sealed with a new key")
            return
        done = desk.db.write_now(lambda tx: vault.rotate(tx, actor=shell.actor, now=desk.now()))
        file = desk.db.key_file.path
    shell.show(
        {**asdict(done), "key_file": str(file)},
        *(["An earlier change of keys was finished."] if done.finished else []),
        f"{done.sealed} secrets are sealed with a new key; {file} holds {done.keys}.",
        "Copy it to where you keep the copy of it, apart from the backups.",
    )
