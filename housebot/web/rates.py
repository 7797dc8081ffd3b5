"""Owns how often somebody may ask: token buckets in memory for each key, for each address, for wrong keys, and for everybody together."""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from housebot.errors import Refusal
from housebot.services.keys import Key
from housebot.web.addresses import Address

MOST = (
    10_000  # buckets kept of each kind: who has not asked for the longest is forgotten first, and had time to fill up
)
_NOBODY = "unknown"


@dataclass(frozen=True, slots=True)
class Paces:
    """Requests a minute; 0 for no limit. So many may come at once, then they trickle."""

    key: int = 120  # of a key that has no pace of its own
    address: int = 60  # without a key
    wrong_keys: int = 10  # of one address
    overall: int = 6000


class Buckets:
    """A bucket for each of many: full at first, refilled evenly over a minute."""

    def __init__(self, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted

    def take(self, who: Hashable, per_minute: int) -> int:
        """Take a token: 0, or the whole seconds after which there will be one."""
        tokens = self._tokens(who, per_minute)
        wait = _wait(tokens, per_minute)
        self._kept[who] = (tokens if wait else tokens - 1, self._clock())
        self._kept.move_to_end(who)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return wait

    def look(self, who: Hashable, per_minute: int) -> int:
        """As `take`, and nothing is taken."""
        return _wait(self._tokens(who, per_minute), per_minute)

    def __len__(self) -> int:
        return len(self._kept)

    def _tokens(self, who: Hashable, per_minute: int) -> float:
        tokens, since = self._kept.get(who, (float(per_minute), 0.0))
        return min(float(per_minute), tokens + (self._clock() - since) * per_minute / 60)


class Rates:
    """The limits of one desk. Everything here raises `rate_limited` with `retry_after` in seconds, or lets through."""

    def __init__(
        self, paces: Paces, *, clock: Callable[[], float] = time.monotonic, refused: Callable[[str], None] | None = None
    ) -> None:
        """`refused` is told of each refusal which limit it was: `key`, `address`, `wrong_keys`, `overall`."""
        self._paces = paces
        self._refused = refused
        self._of_keys = Buckets(clock=clock)
        self._of_addresses = Buckets(clock=clock)
        self._wrong = Buckets(clock=clock)
        self._together = Buckets(most=1, clock=clock)
        self._known: OrderedDict[Hashable, None] = OrderedDict()  # keys that were right, by where they came from

    def without_key(self, address: Address | None) -> None:
        """A request of somebody unknown."""
        self._require("address", self._of_addresses, place_of(address), self._paces.address)
        self._everybody()

    def before_key(self, address: Address | None, text: str) -> None:
        """Before a key is looked at: who has shown too many wrong ones waits, so that guessing is slow (A4).

        A key that was right from that address before is not kept waiting for what its neighbours guess.
        """
        place = place_of(address)
        if self._paces.wrong_keys and (place, _digest(text)) not in self._known:
            self._refuse("wrong_keys", self._wrong.look(place, self._paces.wrong_keys))

    def wrong_key(self, address: Address | None) -> None:
        """A key that opened nothing."""
        if self._paces.wrong_keys:
            self._wrong.take(place_of(address), self._paces.wrong_keys)

    def with_key(self, address: Address | None, text: str, key: Key) -> None:
        """A request of a key that was right. One without a limit is not counted with everybody either: so the owner wanted it."""
        known = place_of(address), _digest(text)
        self._known[known] = None
        self._known.move_to_end(known)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        if key.per_minute == 0:
            return
        per_minute = self._paces.key if key.per_minute is None else key.per_minute
        self._require("key", self._of_keys, key.id, per_minute)
        self._everybody()

    def _everybody(self) -> None:
        self._require("overall", self._together, None, self._paces.overall)

    def _require(self, limit: str, buckets: Buckets, who: Hashable, per_minute: int) -> None:
        if per_minute:
            self._refuse(limit, buckets.take(who, per_minute))

    def _refuse(self, limit: str, wait: int) -> None:
        if not wait:
            return
        if self._refused is not None:
            self._refused(limit)
        raise Refusal("rate_limited", retry_after=wait)


def place_of(address: Address | None) -> Hashable:
    """What counts as one address: of IPv6 the network of a household, for one machine has billions of them."""
    if address is None:
        return _NOBODY
    return int(address) >> 64 if address.version == 6 else str(address)


def _wait(tokens: float, per_minute: int) -> int:
    # What a client was told to wait must be enough, whatever floats make of a minute's parts.
    missing = 1 - tokens - 1e-9
    return 0 if missing <= 0 else max(1, math.ceil(missing * 60 / per_minute))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
