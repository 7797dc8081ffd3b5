"""Owns what lies outside: which addresses somebody may have the desk call, and which of them are its own house (I10)."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal
from urllib.parse import urlsplit

from housebot.errors import Refusal

Place = Literal["public", "private", "never"]
LONGEST = 2000

# Machines of one's own: the same machine, its containers, the house network, a private network over the internet.
_PRIVATE_4 = tuple(map(IPv4Network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_PRIVATE_6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))
# What is no address of anybody, or leads somewhere else than it says. Python's `is_global` knows other lists in other versions.
_NEVER_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
_WORLD_6 = IPv6Network("2000::/3")  # beside it: mapped and compatible IPv4, NAT64, link-local, site-local, multicast
_NEVER_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))  # Teredo, examples, 6to4

_HOME_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "corp", "home", "private")
_WHERE = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """An address as somebody gave it, understood. All of it but the host may be a secret."""

    url: str = field(repr=False)
    scheme: str  # https, or http inside one's own network
    host: str
    place: Place | None  # where it evidently is; None for a name, of which only asking can tell


def place_of(address: str | IPv4Address | IPv6Address) -> Place:
    """Where an address is: out in the world, among one's own machines, or nowhere the desk may ever go."""
    found = ip_address(address.partition("%")[0]) if isinstance(address, str) else address
    if isinstance(found, IPv4Address):
        if any(found in network for network in _PRIVATE_4):
            return "private"
        return "never" if any(found in network for network in _NEVER_4) else "public"
    if any(found in network for network in _PRIVATE_6):
        return "private"
    if found not in _WORLD_6 or any(found in network for network in _NEVER_6):
        return "never"
    return "public"


def allowed(scheme: str, *, private: bool) -> frozenset[Place]:
    """Where a call of that scheme may end. `private`: the owner lets the desk call programs in their own network.

    What is not encrypted stays inside it.
    """
    if not private:
        return frozenset({"public"}) if scheme == "https" else frozenset()
    return frozenset({"public", "private"}) if scheme == "https" else frozenset({"private"})


def read(text: str, *, private: bool = False) -> Target:
    """The address, if the desk may call it as far as can be seen; `invalid` with the reason, which never repeats the address.

    A name has to be asked for, so what it stands for is judged again with every call.
    """
    target = _read(text)
    if target.scheme == "http" and not private:
        raise Refusal("invalid", reason="address_scheme")
    if target.place is not None and target.place not in allowed(target.scheme, private=private):
        raise Refusal("invalid", reason="address_private" if target.place == "private" else "address_forbidden")
    return target


def _read(text: str) -> Target:
    # Strict on purpose: where two parsers may read two hosts out of one text, the judge and the caller would mean different ones.
    if (
        not text.isascii()
        or not text.isprintable()
        or any(sign in text for sign in ' \\"<>^`{|}')
        or len(text) > LONGEST
    ):
        raise Refusal("invalid", reason="address")
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        raise Refusal("invalid", reason="address_scheme")
    try:
        where = _WHERE.fullmatch(urlsplit(text).netloc)  # no user, no password, no zone
    except ValueError:  # its own words repeat the text
        where = None
    if where is None or not 0 < int(where["port"] or 443) < 65536:
        raise Refusal("invalid", reason="address")
    host = where["six"] or where["name"].removesuffix(".").lower()
    return Target(text, scheme.lower(), host, _evidently(host, six=where["six"] is not None))


def _evidently(host: str, *, six: bool) -> Place | None:
    if six:
        try:
            return place_of(IPv6Address(host))
        except ValueError:
            raise Refusal("invalid", reason="address") from None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refusal("invalid", reason="address")
    if _NUMBER.fullmatch(labels[-1]):  # 127.1, 0x7f.1, 2130706433: the old library reads them as addresses
        try:
            return place_of(IPv4Address(host))
        except ValueError:
            raise Refusal("invalid", reason="address_forbidden") from None
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in _HOME_NAMES):
        return "private"
    return None
