"""Owns `housebot service`: the systemd unit, for a whole machine or for one user, printed or installed."""

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from housebot.cli.problems import Away
from housebot.cli.shell import Shell
from housebot.errors import ConfigProblem
from housebot.storage import migrations

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)

NAME = "housebot.service"
# What the desk may do is little: one folder, the network, nothing of the rest of the machine.
HARDENING = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077
"""

UNIT = """\
# housebot, the booking desk. Installed by `housebot service install`; logs: {logs}
[Unit]
Description=housebot, the booking desk ({config})
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart={program} {runs}
WatchdogSec=60
Restart=always
RestartSec=5
RestartPreventExitStatus=75 78
TimeoutStartSec=90
TimeoutStopSec=20
{rights}
[Install]
WantedBy={target}
"""


@app.callback()
def service() -> None:
    """The desk as a service of this machine: install."""


@app.command()
def install(
    ctx: typer.Context,
    only_print: Annotated[bool, typer.Option("--print", help="Print the unit, change nothing.")] = False,
) -> None:
    """Let systemd run the desk: it starts with the machine, and again when it ends by itself. Works as root and as a user."""
    shell: Shell = ctx.obj
    config = shell.config.file
    if config is None:
        raise typer.BadParameter("a service needs a settings file: --config FILE")
    database = shell.config.database_path
    migrations.require_file(database)
    whole_machine = os.geteuid() == 0
    folder = Path("/etc/systemd/system") if whole_machine else Path.home() / ".config/systemd/user"
    unit = _unit_of(config, folder)
    logs = _logs(unit.name, whole_machine=whole_machine)
    if whole_machine:
        text = system_unit(config, _program(), database, key_file=shell.config.key_file, name=unit.name)
    else:
        text = user_unit(config, _program(), name=unit.name)
    if only_print or shutil.which("systemctl") is None:
        if not only_print:
            shell.note(f"there is no systemd here; on a machine that has it this goes to {unit}:")
        shell.show({"path": str(unit), "unit": text, "installed": False}, *text.splitlines())
        return
    with _kept_if_known(unit):
        unit.parent.mkdir(parents=True, exist_ok=True)
        unit.write_text(text, encoding="utf-8")
        _systemctl(whole_machine, "daemon-reload")
    _systemctl(whole_machine, "enable", "--now", unit.name)
    if not whole_machine:
        # Without it a user's services end when the user logs out.
        subprocess.run(["loginctl", "enable-linger"], check=False, capture_output=True)
    shell.show(
        {"path": str(unit), "unit": text, "installed": True, "logs": logs},
        f"The desk runs, and will after a reboot ({unit}).",
        f"Logs: {logs}",
        f"Is all well? housebot --config {config} doctor",
    )


def _unit_of(config: Path, folder: Path) -> Path:
    """`housebot.service` for the first desk of a machine, `housebot@<its folder>.service` for others: one never takes another's."""
    names = [NAME, f"housebot@{re.sub(r'[^A-Za-z0-9_.-]', '-', config.parent.name) or 'desk'}.service"]
    units = [folder / name for name in names]
    taken = {unit: unit.read_text(encoding="utf-8", errors="replace") for unit in units if unit.exists()}
    for unit, text in taken.items():
        if _runs(config) in text:
            return unit
    for unit in units:
        if unit not in taken:
            return unit
    raise ConfigProblem(
        f"{' and '.join(map(str, units))} run other desks",
        fix="give the folder of this desk another name, then try again",
    )


def _runs(config: Path) -> str:
    """The words of a unit by which it is known whose it is."""
    return f"--config {_word(config)} run"


@contextmanager
def _kept_if_known(unit: Path) -> Iterator[None]:
    """A unit that systemd would not read is taken back: the machine is left as it was."""
    before = unit.read_bytes() if unit.exists() else None
    try:
        yield
    except (OSError, Away) as problem:
        with suppress(OSError):
            if before is None:
                unit.unlink(missing_ok=True)
            else:
                unit.write_bytes(before)
        if isinstance(problem, OSError):
            raise ConfigProblem(
                f"{unit} cannot be written: {problem.strerror}", fix="see: housebot service install --print"
            ) from problem
        raise


def system_unit(config: Path, program: str, database: Path, *, key_file: Path | None = None, name: str = NAME) -> str:
    """The unit of a whole machine. It runs as the owner of the folder, never as somebody the files do not belong to.

    It may write there, beside the settings, and where the settings put a key file that is still to be made.
    """
    number = database.parent.stat().st_uid
    try:
        owner = pwd.getpwuid(number).pw_name
    except KeyError:
        owner = str(number)
    folders = [_word(database.parent), _word(config.parent)]
    if key_file is not None and not key_file.exists():
        folders.append(_word(f"-{key_file.parent}"))  # a folder that is not there must not keep the desk from starting
    places = [config, database, Path(program), *([] if key_file is None else [key_file])]
    home = "no" if any(str(path).startswith(("/home/", "/root/")) for path in places) else "yes"
    rights = f"User={owner}\nReadWritePaths={' '.join(dict.fromkeys(folders))}\n" + HARDENING.format(home=home)
    return UNIT.format(
        program=program,
        config=config,
        runs=_runs(config),
        rights=rights,
        target="multi-user.target",
        logs=_logs(name, whole_machine=True),
    )


def packaged_unit() -> str:
    """The unit for packagers: settings in /etc, the file in its own state folder, the token as a credential."""
    rights = (
        "User=housebot\nStateDirectory=housebot\nStateDirectoryMode=0700\nEnvironment=HOUSEBOT_DATABASE__PATH=/var/lib/housebot/housebot.db\n"
        "LoadCredential=telegram__token:/etc/housebot/telegram__token\n" + HARDENING.format(home="yes")
    )
    return UNIT.format(
        program="/opt/housebot/bin/housebot",
        config="/etc/housebot/config.toml",
        runs=_runs(Path("/etc/housebot/config.toml")),
        rights=rights,
        target="multi-user.target",
        logs=_logs(NAME, whole_machine=True),
    )


def user_unit(config: Path, program: str, *, name: str = NAME) -> str:
    """The unit of one user, who has no rights to take away."""
    return UNIT.format(
        program=program,
        config=config,
        runs=_runs(config),
        rights="NoNewPrivileges=yes\nUMask=0077\n",
        target="default.target",
        logs=_logs(name, whole_machine=False),
    )


def _logs(name: str, *, whole_machine: bool) -> str:
    return f"journalctl {'' if whole_machine else '--user '}-u {name.removesuffix('.service')} -f"


def _word(path: Path | str) -> str:
    """A path as systemd reads it: spaces quoted, its own % doubled."""
    text = str(path).replace("%", "%%")
    return f'"{text}"' if any(sign.isspace() for sign in text) else text


def _program() -> str:
    beside = Path(sys.executable).with_name("housebot")
    return _word(beside) if beside.exists() else f"{_word(sys.executable)} -m housebot"


def _systemctl(whole_machine: bool, *words: str) -> None:
    command = ["systemctl", *([] if whole_machine else ["--user"]), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Away(
            f"{' '.join(command)} failed: {done.stderr.strip()}",
            fix="see: journalctl -xe; housebot service install --print shows the unit",
        )
