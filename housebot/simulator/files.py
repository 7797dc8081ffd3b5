"""Owns file contents and identifiers: one file_unique_id for the same bytes, one file_id per bot, sizes of photos, Telegram's limits."""

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from typing import Any

from PIL import Image

from housebot.simulator import pictures
from housebot.simulator.errors import ApiError, bad_request
from housebot.simulator.model import Json

DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
_PHOTO_LIMIT = 10 * 1024 * 1024
_PHOTO_SIDES = (("s", 90), ("m", 320), ("x", 800), ("y", 1280))
_WRONG_ID = "wrong file identifier/HTTP URL specified"
_FOLDERS = {"Photo": "photos", "Document": "documents", "Voice": "voice", "Sticker": "stickers"}


@dataclass(slots=True)
class StoredFile:
    """One downloadable thing. `shape` is its object in a message without file_id; a photo's keeps all sizes."""

    unique: str
    kind: str
    content: str
    path: str
    mime: str
    shape: Json
    photo: list[Json] | None = None


class FileStore:
    """Everything ever uploaded, by people and by bots."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.files: dict[str, StoredFile] = {}
        self._ids: dict[str, tuple[int, str]] = {}

    def add_photo(self, content: bytes, *, salt: str = "") -> list[Json]:
        """Stores a photo in Telegram's sizes; answers the list a message carries."""
        _check_photo(content)
        key = _key(content, f"photo{salt}")
        known = self.files.get(f"AQAD{key}y")
        if known and known.photo:
            return known.photo
        sizes: list[Json] = []
        for letter, side in _PHOTO_SIDES:
            small, width, height = pictures.scaled(content, side)
            if sizes and sizes[-1]["width"] == width and letter != "y":
                continue
            unique = f"AQAD{key}{letter}"
            shape: Json = {"file_unique_id": unique, "width": width, "height": height, "file_size": len(small)}
            self._store(StoredFile(unique, "Photo", "", "", "image/jpeg", shape), small, ".jpg")
            sizes.append(shape)
        for shape in sizes:
            self.files[shape["file_unique_id"]].photo = sizes
        return sizes

    def add(self, kind: str, content: bytes, shape: Json, *, name: str = "", mime: str = "", salt: str = "") -> Json:
        """Stores a document, voice or sticker; answers its object."""
        if not content:
            raise bad_request("file must be non-empty")
        mime = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        unique = f"AgAD{_key(content, kind + name + salt)}"
        full = {"file_unique_id": unique, **shape, "mime_type": mime, "file_size": len(content)}
        if kind == "Document":
            full |= {"file_name": name} if name else {}
        if kind == "Sticker":
            del full["mime_type"]
        if unique not in self.files:
            extension = f".{name.rsplit('.', 1)[1]}" if "." in name else mimetypes.guess_extension(mime) or ""
            self._store(StoredFile(unique, kind, "", "", mime, full), content, extension)
        return self.files[unique].shape

    def _store(self, file: StoredFile, content: bytes, extension: str) -> None:
        digest = hashlib.sha256(content).hexdigest()
        self.contents.setdefault(digest, content)
        file.content = digest
        file.path = f"{_FOLDERS[file.kind]}/file_{len(self.files)}{extension}"
        self.files[file.unique] = file

    def file_id(self, bot_id: int, unique: str) -> str:
        """The identifier under which this bot, and no other, may use the file."""
        seal = hashlib.blake2b(f"{bot_id}:{unique}".encode(), digest_size=24).digest()
        made = "AgACAgIAAx" + base64.urlsafe_b64encode(seal).decode().rstrip("=")
        self._ids[made] = (bot_id, unique)
        return made

    def restore(self, file: StoredFile, bots: list[int]) -> None:
        """Takes up a file from a snapshot, under the identifiers it had."""
        self.files[file.unique] = file
        for bot_id in bots:
            self.file_id(bot_id, file.unique)

    def by_id(self, bot_id: int, file_id: str) -> StoredFile | None:
        """The file behind an identifier of this bot."""
        owner, unique = self._ids.get(file_id, (0, ""))
        return self.files.get(unique) if owner == bot_id else None

    def for_sending(self, bot_id: int, file_id: str, kind: str) -> StoredFile:
        """The file a bot sends again by its identifier."""
        file = self.by_id(bot_id, file_id)
        if file is None:
            raise bad_request(_WRONG_ID)
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind} as {kind}")
        return file

    def with_ids(self, bot_id: int, value: Any) -> Any:
        """A copy of a JSON value in which every file carries this bot's file_id."""
        if isinstance(value, list):
            return [self.with_ids(bot_id, item) for item in value]
        if not isinstance(value, dict):
            return value
        copy = {name: self.with_ids(bot_id, item) for name, item in value.items()}
        if "file_unique_id" in copy:
            copy = {"file_id": self.file_id(bot_id, copy["file_unique_id"]), **copy}
        return copy

    def by_path(self, path: str) -> StoredFile | None:
        """The file that getFile gave this path for."""
        return next((file for file in self.files.values() if file.path == path), None)

    def bytes_of(self, file: StoredFile) -> bytes:
        """Its content."""
        return self.contents[file.content]


def check_upload(content: bytes) -> None:
    """Refuses what is too large to be uploaded at all."""
    if len(content) > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")


def _key(content: bytes, salt: str) -> str:
    digest = hashlib.blake2b(content, digest_size=9, salt=hashlib.sha256(salt.encode()).digest()[:16])
    return base64.urlsafe_b64encode(digest.digest()).decode()


def _check_photo(content: bytes) -> None:
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > _PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(content)} bytes is too big for a photo; the maximum size is {_PHOTO_LIMIT} bytes"
        )
    try:
        _, width, height = pictures.dimensions(content)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
