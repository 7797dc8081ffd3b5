"""How often and from where the API may be asked: buckets, addresses behind proxies, wrong keys, pages of other sites (A2, A4)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from housebot.errors import Refusal
from housebot.services import guesses, keys
from housebot.web import addresses, rates
from housebot.web.door import Door
from housebot.web.rates import Buckets, Paces, Rates
from tests.web.serving import OWNER, Served, serving

CALCULATE = "/api/v1/pricing/calculate"
DATES = "/api/v1/availability/dates?start_date=2026-12-01&end_date=2026-12-31"
PROXY = addresses.networks(["127.0.0.1"])
FAR = 10**9  # a minute


class Watch:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def limited(
    folder: Path, *, origins: tuple[str, ...] = (), trusted: bool = True, **paces: int
) -> AsyncIterator[tuple[Served, Watch, Door]]:
    """The API behind a proxy that says who asks; what is not named has no limit."""
    watch = Watch()
    all_paces = {"key": 0, "address": 0, "wrong_keys": 0, "overall": 0} | paces
    door = Door(Rates(Paces(**all_paces), clock=watch), origins, PROXY if trusted else ())
    async with serving(folder / "housebot.db", door=door) as served:
        yield served, watch, door


async def statuses(desk: Served, times: int, *, key: str | None = None, address: str = "203.0.113.1") -> list[int]:
    return [(await desk.ask("GET", DATES, key=key, X_Forwarded_For=address))[0] for _ in range(times)]


def test_a_bucket_is_full_at_first_and_says_truly_when_to_come_again() -> None:
    watch = Watch()
    for per_minute in (1, 2, 7, 59, 60, 61, 1000):
        buckets = Buckets(clock=watch)
        assert [buckets.take("a", per_minute) for _ in range(per_minute)] == [0] * per_minute
        for _ in range(20):
            wait = buckets.take("a", per_minute)
            assert wait >= 1
            watch.now += wait
            assert buckets.take("a", per_minute) == 0, "whoever waits as long as was said is let in"
            while not buckets.take("a", per_minute):
                pass
    assert buckets.take("b", 1) == 0, "each has a bucket of their own"


def test_refused_requests_cost_nothing_and_a_long_rest_fills_no_more_than_a_minute() -> None:
    watch = Watch()
    buckets = Buckets(clock=watch)
    for _ in range(60):
        buckets.take("a", 60)
    assert all(buckets.take("a", 60) for _ in range(1000))
    watch.now += 1
    assert buckets.take("a", 60) == 0
    watch.now += FAR
    assert sum(buckets.take("a", 60) == 0 for _ in range(1000)) == 60


def test_the_table_of_buckets_is_bounded_and_forgets_who_was_not_seen_for_the_longest() -> None:
    watch = Watch()
    buckets = Buckets(most=100, clock=watch)
    assert buckets.take("busy", 1) == 0
    for number in range(1000):
        buckets.take(number, 1)
        assert buckets.take("busy", 1) > 0, "who keeps asking is not forgotten"
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
    ],
)
def test_an_address_of_ipv6_is_its_household(one: str, other: str, together: bool) -> None:
    places = [rates.place_of(addresses.client(text, "", trusted=())) for text in (one, other)]
    assert (places[0] == places[1]) is together


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.1:4711", "203.0.113.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.1:x", None),
        ("[203.0.113.1", None),
        ("unknown", None),
    ],
)
def test_a_port_that_a_proxy_writes_behind_an_address_hides_nobody(written: str, meant: str | None) -> None:
    found = addresses.client("127.0.0.1", written, trusted=PROXY)
    assert (None if found is None else str(found)) == meant


async def test_a2_without_a_key_each_address_has_its_own_pace(tmp_path: Path) -> None:
    async with limited(tmp_path, address=3) as (desk, watch, _):
        assert await statuses(desk, 4) == [200, 200, 200, 429]
        status, content, headers = await desk.ask("GET", DATES, X_Forwarded_For="203.0.113.1")
        assert (status, content["error"]["code"], headers["Retry-After"]) == (429, "rate_limited", "20")
        assert content["error"]["details"] == {"retry_after": 20}
        assert await statuses(desk, 1, address="203.0.113.2") == [200]
        assert await statuses(desk, 1, key=await desk.key("read")) == [200], "a key is not its address"
        watch.now += 20
        assert await statuses(desk, 2) == [200, 429]


async def test_defect_15_nobody_escapes_by_claiming_another_address(tmp_path: Path) -> None:
    async with limited(tmp_path, trusted=False, address=2) as (desk, _, _):
        found = [await statuses(desk, 1, address=f"203.0.113.{number}") for number in range(4)]
        assert found == [[200], [200], [429], [429]]
    async with limited(tmp_path, address=2) as (desk, _, _):
        found = [await statuses(desk, 1, address=f"10.0.0.{number}, 203.0.113.1") for number in range(4)]
        assert found == [[200], [200], [429], [429]], "what a stranger wrote before our proxy is not believed"


async def test_defect_15_a_line_of_a_proxy_below_the_clients_own_is_what_counts(tmp_path: Path) -> None:
    async with limited(tmp_path, address=2) as (desk, _, _):
        found = []
        for number in range(4):
            _, writer = pair = await asyncio.open_connection("127.0.0.1", int(desk.base.rpartition(":")[2]))
            lines = f"X-Forwarded-For: 10.0.0.{number}\r\nX-Forwarded-For: 203.0.113.1\r\n"
            writer.write(f"GET {DATES} HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n".encode())
            found.append((await pair[0].read())[9:12])
            writer.close()
        assert found == [b"200", b"200", b"429", b"429"]


async def test_a4_a_key_has_its_own_pace_the_desks_or_none(tmp_path: Path) -> None:
    async with limited(tmp_path, key=2, overall=50) as (desk, watch, _):
        common, fast, free = (
            await desk.key("read"),
            await desk.key("read", per_minute=4),
            await desk.key("read", per_minute=0),
        )
        assert await statuses(desk, 3, key=common) == [200, 200, 429]
        assert await statuses(desk, 5, key=fast) == [200, 200, 200, 200, 429]
        assert set(await statuses(desk, 100, key=free)) == {200}
        watch.now += 30
        assert await statuses(desk, 2, key=common, address="203.0.113.7") == [200, 429], "from wherever it asks"


async def test_all_together_have_a_pace_too(tmp_path: Path) -> None:
    async with limited(tmp_path, overall=3) as (desk, _, _):
        found = [(await statuses(desk, 1, address=f"203.0.113.{number}"))[0] for number in range(4)]
        assert found == [200, 200, 200, 429]
        assert await statuses(desk, 1, key=await desk.key("read")) == [429]
        assert await statuses(desk, 1, key=await desk.key("read", per_minute=0)) == [200]


async def test_a4_guessing_keys_is_slow_and_does_not_keep_a_neighbour_waiting(tmp_path: Path) -> None:
    async with limited(tmp_path, wrong_keys=3) as (desk, watch, _):
        good, new = await desk.key("read"), await desk.key("read")
        assert await statuses(desk, 1, key=good) == [200]
        assert await statuses(desk, 5, key="hb_1_guess") == [401, 401, 401, 429, 429]
        assert await statuses(desk, 1, key=new) == [429], "a right guess is not found out either"
        assert await statuses(desk, 1, key=good) == [200], "the key that worked from there works on"
        assert await statuses(desk, 1, key=new, address="203.0.113.2") == [200]
        watch.now += 20
        assert await statuses(desk, 1, key=new) == [200]


async def test_a4_a_key_that_is_revoked_meanwhile_is_a_wrong_one(tmp_path: Path) -> None:
    async with limited(tmp_path, wrong_keys=2) as (desk, _, _):
        good = await desk.key("read")
        assert await statuses(desk, 1, key=good) == [200]
        number = int(good.split("_")[1])
        await desk.db.write(lambda tx: keys.revoke(tx, number, actor=OWNER, now=desk.clock.now()))
        assert await statuses(desk, 2, key=good) == [401, 401]
        assert await statuses(desk, 1, key="hb_9_x") == [429]


async def test_health_and_hooks_have_no_limit_of_an_address(tmp_path: Path) -> None:
    async with limited(tmp_path, address=1, overall=1) as (desk, _, _):
        assert await statuses(desk, 2) == [200, 429]
        for _ in range(20):
            assert (await desk.ask("GET", "/health/live"))[0] == 200
            assert (await desk.ask("POST", "/hooks/yookassa/word", raw=b"{}"))[0] == 404


async def test_a4_the_last_use_is_written_down_together_and_by_nobodys_request(tmp_path: Path) -> None:
    async with limited(tmp_path) as (desk, _, door):
        one, other, never = await desk.key("read"), await desk.key("read"), await desk.key("read")
        assert never
        before = desk.db.stats.commits
        for key in (one, other, one, one):
            await statuses(desk, 1, key=key)
        assert desk.db.stats.commits == before
        assert await door.uses.write_down(desk.db) == 2
        assert desk.db.stats.commits == before + 1
        assert await door.uses.write_down(desk.db) == 0
        assert desk.db.stats.commits == before + 1, "an idle desk writes nothing"
        listed = desk.db.read(keys.listing)
        assert [key.last_used_at for key in listed] == [desk.clock.now(), desk.clock.now(), None]


async def test_a4_a_use_that_could_not_be_written_down_is_kept(tmp_path: Path) -> None:
    class Full:
        async def write(self, _: object) -> None:
            raise Refusal("temporarily_unavailable", reason="disk_full")

    async with limited(tmp_path) as (desk, _, door):
        await statuses(desk, 1, key=await desk.key("read"))
        with pytest.raises(Refusal):
            await door.uses.write_down(Full())  # type: ignore[arg-type]
        assert await door.uses.write_down(desk.db) == 1


SITE = "https://www.example.com"


async def test_a_page_of_a_named_site_may_ask_and_read(tmp_path: Path) -> None:
    async with limited(tmp_path, origins=(SITE,), address=1) as (desk, _, _):
        status, _, headers = await desk.ask(
            "OPTIONS",
            "/api/v1/availability/dates",
            Origin=SITE,
            Access_Control_Request_Method="GET",
            Access_Control_Request_Headers="x-api-key",
        )
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == SITE
        assert headers["Access-Control-Allow-Methods"] == "GET"
        assert {"X-API-Key", "Idempotency-Key", "Content-Type"} <= set(
            headers["Access-Control-Allow-Headers"].split(", ")
        )
        for expected in (200, 429):
            status, _, headers = await desk.ask("GET", DATES, Origin=SITE, X_Forwarded_For="203.0.113.1")
            assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (expected, SITE, "Origin")
            assert "Retry-After" in headers["Access-Control-Expose-Headers"], "a refusal can be read too"
            assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "https://www.example.com.evil.com", SITE + "/"])
async def test_a_page_of_another_site_is_told_nothing(tmp_path: Path, origin: str) -> None:
    async with limited(tmp_path, origins=(SITE,)) as (desk, _, _):
        for method in ("GET", "OPTIONS"):
            status, _, headers = await desk.ask(method, DATES, Origin=origin, Access_Control_Request_Method="GET")
            assert status == (200 if method == "GET" else 405)
            assert headers["Vary"] == "Origin"
            assert not [name for name in headers if name.startswith("Access-Control")]


async def test_every_site_may_be_named_and_without_names_nothing_is_said(tmp_path: Path) -> None:
    async with limited(tmp_path, origins=("*",)) as (desk, _, _):
        _, _, headers = await desk.ask("GET", DATES, Origin="https://anybody.example")
        assert headers["Access-Control-Allow-Origin"] == "*"
        status, _, headers = await desk.ask(
            "OPTIONS", "/api/v1/nothing", Origin="https://a.example", Access_Control_Request_Method="GET"
        )
        assert status == 404
    async with limited(tmp_path) as (desk, _, _):
        _, _, headers = await desk.ask("GET", DATES, Origin=SITE)
        assert "Vary" not in headers
        assert "Access-Control-Allow-Origin" not in headers


async def test_r49_whoever_guesses_codes_shuts_them_for_nobody_at_another_address(tmp_path: Path) -> None:
    wish = {"unit": "house", "tariff": "day", "start_date": "2026-12-05T14:00", "end_date": "2026-12-06T14:00"}

    async def tried(desk: Served, address: str) -> int:
        body = wish | {"number_of_guests": 4, "promocode": "GUESS"}
        return (await desk.ask("POST", CALCULATE, json=body, X_Forwarded_For=address))[0]

    async with limited(tmp_path) as (desk, _, _):
        guessed = [await tried(desk, f"2001:db8:1:2::{number}") for number in range(guesses.MOST + 1)]
        assert guessed == [422] * guesses.MOST + [429]
        assert await tried(desk, "2001:db8:1:3::1") == 422
        kept = desk.db.read(lambda tx: [row["who"] for row in tx.all("SELECT who FROM guesses")])
        assert not any("2001" in who for who in kept), "no address is kept"
