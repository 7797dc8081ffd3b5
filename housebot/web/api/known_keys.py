"""Owns which keys have shown themselves to be right, until anybody commits anything: a program asks with the same one all the time (A4)."""

import hashlib
from datetime import datetime

from housebot.errors import Refusal
from housebot.services import keys
from housebot.services.keys import Key
from housebot.services.ports import Reader

MOST = 256


class KnownKeys:
    """A key that was revoked is refused at the next request, whichever process revoked it; of the secrets only digests are kept."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._version: int | None = None
        self._right: dict[bytes, Key] = {}

    def of(self, text: str, now: datetime) -> Key:
        """Whose key it is; `unauthorized` as `keys.authenticate`."""
        version = self._reader.data_version()
        if version != self._version or len(self._right) >= MOST:
            self._version, self._right = version, {}
        digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
        known = self._right.get(digest)
        if known is None:
            known = self._reader.read(lambda tx: keys.authenticate(tx, text, now=now))
            self._right[digest] = known
        elif known.expires_at is not None and known.expires_at <= now:
            raise Refusal("unauthorized")
        return known
