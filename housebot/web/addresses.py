"""Owns from which address a request really comes: what a proxy writes is believed of the proxies we know, and of nobody else."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

# Some proxies write the port too: 203.0.113.1:4711, [2001:db8::1]:4711.
_WITH_PORT = re.compile(r"^(?:([0-9.]+):[0-9]{1,5}|\[([0-9A-Fa-f:.%]+)\](?::[0-9]{1,5})?)$")
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as they are written; ValueError for what is neither."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client(peer: str | None, forwarded: str, *, trusted: Sequence[Network]) -> Address | None:
    """Whoever began the request: of `X-Forwarded-For` the last hop that is not a proxy of ours; None where nobody can tell."""
    found = _address(peer)
    for hop in reversed(forwarded.split(",") if forwarded else []):
        if found is None or not is_in(found, trusted):
            break
        found = _address(hop)
    return found


def forwarded(headers: "CIMultiDictProxy[str]") -> str:
    """What proxies wrote, all lines of it: some add a line of their own below the one a client made up."""
    return ",".join(headers.getall("X-Forwarded-For", ()))


def is_in(address: Address, known: Sequence[Network]) -> bool:
    """Whether it belongs to one of the networks."""
    return any(address.version == network.version and address in network for network in known)


@lru_cache(maxsize=1024)  # the same clients come again and again
def _address(text: str | None) -> Address | None:
    said = (text or "").strip()
    if with_port := _WITH_PORT.match(said):
        said = with_port[1] or with_port[2]
    try:
        found = ip_address(said.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
