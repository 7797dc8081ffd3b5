"""Owns what the doctor says of the way from the world to the desk: who can reach the port, and whose address is believed."""

from ipaddress import ip_address

from housebot.cli.checks import Check, Checks
from housebot.config_sections import Web
from housebot.desk import Desk
from housebot.errors import ConfigProblem


def look(desk: Desk) -> Checks:
    """Nothing where only this machine reaches the port and nobody stands in front of it."""
    try:
        web = desk.config.web
    except ConfigProblem:
        return  # said by the check of the web
    if not web.port:
        return
    if not _is_loopback(web.host) and not _behind_https(web):
        yield Check(
            "exposure",
            "warn",
            f"everybody who reaches {web.host}:{web.port} speaks to it without encryption: keys and guests' names can be read on the way",
            'put a web server with https in front: [web] host = "127.0.0.1", public_url = "https://…"',
        )
    elif web.public_url is not None and not web.trusted_proxies:
        yield Check(
            "exposure",
            "warn",
            "all who come through the web server in front look like one address, and share one limit",
            'name it: [web] trusted_proxies = ["127.0.0.1"]',
        )


def _behind_https(web: Web) -> bool:
    return bool(web.trusted_proxies) and (web.public_url or "").startswith("https://")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
