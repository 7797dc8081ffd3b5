"""Owns what the doctor says of the secrets at rest: the key file, who may read it, and whether it opens them all."""

from housebot.cli.checks import Check, Checks
from housebot.desk import Desk
from housebot.services import vault


def look(desk: Desk) -> Checks:
    """Every sealed value is opened once; none is shown."""
    found = desk.db.read(vault.look)
    file = found.file.path
    if found.problem is not None:
        where = f" ({', '.join(found.closed)})" if found.closed else ""
        yield Check("secrets", "fail", f"{found.problem.message}{where}", found.problem.fix)
        return
    if not found.file.exists():
        if found.secrets:  # of an earlier version, in plain text
            yield Check("secrets", "warn", f"{found.plain} are in plain text", "run: housebot keys rotate-master")
        return
    if found.file.mode() & 0o077:
        yield Check("secrets", "warn", f"{file} can be read by others", f"run: chmod 600 {file}")
        return
    if found.plain:
        yield Check("secrets", "warn", f"{found.plain} are in plain text", "run: housebot keys rotate-master")
    elif found.begun:
        yield Check("secrets", "warn", "a change of keys was cut short", "run: housebot keys rotate-master")
    else:
        yield Check("secrets", "ok", f"{found.secrets} sealed with {file}; keep a copy of it apart from the backups")
