"""Owns secrets at rest: what the database keeps sealed, with keys that lie outside of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from housebot.errors import KeyProblem
from housebot.services import audit
from housebot.services.ports import Actor, Tx
from housebot.storage import key_file, meta, sealed
from housebot.storage.key_file import KeyFile

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_SIGN = "sealed:"  # what a sealed value begins with
_MARK = "sealed_by"  # by which the right key file is known, and a rotation that was cut short


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a change of keys did. `finished` is True for one that ended what an earlier one had begun."""

    sealed: int
    keys: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How the secrets lie: how many there are, how many still in plain text, in which tables some do not open."""

    file: KeyFile
    secrets: int
    plain: int
    closed: Sequence[str]
    begun: bool  # a change of keys was cut short
    problem: KeyProblem | None


def seal(tx: Tx, text: str) -> str:
    """The text as the database may hold it; the same text twice looks different. KeyProblem without a usable key file."""
    return _SIGN + _ring(tx, _keys_for_sealing(tx)).encrypt(text.encode()).decode("ascii")


def unseal(tx: Tx, stored: str) -> str:
    """What was sealed. KeyProblem where the key file is missing or of another desk."""
    from cryptography.fernet import InvalidToken

    file = _file(tx)
    ring = _ring(tx, file.keys())
    try:
        return ring.decrypt(stored.removeprefix(_SIGN)).decode()
    except InvalidToken:
        raise _foreign(file) from None


def outside(tx: Tx) -> bytes:
    """Something that no copy of the database holds, for signatures that live shortly: it stays the same when the key is changed.

    Nothing while there is no key file to be read: what is signed then is worth as much as the database alone.
    """
    try:
        return b"" if tx.key_file is None else tx.key_file.keys()[-1].encode("ascii")
    except KeyProblem:
        return b""


def is_sealed(stored: str) -> bool:
    """Whether a stored value is sealed; a desk of an earlier version kept some in plain text."""
    return stored.startswith(_SIGN)


def rotate(tx: Tx, *, actor: Actor, now: datetime) -> Rotation:
    """Let a new key seal, and seal every secret again with it. Run again after a kill, it finishes what was begun.

    The new key is on the disk before anything is sealed with it, and earlier keys stay: whatever is cut short, every value opens.
    """
    file = _file(tx)
    keys = _keys_for_sealing(tx)
    opened = [
        (value, _opened(tx, value.text)) for value in sealed.everything(tx)
    ]  # a key nobody has is met before a new one
    begun = meta.get(tx, _MARK) != key_file.mark(keys[0])
    if not begun:
        file.put_first(key_file.new_key())
        keys = file.keys()
    ring = _ring(tx, keys)
    for value, text in opened:
        sealed.replace(tx, value, _SIGN + ring.encrypt(text.encode()).decode("ascii"))
    meta.put(tx, _MARK, key_file.mark(keys[0]))
    done = Rotation(len(opened), len(keys), begun)
    audit.write(tx, actor, "keys.rotate_master", "keys:master", after={"sealed": done.sealed}, now=now)
    return done


def look(tx: Tx) -> Look:
    """Try every secret; nothing is changed."""
    file = _file(tx)
    stored = list(sealed.everything(tx))
    plain = sum(not is_sealed(value.text) for value in stored)
    problem, closed, begun = None, [], False
    mark = meta.get(tx, _MARK)
    try:
        if mark is not None or file.exists():
            marks = list(map(key_file.mark, file.keys()))
            if mark is not None and mark not in marks:
                raise _foreign(file)
            begun = mark is not None and mark != marks[0]
    except KeyProblem as found:
        problem = found
    for value in stored:
        try:
            _opened(tx, value.text)
        except KeyProblem as found:
            problem = problem or found
            closed.append(value.place.table)
    return Look(file, len(stored), plain, sorted(set(closed)), begun, problem)


def _opened(tx: Tx, stored: str) -> str:
    return unseal(tx, stored) if is_sealed(stored) else stored


def _keys_for_sealing(tx: Tx) -> tuple[str, ...]:
    """The keys of this database, made at the first need. What was sealed with a lost key is never shadowed by a new one."""
    file = _file(tx)
    mark = meta.get(tx, _MARK)
    if mark is None and not file.exists():
        file.make()
    keys = file.keys()
    marks = list(map(key_file.mark, keys))
    if mark is None:
        meta.put(tx, _MARK, marks[0])
    elif mark not in marks:
        raise _foreign(file)
    return keys


def _ring(tx: Tx, keys: tuple[str, ...]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # heavy: a desk that seals nothing does without

    known = tx.cache.get(_MARK)
    if known is None or known[0] != keys:
        known = tx.cache[_MARK] = keys, MultiFernet([Fernet(key) for key in keys])
    ring: MultiFernet = known[1]
    return ring


def _file(tx: Tx) -> KeyFile:
    assert tx.key_file is not None, "a migration seals nothing"
    return tx.key_file


def _foreign(file: KeyFile) -> KeyProblem:
    return KeyProblem(
        f"the key file {file.path} does not open the secrets of this database",
        fix="put back the key file that belongs to it: your copy from the time of this database, or a later one",
    )
