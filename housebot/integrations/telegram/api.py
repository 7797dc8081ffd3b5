"""Owns the wire to the Bot API: JSON in, JSON out over one aiohttp session; the token never leaves this file.

Raw on purpose: the desk stores updates as they came and its messages are few kinds, so models would be built to be thrown away.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

CONNECT = 10.0  # seconds
ANSWER = 30.0  # seconds for an ordinary call
UPLOAD = 120.0  # seconds where bytes are sent along


class ApiProblem(Exception):  # noqa: N818  subclasses say what it is
    """A call did not succeed."""


class Refused(ApiProblem):
    """The other side said no: `code` and `description` are its own words."""

    def __init__(self, method: str, code: int, description: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(f"{method}: {code} {description}")
        self.code = code
        self.description = description
        self.retry_after = float(parameters.get("retry_after", 0))
        self.moved_to: int | None = parameters.get("migrate_to_chat_id")


class NotReached(ApiProblem):
    """The call never left this machine: sending it again cannot double anything."""


class Unanswered(ApiProblem):
    """The call left, and no answer came: it may have had its effect."""


class Api:
    """A bot's calls. Open it once and share it: `async with Api(token, base) as api`."""

    def __init__(self, token: str, base: str, *, proxy: str | None = None) -> None:
        self._token = token
        self._base = base.rstrip("/")
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def bot_id(self) -> int:
        """The public half of the token."""
        return int(self._token.partition(":")[0])

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, ttl_dns_cache=300), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, *, patience: float = ANSWER, **params: Any) -> Any:
        """The `result` of a call; parameters that are None are left out. Raises Refused, NotReached or Unanswered."""
        body = orjson.dumps({name: value for name, value in params.items() if value is not None})
        return await self._post(method, body, {"Content-Type": "application/json"}, patience)

    async def upload(self, method: str, *, files: Mapping[str, tuple[str, bytes]], **params: Any) -> Any:
        """As `call`, with files by field name: (file name, content)."""
        form = aiohttp.FormData()
        for name, value in params.items():
            if value is not None:
                form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, (file_name, content) in files.items():
            form.add_field(name, content, filename=file_name)
        return await self._post(method, form, {}, UPLOAD)

    async def download(self, file_path: str) -> bytes:
        """The content of a file by the path getFile gave; at most 20 MB by Telegram's rule."""
        problem: str | None = None
        try:
            async with self._open.get(
                f"{self._base}/file/bot{self._token}/{file_path}",
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(total=UPLOAD, connect=CONNECT),
            ) as response:
                if response.status == 200:
                    return await response.read()
                problem = f"download: {response.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            problem = f"download: {type(error).__name__}"
        raise NotReached(problem)

    async def _post(self, method: str, data: Any, headers: Mapping[str, str], patience: float) -> Any:
        # Errors of aiohttp carry the address, and the address the token: only their kind is told, and they are never chained.
        problem: ApiProblem
        try:
            async with self._open.post(
                f"{self._base}/bot{self._token}/{method}",
                data=data,
                headers=headers,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(total=patience, connect=CONNECT),
            ) as response:
                return _result(method, response.status, await response.read())
        except ApiProblem as answered:
            problem = answered
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            problem = NotReached(f"{method}: {type(error).__name__}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            problem = Unanswered(f"{method}: {type(error).__name__}")
        raise problem

    @property
    def _open(self) -> aiohttp.ClientSession:
        assert self._session is not None, "use it as a context manager"
        return self._session


def _result(method: str, status: int, body: bytes) -> Any:
    try:
        answer = orjson.loads(body)
        if answer["ok"]:
            return answer["result"]
        code, description = answer.get("error_code", status), answer.get("description", "")
        parameters = answer.get("parameters") or {}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # Something between us and the Bot API answered, such as a proxy with a page of HTML.
        code, description, parameters = (status if status >= 400 else 502), "not an answer of the Bot API", {}
    raise Refused(method, code, description, parameters)
