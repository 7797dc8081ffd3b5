"""Owns the secret word in the address a provider sends its notifications to: made once by the desk, told to nobody unasked (A5)."""

import secrets

from housebot.services import vault
from housebot.services.ports import Tx
from housebot.storage import meta

HEADER = "-header"  # the end of a name: the secret of a provider's header, beside the word of its address

_WORD = "hook_token."  # the start of a key


def ensure_token(tx: Tx, provider: str) -> str:
    """The word of that provider's address, made at the first need; one that an earlier version stored in plain text is sealed."""
    stored = meta.get(tx, _WORD + provider)
    if stored is not None and vault.is_sealed(stored):
        return vault.unseal(tx, stored)
    word = stored or secrets.token_urlsafe(32)
    meta.put(tx, _WORD + provider, vault.seal(tx, word))
    return word


def token(tx: Tx, provider: str) -> str | None:
    """The word, where one was made."""
    stored = meta.get(tx, _WORD + provider)
    return vault.unseal(tx, stored) if stored is not None and vault.is_sealed(stored) else stored


def has_token(tx: Tx, provider: str) -> bool:
    """Whether a word was made; it is not looked at."""
    return meta.get(tx, _WORD + provider) is not None
