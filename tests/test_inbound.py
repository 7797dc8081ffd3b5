"""Ways in for other programs: opened by the settings, and those that waited for the key file when it is back (A5)."""

from pathlib import Path

import aiohttp
from aiohttp import web

from housebot import config as settings
from housebot.app import App
from housebot.desk import FixedClock
from housebot.inbound import Inbound
from housebot.integrations import bukza
from housebot.services import hooks
from housebot.storage.db import Database
from housebot.storage.file import DatabaseFile
from housebot.web.server import make_app
from tests.web.serving import OPENED, OWNER


async def test_a5_a_desk_that_began_without_its_key_file_hears_again_when_that_is_put_back(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[telegram]\ntoken = "1:x"\n[bukza]\nresources = ["Дом=house"]\n', encoding="utf-8")
    db = Database.open(tmp_path / "housebot.db", create=True)
    try:
        inbound = Inbound(settings.load(file), db, FixedClock(OPENED), channel=None)
        word = (await inbound.mount())["bukza"].token()
        assert not inbound.waits
        kept = db.key_file.path.rename(tmp_path / "kept")
        assert (await inbound.mount(), inbound.waits) == ({}, True)
        app = App.__new__(App)  # only what `_mount` stands on
        app._inbound, app._hooks = inbound, {}
        await app._mount()
        assert app._hooks == {}
        kept.rename(db.key_file.path)
        await app._mount()
        assert (app._hooks["bukza"].token(), inbound.waits) == (word, False)
    finally:
        await db.aclose()


async def test_a5_a_running_desk_refuses_the_old_address_from_the_next_request_on(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[telegram]\ntoken = "1:x"\n[bukza]\nresources = ["Дом=house"]\n', encoding="utf-8")
    db = Database.open(tmp_path / "housebot.db", create=True)
    inbound = Inbound(settings.load(file), db, FixedClock(OPENED), channel=None)
    runner = web.AppRunner(make_app(await inbound.mount()))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/bukza"

    def known() -> tuple[str, str]:
        return db.read(lambda tx: (hooks.ensure_token(tx, "bukza"), hooks.ensure_token(tx, "bukza" + hooks.HEADER)))

    async def told(word: str, secret: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{base}/{word}", data=b"{}", headers={bukza.HEADER: secret}) as answer,
        ):
            return answer.status, await answer.text()

    def stored() -> int:
        return int(db.read(lambda tx: tx.value("SELECT count(*) FROM notifications")))

    try:
        old = known()
        assert (await told(*old))[0] == 200
        other = DatabaseFile.open(tmp_path / "housebot.db")  # the shell, beside the running desk
        other.write_now(lambda tx: hooks.renew(tx, "bukza", actor=OWNER, now=OPENED))
        other.close()
        new, before = known(), stored()
        assert await told(*old) == await told("guess", "guess"), "it answers what an unknown one does"
        assert (await told(old[0], new[1]))[0] == (await told(new[0], old[1]))[0] == 401
        assert stored() == before
        assert (await told(*new))[0] == 200
        # A renewed one that cannot be opened lets nobody in, and breaks nothing.
        await db.write(lambda tx: tx.run("UPDATE meta SET value = 'sealed:x' WHERE key = 'hook_token.bukza'"))
        assert await told(*new) == await told("guess", "guess")
    finally:
        await runner.cleanup()
        await db.aclose()
