"""Owns the few calls `init` and `doctor` make to Telegram, with the standard library: the token is in no message of an error."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from housebot.cli.problems import Away

PATIENCE = 15.0  # seconds


class Refused(Exception):  # noqa: N818  it is an answer, not a fault
    """Telegram said no, in its own words."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(slots=True)
class BotApi:
    """A bot's calls, one at a time. `said_at` is Telegram's own time of the last answer."""

    base: str
    token: str
    proxy: str | None = None
    said_at: datetime | None = None

    @property
    def bot_id(self) -> int:
        """The public half of the token."""
        return int(self.token.partition(":")[0])

    def call(self, method: str, *, wait: int = 0, **params: Any) -> Any:
        """The result of a call; raises Refused, or Away when nobody answers. `wait` is a long poll in seconds."""
        body = {name: value for name, value in params.items() if value is not None}
        if wait:
            body["timeout"] = wait
        try:
            request = urllib.request.Request(  # noqa: S310  the base is a setting of the owner
                f"{self.base.rstrip('/')}/bot{self.token}/{method}",
                data=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
            )
            status, content, date = self._answer(request, PATIENCE + wait)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            # What these say carries the address, and the address the token.
            raise Away(
                f"{self.base} does not answer ({type(problem).__name__})",
                fix="check the network of this machine, [telegram] api_base and proxy",
            ) from None
        self.said_at = _date(date) or self.said_at
        try:
            answer = json.loads(content)
            if answer["ok"]:
                return answer["result"]
            code, description = int(answer["error_code"]), str(answer["description"])
        except (ValueError, KeyError, TypeError):
            raise Away(f"{self.base} answers like no Bot API ({status})", fix="check [telegram] api_base") from None
        raise Refused(code, description)

    def _answer(self, request: urllib.request.Request, patience: float) -> tuple[int, bytes, str | None]:
        handlers = [urllib.request.ProxyHandler({"http": self.proxy, "https": self.proxy})] if self.proxy else []
        opener = urllib.request.build_opener(*handlers)
        try:
            with opener.open(request, timeout=patience) as response:
                return response.status, response.read(), response.headers.get("Date")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read(), refused.headers.get("Date")


def _date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
