"""Owns the file with the keys that seal secrets: beside the database and never in it, made once, never half-written."""

import base64
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Self

from housebot.errors import KeyProblem
from housebot.storage.connection import give_to_owner
from housebot.storage.copies import put_in_place, sync

_HEADER = "# Keys of a desk's secrets: the first seals, all of them open. Keep a copy, apart from the backups.\n"


class KeyFile:
    """The first key seals, the others open what older backups hold. Read again when somebody has changed it."""

    def __init__(self, path: Path, *, database: Path) -> None:
        self.path = path
        self._database = database
        self._read: tuple[tuple[int, ...], tuple[str, ...]] | None = None  # one value: threads share it

    @classmethod
    def of(cls, database: Path, *, at: Path | None = None) -> Self:
        """The one that belongs to that database: `at`, else beside it."""
        return cls(at or database.with_name(database.name + ".key"), database=database)

    def exists(self) -> bool:
        try:
            self.path.stat()
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise self._closed(problem) from problem
        return True

    def mode(self) -> int:
        """Its permissions."""
        return self.path.stat().st_mode & 0o777

    def keys(self) -> tuple[str, ...]:
        """The keys, the sealing one first; KeyProblem where they cannot be read. Costs one look at the file when nothing changed."""
        try:
            found = self.path.stat()
            stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
            known = self._read
            if known is None or known[0] != stamp:
                known = self._read = stamp, self._parse(self.path.read_text(encoding="ascii"))
        except FileNotFoundError as problem:
            raise KeyProblem(
                f"the key file {self.path} is missing: the secrets in {self._database} cannot be opened",
                fix="put your copy of it back; the desk makes a new one only where nothing is sealed yet",
            ) from problem
        except OSError as problem:
            raise self._closed(problem) from problem
        except UnicodeDecodeError as problem:
            raise self._unreadable() from problem
        return known[1]

    def make(self) -> None:
        """Make it with a new key unless it is there; of two at once both end with the same one."""
        draft = self._draft([new_key()])
        try:
            os.link(draft, self.path)
            sync(self.path.parent)
        except FileExistsError:
            pass
        except OSError as problem:
            raise self._closed(problem) from problem
        finally:
            draft.unlink(missing_ok=True)

    def put_first(self, key: str) -> None:
        """Let that key seal from now on; the earlier ones stay, so that earlier backups open. The caller holds the write lock."""
        for left in self._drafts():  # of one who was killed here
            left.unlink(missing_ok=True)
        draft = self._draft([key, *self.keys()])
        try:
            put_in_place(draft, self.path)
        except OSError as problem:
            draft.unlink(missing_ok=True)
            raise self._closed(problem) from problem

    def _draft(self, keys: list[str]) -> Path:
        """A private file beside it, on the disk."""
        try:
            handle, name = tempfile.mkstemp(prefix=f"{self.path.name}.new-", dir=self.path.parent)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(_HEADER + "".join(f"{key}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            if self._database.exists():
                give_to_owner(Path(name), like=self._database)
        except OSError as problem:
            raise self._closed(problem) from problem
        return Path(name)

    def _drafts(self) -> list[Path]:
        return [found for found in self.path.parent.iterdir() if found.name.startswith(f"{self.path.name}.new-")]

    def _parse(self, text: str) -> tuple[str, ...]:
        keys = tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
        if not keys or not all(map(_is_key, keys)):
            raise self._unreadable()
        return keys

    def _unreadable(self) -> KeyProblem:
        return KeyProblem(f"{self.path} holds no keys, or broken ones", fix="put your copy of the key file back")

    def _closed(self, problem: OSError) -> KeyProblem:
        return KeyProblem(
            f"the key file {self.path} cannot be used: {problem.strerror}",
            fix="make the file and its folder readable and writable for the user that runs the desk, and for nobody else",
        )


def new_key() -> str:
    """32 random bytes as Fernet reads them."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def mark(key: str) -> str:
    """By what a key is recognised without being known."""
    return hashlib.sha256(key.encode("ascii")).hexdigest()[:16]


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False
