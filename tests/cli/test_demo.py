"""`housebot demo` as a newcomer meets it: in a process of its own, looked at through its page's server and a second shell."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from housebot.cli import demo as demo_command
from housebot.cli import demo_pictures
from housebot.cli.demo_drawing import HEIGHT, WIDTH
from housebot.cli.demo_seed import IRINA, OLGA, OWNER, PAVEL, YOU
from housebot.simulator.client import Person, Seen, SimClient, SimError
from tests.demos import HOUSEBOT, Demo, demo, environment, free_port, shell

pytestmark = pytest.mark.timeout(300)

PATIENCE = 60.0


@asynccontextmanager
async def people(running: Demo) -> AsyncIterator[SimClient]:
    async with SimClient(running.url) as sim:
        yield sim


def somebody(sim: SimClient, number: int) -> Person:
    return Person(sim, number, str(number))


async def test_check_40_a_busy_port_moves_on_and_an_hour_ends_pavels_hold_before_the_eyes(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        async with demo(tmp_path / "demo", port=port) as running:
            assert port < int(running.url.rpartition(":")[2]) < port + 50
            assert f"Port {port} is busy" in running.said
            seeded = {one["guest"]["name"]: one for one in await running.bookings()}
            assert {name: one["status"] for name, one in seeded.items()} == {
                "Ольга": "confirmed",
                "Павел": "awaiting_payment",
                "Ирина": "awaiting_owner",
            }
            async with people(running) as sim:
                pavel = somebody(sim, PAVEL)
                assert "Держим" in (await pavel.last()).text
                await sim.advance(hours=1)
                ended = await pavel.wait_for("снова в продаже", timeout=PATIENCE, fresh=False)
                assert ended.text.startswith("Время вышло")
                await pavel.wait_for("Время вышло, даты свободны", timeout=PATIENCE, fresh=False)  # his card
                # The same command, whose clock moved with the page's.
                after = {one["guest"]["name"]: one["status"] for one in await running.bookings()}
                assert after["Павел"] == "expired"
                arrival = seeded["Павел"]["start"]
                code, _, errors = await shell(
                    *("--config", str(running.folder / "config.toml"), "bookings", "create", "--dry-run"),
                    *(
                        "--tariff",
                        "half-day",
                        "--from",
                        local_text(arrival),
                        "--to",
                        local_text(seeded["Павел"]["end"]),
                    ),
                    *("--guests", "2"),
                )
                assert code == 0, errors


def local_text(utc: str) -> str:
    """Minsk has no summer time."""
    return (datetime.fromisoformat(utc) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")


async def test_the_demo_goes_on_where_it_ended_and_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    async with demo(folder) as running:
        url, before = running.url, await running.bookings()
        async with people(running) as sim:
            await sim.advance(minutes=10)
            shown = [one.text for one in await somebody(sim, OWNER).messages()]
            now = await sim.now()
        code, last = await running.end()
        assert code == 0, last
        assert "--keep" in last
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=2)
    async with demo(folder, "--keep") as running:
        assert [one["code"] for one in await running.bookings()] == [one["code"] for one in before]
        async with people(running) as sim:
            owner, irina = somebody(sim, OWNER), somebody(sim, IRINA)
            assert [one.text for one in await owner.messages()] == shown
            assert (await sim.now()) >= now
            await owner.press("✅ Подтвердить", timeout=PATIENCE)
            await irina.wait_for("Забронировано", timeout=PATIENCE, fresh=False)
        assert {one["guest"]["name"]: one["status"] for one in await running.bookings()}["Ирина"] == "confirmed"
        code, last = await running.end()
        assert code == 0, last


async def test_one_folder_has_one_demo_and_a_second_is_told_so_and_touches_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    async with demo(folder, language="en_US.UTF-8") as running:
        before = await running.bookings()
        for options in ([], ["--keep"]):
            code, out, errors = await shell("demo", "--folder", str(folder), "--port", str(free_port()), *options)
            assert (code, out) == (75, "")
            assert str(folder) in errors
            assert f"process {running.process.pid}" in errors
            assert "--folder" in errors
        assert await running.bookings() == before
        assert {one["guest"]["name"] for one in before} == {"Olga", "Pavel", "Irina"}
        async with people(running) as sim:
            await somebody(sim, YOU).start()
            await the_house_is_shown(sim)
            await both_phones_change_their_language(sim)


async def the_house_is_shown(sim: SimClient) -> None:
    visitor = somebody(sim, YOU)
    welcome: Seen = await visitor.wait_for("Secret House", timeout=PATIENCE)
    assert welcome["photo"]["width"] == WIDTH
    await visitor.send("/about")
    await visitor.wait_for(lambda one: bool(one.buttons), timeout=PATIENCE)
    album = [one for one in await visitor.messages() if one.get("media_group_id") and not one["mine"]]
    assert len(album) == len({one["photo"]["file_unique_id"] for one in album}) == 4
    bot = (await sim.call("bots"))[0]
    assert (bot["first_name"], bot["username"]) == ("Secret House", "secret_house_demo_bot")


async def both_phones_change_their_language(sim: SimClient) -> None:
    """As the page's RU does."""
    owner, olga = somebody(sim, OWNER), somebody(sim, OLGA)
    for person in (owner, olga):
        await sim.call("user", id=person.id, language_code="ru")
    await says_at_last(owner, "/settings", "Настройки")
    await says_at_last(olga, "/prices", "Цены")


async def says_at_last(person: Person, words: str, wanted: str) -> None:
    """Asks until it is said in their language: no message tells that the desk has heard of the change."""
    for _ in range(30):
        await person.send(words)
        with suppress(SimError):
            await person.wait_for(wanted, timeout=2)
            return
    raise AssertionError(f"{words} is not answered with {wanted}")


async def test_ctrl_c_while_the_house_is_being_furnished_is_heard_too(tmp_path: Path) -> None:
    """And without --keep nothing of the demo before is left in the folder."""
    old = tmp_path / "demo" / "old"
    old.mkdir(parents=True)
    for file in (old / "left.txt", old.parent / "telegram.json", old.parent / "housebot.db"):
        file.write_text("left", encoding="utf-8")
    (old.parent / "README").write_text(demo_command.MARK, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(*HOUSEBOT, "demo", "--port", str(free_port()), "--folder", str(tmp_path / "demo")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(),
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"Furnishing the house ...\n"
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(120):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"Traceback" not in said
    assert not old.exists()
    assert (old.parent / "telegram.json").read_text(encoding="utf-8") != "left"


async def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "letters"
    mine.mkdir()
    (mine / "README").write_text("My letters.\n", encoding="utf-8")
    (mine / "letter.txt").write_text("Dear Anna\n", encoding="utf-8")
    for options in ([], ["--keep"]):
        code, _, errors = await shell("demo", "--folder", str(mine), "--port", str(free_port()), *options)
        assert code == 2
        assert "something else than a demo" in errors
    code, _, errors = await shell("demo", "--folder", str(mine / "letter.txt"))
    assert (code, "not a folder" in errors) == (2, True)
    code, _, errors = await shell("demo", "--folder", "/proc/demo")
    assert (code, "cannot be used" in errors, "--folder" in errors) == (2, True, True)
    assert sorted(path.name for path in mine.iterdir()) == ["README", "letter.txt"]
    assert (mine / "README").read_text(encoding="utf-8") == "My letters.\n"


@pytest.mark.parametrize(
    "draw", [demo_pictures.house, demo_pictures.sauna, demo_pictures.bedroom, demo_pictures.terrace]
)
def test_every_photo_is_a_whole_picture_and_always_the_same(draw: Callable[[], bytes]) -> None:
    content = draw()
    with Image.open(BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))
        assert len(picture.convert("RGB").resize((64, 43)).getcolors(4096) or []) > 500  # not a flat sheet
    assert draw() == content
