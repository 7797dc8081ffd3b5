"""Owns the few words said to systemd: READY, WATCHDOG, STOPPING. Without systemd nothing is said."""

import os
import socket


def notify(state: str) -> None:
    """Say `READY=1`, `WATCHDOG=1`, `STOPPING=1` or `STATUS=…` to whoever started us, if they listen."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.connect(address)
            channel.sendall(state.encode())
        except OSError:
            return  # nobody listens any more: no reason to stop serving guests


def watchdog_interval() -> float | None:
    """Seconds between two signs of life, half of what systemd allows; None when it does not watch this process."""
    usec, pid = os.environ.get("WATCHDOG_USEC"), os.environ.get("WATCHDOG_PID")
    if not usec or not usec.isdigit() or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000 / 2
