"""Owns the secret word in the address a provider sends its notifications to: made once by the desk, told to nobody unasked (A5)."""

import secrets

from housebot.services.ports import Tx
from housebot.storage import meta

HEADER = "-header"  # the end of a name: the secret of a provider's header, beside the word of its address

_WORD = "hook_token."  # the start of a key


def ensure_token(tx: Tx, provider: str) -> str:
    """The word of that provider's address, made at the first need."""
    meta.put_once(tx, _WORD + provider, secrets.token_urlsafe(32))
    made = token(tx, provider)
    assert made is not None, "it was just stored"
    return made


def token(tx: Tx, provider: str) -> str | None:
    """The word, where one was made."""
    return meta.get(tx, _WORD + provider)
