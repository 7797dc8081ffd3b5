"""A small desk for a process of its own, to be killed: `python -m tests.echoing FILE BASE`. It answers every text once, both ways."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from housebot.integrations.telegram.deferred import import_aiogram

import_aiogram()

from aiogram.types import Message  # noqa: E402

from housebot.bot.turn import Turn  # noqa: E402
from housebot.services import outbox  # noqa: E402
from housebot.services.ports import Tx  # noqa: E402
from tests.wire import QUICK, wired  # noqa: E402


async def main(path: Path, base: str) -> None:
    async with wired(path, base) as wire:
        wire.limits = replace(QUICK, first_pause=0.05)

        @wire.router.message()
        async def echo(message: Message, turn: Turn) -> None:
            count = turn.data.get("count", 0) + 1

            def piece(tx: Tx) -> None:
                turn.set_data({"count": count})
                assert turn.chat is not None
                turn.say(tx, "test.text", {"text": f"must {message.text} {count}"})
                facts = {"text": f"once {message.text}"}
                outbox.put(tx, kind="test.once", facts=facts, chat_id=turn.chat.id, delivery="once", now=turn.now)

            await turn.write(piece)

        async with wire.running():
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
