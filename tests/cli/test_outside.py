"""`housebot init` and `housebot doctor` against a Telegram: the owner is found by pressing Start, what is wrong is named."""

# ruff: noqa: ASYNC240  the files are small and the tests wait for them

import asyncio
import contextlib
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from housebot.cli import main
from housebot.desk import open_desk
from housebot.services import catalogs, settings, staff
from housebot.services.ports import SYSTEM
from housebot.services.settings import BankData
from housebot.simulator.client import SimClient
from housebot.simulator.server import Simulator
from housebot.storage.lock import instance_lock
from housebot.web.server import Server
from tests.wire import TOKEN

Capture = pytest.CaptureFixture[str]
ANSWERS = "3\nEurope/Vilnius\nEUR\n"


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOUSEBOT_TEST", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(ANSWERS))
    monkeypatch.setattr("housebot.cli.init.LONG_POLL", 1)


def words(simulator: Simulator, *more: str) -> list[str]:
    return ["init", "house", "--token", TOKEN, "--api-base", simulator.url, "--json", *more]


async def start_code(capsys: Capture) -> tuple[str, str]:
    """The one-time code as soon as it is shown, and what was said up to it."""
    said = ""
    for _ in range(1200):
        said += capsys.readouterr().err
        if found := re.search(r"start=(owner_[\w-]+)", said):
            return found[1], said
        await asyncio.sleep(0.05)
    raise AssertionError(said)


async def made_desk(simulator: Simulator, sim: SimClient, capsys: Capture) -> int:
    """`init` from the token to the greeting; the owner's id."""
    running = asyncio.create_task(asyncio.to_thread(main, words(simulator)))  # noqa: RUF100
    code, _ = await start_code(capsys)
    owner = await sim.user("Ольга", language_code="ru")
    await owner.start(code)
    assert await running == 0
    return owner.id


async def test_init_asks_finds_the_owner_and_greets_them(simulator: Simulator, sim: SimClient, capsys: Capture) -> None:
    running = asyncio.create_task(asyncio.to_thread(main, words(simulator)))
    code, said = await start_code(capsys)
    assert "This is @" in said
    stranger = await sim.user("Пётр", language_code="ru")
    await stranger.start()
    await stranger.send("есть кто?")
    owner = await sim.user("Ольга", language_code="ru")
    await owner.start(code)
    assert await running == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["owner"] == owner.id
    with open_desk(Path("house/config.toml")) as desk:
        (person,) = desk.db.read(staff.owners)
        assert (person.telegram_id, person.name, person.language) == (owner.id, "Ольга", "ru")
        catalog = desk.db.read(lambda tx: catalogs.current(tx, now=desk.now()))
        assert (str(catalog.zone), catalog.currency) == ("Europe/Vilnius", "EUR")
        stored = desk.db.read(
            lambda tx: [
                (row["state"], json.loads(row["body"])["message"]["text"])
                for row in tx.all("SELECT state, body FROM inbox ORDER BY id")
            ]
        )
    # T1: what others wrote meanwhile waits for the desk; the code is dealt with.
    assert stored == [("new", "/start"), ("new", "есть кто?"), ("done", f"/start {code}")]
    assert "Здравствуйте" in (await owner.messages())[-1]["text"]


async def test_the_code_works_once_and_for_nobody_else(simulator: Simulator, sim: SimClient, capsys: Capture) -> None:
    await made_desk(simulator, sim, capsys)
    with open_desk(Path("house/config.toml")) as desk:
        assert len(desk.db.read(staff.owners)) == 1
        assert desk.db.read(lambda tx: tx.value("SELECT count(*) FROM links WHERE used_at IS NOT NULL")) == 1


async def test_a_webhook_left_by_a_bot_builder_is_removed_on_yes(
    simulator: Simulator, sim: SimClient, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from housebot.cli.botapi import BotApi

    api = BotApi(simulator.url, TOKEN)
    await asyncio.to_thread(api.call, "setWebhook", url="https://builder.example/secret-path")
    monkeypatch.setattr("sys.stdin", io.StringIO(ANSWERS + "y\n"))
    running = asyncio.create_task(asyncio.to_thread(main, words(simulator, "--owner", "5")))
    assert await running == 0
    said = capsys.readouterr().err
    assert "builder.example" in said
    assert "secret-path" not in said
    assert (await asyncio.to_thread(api.call, "getWebhookInfo"))["url"] == ""


async def test_a_token_nobody_knows_makes_no_desk(simulator: Simulator, capsys: Capture) -> None:
    unknown = TOKEN[:-1] + "Z"
    code = await asyncio.to_thread(main, ["init", "house", "--token", unknown, "--api-base", simulator.url, "--json"])
    assert code == 2
    assert not Path("house").exists()
    assert unknown not in capsys.readouterr().err


async def test_no_network_is_exit_69_and_makes_no_desk(capsys: Capture) -> None:
    code = await asyncio.to_thread(
        main, ["init", "house", "--token", TOKEN, "--api-base", "http://127.0.0.1:9", "--json"]
    )
    assert code == 69
    assert not Path("house").exists()
    assert TOKEN not in capsys.readouterr().err


@pytest.mark.parametrize("base", ["api.telegram.org", "ftp://127.0.0.1:9", "https://"])
async def test_an_address_that_is_none_is_wrong_usage_and_the_token_stays_unsaid(capsys: Capture, base: str) -> None:
    code = await asyncio.to_thread(main, ["init", "house", "--token", TOKEN, "--api-base", base])
    said = capsys.readouterr()
    assert code == 2
    assert "--api-base" in said.err
    assert TOKEN not in said.out + said.err
    assert not Path("house").exists()


def test_no_error_of_a_call_carries_the_token() -> None:
    from housebot.cli.botapi import BotApi
    from housebot.cli.problems import Away

    for base in ("api.telegram.org", "http://127.0.0.1:9", "http://[", "nothing at all"):
        with pytest.raises(Away) as away:
            BotApi(base, TOKEN).call("getMe")
        assert TOKEN not in str(away.value) + away.value.fix


# The doctor


async def doctor(capsys: Capture) -> tuple[int, dict[str, tuple[str, str, str]]]:
    capsys.readouterr()
    code = await asyncio.to_thread(main, ["--config", "house/config.toml", "doctor", "--json"])
    out = capsys.readouterr().out
    assert TOKEN not in out
    return code, {one["check"]: (one["status"], one["detail"], one["fix"]) for one in json.loads(out)}


async def test_check_29_after_init_with_a_token_and_a_start_nothing_fails(
    simulator: Simulator, sim: SimClient, capsys: Capture
) -> None:
    owner = await made_desk(simulator, sim, capsys)
    code, found = await doctor(capsys)
    assert code == 0
    assert "fail" not in {status for status, _, _ in found.values()}
    assert found["token"][0] == found["updates"][0] == found["database"][0] == found["owner Ольга"][0] == "ok"
    assert found["example"][0] == "warn"  # the address, the bank number
    assert all(fix for status, _, fix in found.values() if status != "ok")
    assert owner


async def test_the_doctor_names_leftovers_until_they_are_gone(simulator: Simulator, capsys: Capture) -> None:
    assert (
        await asyncio.to_thread(
            main, ["init", "house", "--token", TOKEN, "--api-base", simulator.url, "--owner", "5", "--yes"]
        )
        == 0
    )
    _, found = await doctor(capsys)
    assert found["example"][0] == "warn"
    with open_desk(Path("house/config.toml")) as desk:

        def own(tx: "object") -> None:
            settings.set_bank(tx, BankData("B", "9112 3456", "N"), actor=SYSTEM, now=desk.now())  # type: ignore[arg-type]
            settings.set_text(tx, "address.house", "ru", "Лесная 5", actor=SYSTEM, now=desk.now())  # type: ignore[arg-type]

        desk.db.write_now(own)
    _, found = await doctor(capsys)
    assert "example" not in found


@pytest.fixture
async def desk_file(simulator: Simulator, capsys: Capture) -> Path:
    assert (
        await asyncio.to_thread(
            main, ["init", "house", "--token", TOKEN, "--api-base", simulator.url, "--owner", "5", "--yes"]
        )
        == 0
    )
    return Path("house/config.toml")


async def test_the_doctor_finds_a_webhook_and_a_dead_token(
    simulator: Simulator, desk_file: Path, capsys: Capture
) -> None:
    from housebot.cli.botapi import BotApi

    api = BotApi(simulator.url, TOKEN)
    await asyncio.to_thread(api.call, "setWebhook", url="https://builder.example/secret-path")
    code, found = await doctor(capsys)
    assert code == 1
    assert found["updates"][0] == "fail"
    assert "builder.example" in found["updates"][1]
    assert "secret-path" not in found["updates"][1]
    await asyncio.to_thread(api.call, "deleteWebhook")
    desk_file.write_text(desk_file.read_text().replace(TOKEN, TOKEN[:-1] + "Z"))
    code, found = await doctor(capsys)
    assert code == 1
    assert found["token"][0] == "fail"


async def test_the_doctor_names_an_address_without_a_scheme_and_never_the_token(
    simulator: Simulator, desk_file: Path, capsys: Capture
) -> None:
    desk_file.write_text(desk_file.read_text().replace(simulator.url, simulator.url.removeprefix("http://")))
    code, found = await doctor(capsys)
    assert code == 1
    assert found["token"][0] == "fail"
    assert "api_base" in found["token"][1]
    assert await asyncio.to_thread(main, ["--config", str(desk_file), "doctor"]) == 1
    said = capsys.readouterr()
    assert TOKEN not in said.out + said.err


async def test_a_silent_telegram_alone_is_exit_69(simulator: Simulator, desk_file: Path, capsys: Capture) -> None:
    await simulator.stop()
    desk_file.write_text(desk_file.read_text().replace(simulator.url, "http://127.0.0.1:9"))
    code, found = await doctor(capsys)
    assert code == 69
    assert found["telegram"][0] == "fail"
    assert found["database"][0] == "ok"


async def test_the_doctor_finds_what_is_wrong_on_the_machine(
    desk_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_file.chmod(0o644)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10 * 1024 * 1024})())
    code, found = await doctor(capsys)
    assert code == 1
    assert found["settings"][0] == "warn"
    assert "chmod 600" in found["settings"][2]
    assert found["disk"][0] == "fail"


async def test_the_doctor_refuses_a_file_that_is_no_database(desk_file: Path, capsys: Capture) -> None:
    Path("house/housebot.db").write_bytes(b"x" * 5000)
    code, found = await doctor(capsys)
    assert code == 1
    assert found["database"][0] == "fail"


async def test_the_doctor_does_not_push_a_running_desk_aside(
    simulator: Simulator, sim: SimClient, desk_file: Path, capsys: Capture
) -> None:
    from housebot.services import outages

    with open_desk(desk_file) as desk, instance_lock(desk.db.path):
        # A demo whose clock was moved on an hour: its last beat seems long ago.
        desk.db.write_now(lambda tx: outages.beat(tx, desk.now() - timedelta(hours=1)))
        code, found = await doctor(capsys)
    assert code == 0
    assert found["desk"][:2] == ("ok", "it runs")
    assert found["updates"][0] == "ok"
    assert await sim.journal("getUpdates") == []


async def test_a_desk_that_was_killed_does_not_run_however_fresh_its_last_sign_of_life(
    simulator: Simulator, desk_file: Path, capsys: Capture
) -> None:
    from housebot.services import outages

    with open_desk(desk_file) as desk:
        with instance_lock(desk.db.path):
            desk.db.write_now(lambda tx: outages.beat(tx, desk.now()))
        code, found = await doctor(capsys)
    assert code == 0
    assert found["desk"][0] == "warn"
    assert "web" not in found


async def test_the_doctor_asks_the_running_desks_own_port(
    simulator: Simulator, desk_file: Path, capsys: Capture
) -> None:
    server = Server("127.0.0.1", 0)
    await server.open()
    for port, status in ((server.port, "ok"), (simulator.url.rpartition(":")[2], "warn"), (9, "warn")):
        text = re.sub(r"port = \d+", f"port = {port}", desk_file.read_text())
        desk_file.write_text(text)
        with instance_lock(Path("house/housebot.db")):
            _, found = await doctor(capsys)
        assert found["web"][0] == status
        assert str(port) in found["web"][1]
    await server.close()


async def test_the_doctor_names_a_file_that_may_not_be_written(
    simulator: Simulator, desk_file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("housebot.cli.doctor._may_write", lambda place: place.name != "housebot.db")
    code, found = await doctor(capsys)
    assert code == 1
    assert found["rights"][0] == "fail"
    assert "housebot.db" in found["rights"][1]


async def test_an_owner_who_never_pressed_start_is_named(desk_file: Path, capsys: Capture) -> None:
    _, found = await doctor(capsys)
    assert found["owner 5"][0] == "warn"
    assert "Start" in found["owner 5"][2]


async def test_the_doctor_finds_an_old_server_that_is_still_alive(
    simulator: Simulator, desk_file: Path, capsys: Capture
) -> None:
    from housebot.cli.botapi import BotApi, Refused

    stop = asyncio.Event()

    async def rival() -> None:
        api = BotApi(simulator.url, TOKEN)
        while not stop.is_set():
            with contextlib.suppress(Refused):
                await asyncio.to_thread(api.call, "getUpdates", wait=1)

    polling = asyncio.create_task(rival())
    code, found = await doctor(capsys)
    stop.set()
    await polling
    assert code == 1
    assert found["updates"][0] == "fail"
    assert "old server" in found["updates"][1]
    assert desk_file.exists()
