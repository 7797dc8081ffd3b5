"""Ways in for other programs: opened by the settings, and those that waited for the key file when it is back (A5)."""

from pathlib import Path

from housebot import config as settings
from housebot.app import App
from housebot.desk import FixedClock
from housebot.inbound import Inbound
from housebot.storage.db import Database
from tests.web.serving import OPENED


async def test_a5_a_desk_that_began_without_its_key_file_hears_again_when_that_is_put_back(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[telegram]\ntoken = "1:x"\n[bukza]\nresources = ["Дом=house"]\n', encoding="utf-8")
    db = Database.open(tmp_path / "housebot.db", create=True)
    try:
        inbound = Inbound(settings.load(file), db, FixedClock(OPENED), channel=None)
        word = (await inbound.mount())["bukza"].token
        assert not inbound.waits
        kept = db.key_file.path.rename(tmp_path / "kept")
        assert (await inbound.mount(), inbound.waits) == ({}, True)
        app = App.__new__(App)  # only what `_mount` stands on
        app._inbound, app._hooks = inbound, {}
        await app._mount()
        assert app._hooks == {}
        kept.rename(db.key_file.path)
        await app._mount()
        assert (app._hooks["bukza"].token, inbound.waits) == (word, False)
    finally:
        await db.aclose()
