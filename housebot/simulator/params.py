"""Owns the parameters of a call, however they came: query string, form, multipart with files, or JSON."""

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from housebot.simulator.errors import bad_request
from housebot.simulator.files import check_upload
from housebot.simulator.model import Json


@dataclass(frozen=True, slots=True)
class Upload:
    """A file sent inside the request."""

    name: str
    mime: str
    content: bytes


@dataclass(slots=True)
class Params:
    """Values by name. Reading them is as forgiving as Telegram: numbers may be text, objects may be JSON text."""

    values: Json
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value as text; empty when it was not given."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def required(self, name: str) -> str:
        """The value as text, refused when missing or empty."""
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def integer(self, name: str, default: int = 0) -> int:
        """The value as a number; what is no number counts as 0, as it does for Telegram."""
        value = self.text(name)
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            return 0

    def flag(self, name: str) -> bool:
        """true, 1 and yes mean yes."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def json(self, name: str, what: str = "") -> Any:
        """The value decoded from JSON; None when it was not given."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what or name} JSON object") from None

    def items(self, name: str, what: str = "") -> list[Any]:
        """The value as a list; empty when it was not given."""
        value = self.json(name, what)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {what or name}")
        return value

    def journal(self) -> Json:
        """What the journal keeps: the values, decoded, tokens hidden, and the files by name and size only."""
        shown: Json = {}
        for name, value in self.values.items():
            if isinstance(value, str) and value[:1] in {"{", "["}:
                with contextlib.suppress(ValueError):
                    value = json.loads(value)  # noqa: PLW2901  the decoded form is what a reader wants
            shown[name] = "***" if "token" in name else value
        files = {name: {"file": file.name, "bytes": len(file.content)} for name, file in self.files.items()}
        return shown | files


async def read(request: web.Request) -> Params:
    """The parameters of a request to a method."""
    values: Json = dict(request.query)
    files: dict[str, Upload] = {}
    kind = request.content_type if request.can_read_body else ""
    if kind == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse JSON in the request body") from None
        if not isinstance(body, dict):
            raise bad_request("object expected in the request body")
        values |= body
    elif kind == "application/x-www-form-urlencoded":
        values |= dict(await request.post())
    elif kind == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            content = bytes(await part.read())
            if part.filename is None:
                values[part.name] = content.decode()
            else:
                check_upload(content)
                mime = part.headers.get("Content-Type", "")
                files[part.name] = Upload(part.filename, mime, content)
    return Params(values, files)
