"""Owns the secret word in the address a provider sends its notifications to: made by the desk, renewed by its owner, told to nobody unasked (A5)."""

import secrets
from datetime import datetime

from housebot.errors import KeyProblem
from housebot.services import audit, vault
from housebot.services.ports import Actor, Reader, Tx
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


def renew(tx: Tx, provider: str, *, actor: Actor, now: datetime) -> str:
    """Another word for that provider, and another secret for its header where one was made. What was known before opens nothing more."""
    word = secrets.token_urlsafe(32)
    meta.put(tx, _WORD + provider, vault.seal(tx, word))
    if has_token(tx, provider + HEADER):
        meta.put(tx, _WORD + provider + HEADER, vault.seal(tx, secrets.token_urlsafe(32)))
    audit.write(tx, actor, "hook.renew", f"hook:{provider}", now=now)
    return word


def token(tx: Tx, provider: str) -> str | None:
    """The word, where one was made."""
    stored = meta.get(tx, _WORD + provider)
    return vault.unseal(tx, stored) if stored is not None and vault.is_sealed(stored) else stored


def has_token(tx: Tx, provider: str) -> bool:
    """Whether a word was made; it is not looked at."""
    return meta.get(tx, _WORD + provider) is not None


class Words:
    """The words in force, whichever process renewed them: looked up after every commit, opened only when they have changed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._version: int | None = None
        self._stored: dict[str, str | None] = {}
        self._opened: dict[str, tuple[str, str]] = {}

    def of(self, name: str) -> str:
        """The word; empty, which nobody can say, while a new one cannot be opened."""
        version = self._reader.data_version()
        if version != self._version:
            self._version, self._stored = version, {}
        if name not in self._stored:
            self._stored[name] = self._reader.read(lambda tx: meta.get(tx, _WORD + name))
        stored = self._stored[name]
        known = self._opened.get(name)
        if stored is None or (known is not None and known[0] == stored):
            return "" if stored is None or known is None else known[1]
        try:
            word = self._reader.read(lambda tx: vault.unseal(tx, stored) if vault.is_sealed(stored) else stored)
        except KeyProblem:
            return ""
        self._opened[name] = stored, word
        return word
