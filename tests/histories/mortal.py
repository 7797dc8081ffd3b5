"""A provider whose desk may die in the middle of a call: before it left, or when its effect is there and its answer is not."""

from typing import Any, Literal

from housebot.integrations.yookassa import YooKassa

CALLS = frozenset({"create", "get", "capture", "cancel", "refund", "get_refund"})


class Died(Exception):  # noqa: N818
    """The desk stops here, as by kill -9; what it had committed is all that is left of it."""


class Mortal:
    """The port as the desk knows it. `dies` says where the next call ends the desk, once."""

    name = "yookassa"

    def __init__(self, port: YooKassa) -> None:
        self._port = port
        self.dies: Literal["", "before", "after"] = ""

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        if name not in CALLS:
            return real

        async def call(*arguments: Any, **more: Any) -> Any:
            when, self.dies = self.dies, ""
            told = None if when == "before" else await real(*arguments, **more)
            if when:
                raise Died
            return told

        return call
