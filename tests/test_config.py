"""The settings of the process: found in order, named when wrong, never guessed."""

from pathlib import Path

import pytest

from housebot import config, config_sections
from housebot.errors import ConfigProblem

TOKEN = "123456:" + "A" * 35


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No variable and no file of the machine reaches a test."""
    for name in ("HOUSEBOT_CONFIG", "CREDENTIALS_DIRECTORY", "HOUSEBOT_TEST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_bookings_list_needs_the_database_path_alone(alone: Path) -> None:
    write(alone, '[database]\npath = "desk.db"\n')
    assert config.load().database_path == alone / "desk.db"


def test_paths_are_relative_to_the_file_not_to_where_the_command_runs(alone: Path) -> None:
    file = write(alone, '[database]\npath = "desk.db"\n', "house/config.toml")
    assert config.load(file).database_path == alone / "house" / "desk.db"


def test_the_first_place_that_has_a_file_wins(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = write(alone, "[web]\nport = 3\n", "xdg/housebot/config.toml")
    assert config.load().file == user
    here = write(alone, "[web]\nport = 2\n")
    assert config.load().file == here
    named = write(alone, "[web]\nport = 1\n", "named.toml")
    monkeypatch.setenv("HOUSEBOT_CONFIG", str(named))
    assert config.load().file == named
    assert config.load(user).web.port == 3


def test_a_variable_lies_above_the_file_and_a_credential_above_both(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(alone, '[telegram]\ntoken = "from-file"\nowners = [1]\n')
    monkeypatch.setenv("HOUSEBOT_TELEGRAM__OWNERS", "7, 8")
    assert config.load().telegram.owners == [7, 8]
    write(alone, TOKEN + "\n", "secrets/telegram__token")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(alone / "secrets"))
    assert config.load().telegram.token == TOKEN


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[telegram]\n", "[telegram] token is missing"),
        ('[telegram]\ntoken = ""\n', "[telegram] token is wrong"),
        ('[telegram]\ntoken = "x"\nowner = 3\n', "[telegram] owner is not known"),
        ('[telegram]\ntoken = "x"\nowners = ["anna"]\n', "[telegram] owners is wrong"),
        ('[telegram]\ntoken = "x"\nowners = 3\n', "[telegram] owners is wrong"),
        ('[telegram]\ntoken = "x"\napprovals_chat = true\n', "[telegram] approvals_chat is wrong"),
        ('[telegram]\ntoken = "x"\nowners = [-5]\n', "[telegram] owners is wrong"),
        ('[telegram]\ntoken = "x"\napi_base = "api.telegram.org"\n', "[telegram] api_base is wrong"),
        ('[telegram]\ntoken = "x"\napi_base = "https://"\n', "[telegram] api_base is wrong"),
        ('[telegram]\ntoken = "x"\nproxy = "socks5://127.0.0.1:1080"\n', "[telegram] proxy is wrong"),
    ],
    ids=["missing", "empty", "unknown", "not-numbers", "not-a-list", "bool-for-number", "nobodys-id", "no-scheme", "no-host", "other-scheme"],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_file_and_the_fix(alone: Path, text: str, named: str) -> None:
    file = write(alone, text)
    with pytest.raises(ConfigProblem) as problem:
        _ = config.load().telegram
    assert named in str(problem.value)
    assert str(file) in str(problem.value)
    assert problem.value.fix


@pytest.mark.parametrize("port", ["-1", "65536", "70000", '"web"', "8080.5"])
def test_a_port_that_does_not_exist_is_refused_with_one_that_does(alone: Path, port: str) -> None:
    write(alone, f"[web]\nport = {port}\n")
    with pytest.raises(ConfigProblem, match=r"\[web\] port is wrong") as problem:
        _ = config.load().web
    assert "port = 8080" in problem.value.fix


def test_a_mistake_in_a_type_is_mended_by_an_example(alone: Path) -> None:
    for line in ("owners = 3", 'approvals_chat = "here"', "facts_chat = true", 'api_base = "x"', "proxy = 3"):
        write(alone, f'[telegram]\ntoken = "x"\n{line}\n')
        with pytest.raises(ConfigProblem) as problem:
            _ = config.load().telegram
        assert not problem.value.fix.startswith("expected"), line


def test_a_wrong_address_is_not_repeated_for_it_may_hold_a_password(alone: Path) -> None:
    write(alone, '[telegram]\ntoken = "x"\nproxy = "ann:hush@proxy:3128"\n')
    with pytest.raises(ConfigProblem) as problem:
        _ = config.load().telegram
    assert "hush" not in str(problem.value) + problem.value.fix


def test_a_wrong_variable_is_named_and_the_file_is_not_blamed(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(alone, "[web]\nport = 8080\n")
    monkeypatch.setenv("HOUSEBOT_WEB__PORT", "x")
    with pytest.raises(ConfigProblem, match="HOUSEBOT_WEB__PORT") as problem:
        _ = config.load().web
    assert str(file) not in str(problem.value)
    monkeypatch.delenv("HOUSEBOT_WEB__PORT")
    monkeypatch.setenv("HOUSEBOT_WEB__PRT", "1")
    with pytest.raises(ConfigProblem, match=r"HOUSEBOT_WEB__PRT: \[web\] prt is not known"):
        _ = config.load().web


def test_a_variable_of_no_section_is_named(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSEBOT_TELEGRM__TOKEN", TOKEN)
    with pytest.raises(ConfigProblem, match="HOUSEBOT_TELEGRM__TOKEN") as problem:
        config.load()
    assert TOKEN not in str(problem.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["not-text", "a-folder"])
def test_a_credential_that_cannot_be_read_is_named(
    alone: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    credential = alone / "secrets" / "telegram__token"
    if content is None:
        credential.mkdir(parents=True)
    else:
        credential.parent.mkdir()
        credential.write_bytes(content)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credential.parent))
    with pytest.raises(ConfigProblem, match="telegram__token") as problem:
        config.load()
    assert problem.value.fix


def test_without_a_file_the_places_are_named(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in (lambda found: found.database_path, lambda found: found.telegram):
        with pytest.raises(ConfigProblem, match="no settings file") as problem:
            wanted(config.load())  # type: ignore[no-untyped-call]
        assert str(alone / "config.toml") in str(problem.value)
        assert "/etc/housebot/config.toml" in str(problem.value)
        assert "--config" in problem.value.fix
    monkeypatch.setenv("HOUSEBOT_DATABASE__PATH", "desk.db")
    assert config.load().database_path == alone / "desk.db"
    monkeypatch.delenv("HOUSEBOT_DATABASE__PATH")
    (alone / "housebot.db").touch()
    assert config.load().database_path == alone / "housebot.db"


def test_a_path_may_begin_at_home(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(alone / "ann"))
    write(alone, '[database]\npath = "~/desk.db"\n')
    assert config.load().database_path == alone / "ann" / "desk.db"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[telegram\n", "not readable as TOML"),
        ("[telegrm]\n", "[telegrm] is not known"),
        ('log = "debug"\n', "[log] is not a section"),
    ],
    ids=["broken", "unknown-section", "not-a-section"],
)
def test_a_broken_file_is_refused(alone: Path, text: str, named: str) -> None:
    write(alone, text)
    with pytest.raises(ConfigProblem, match=named.replace("[", r"\[").replace("]", r"\]")):
        _ = config.load().log


def test_a_named_file_that_is_not_there_is_said(alone: Path) -> None:
    with pytest.raises(ConfigProblem, match="No such file"):
        config.load(alone / "nowhere.toml")


def test_the_token_is_not_in_what_is_printed(alone: Path) -> None:
    write(alone, f'[telegram]\ntoken = "{TOKEN}"\n')
    found = config.load()
    assert TOKEN not in repr(found)
    assert TOKEN not in repr(found.telegram)


def test_the_clock_may_be_set_in_test_mode_only(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(alone, "[web]\n")
    assert not config.load().test_mode
    monkeypatch.setenv("HOUSEBOT_TEST", "1")
    assert config.load().test_mode


SHOP = '[payments.yookassa]\nshop_id = 123456\nsecret_key = "live_secret"\n'


def test_cards_are_taken_where_a_shop_is_named_and_nowhere_else(alone: Path) -> None:
    write(alone, "[web]\n[payments.yookassa]\n[payments.telegram]\ntoken = 1\n")
    assert config.load().yookassa is None
    write(alone, SHOP)
    found = config.load().yookassa
    assert found is not None
    assert (found.shop_id, found.secret_key, found.test) == (123456, "live_secret", False)
    assert found.api_base == config_sections.YOOKASSA_API
    assert "live_secret" not in repr(found)


def test_a_section_in_a_section_is_set_by_variable_and_credential(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSEBOT_PAYMENTS__YOOKASSA__SHOP_ID", "77")
    write(alone, "sealed\n", "secrets/payments__yookassa__secret_key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(alone / "secrets"))
    found = config.load().yookassa
    assert found is not None
    assert (found.shop_id, found.secret_key) == (77, "sealed")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[payments.yookassa]\nshop_id = 1\n", "[payments.yookassa] secret_key is missing"),
        (SHOP + "vat = 1\n", "[payments.yookassa] vat is not known"),
        (SHOP + "vat_code = 0\n", "[payments.yookassa] vat_code is wrong"),
        (SHOP + "vat_code = 1\n", "[payments.yookassa] receipt_email is missing"),
        (SHOP + "tax_system = 7\n", "[payments.yookassa] tax_system is wrong"),
        (SHOP + 'receipt_email = "me"\n', "[payments.yookassa] receipt_email is wrong"),
        (SHOP + 'return_url = "thanks"\n', "[payments.yookassa] return_url is wrong"),
        (SHOP.replace("123456", '"my shop"'), "[payments.yookassa] shop_id is wrong"),
        ("[payments.paypal]\nid = 1\n", "[payments.paypal] is not known"),
        ("[payments]\nshop_id = 1\n", "[payments.shop_id] is not known"),
        ("payments = 3\n", "[payments] is not known"),
    ],
    ids=["half", "unknown", "vat", "nobody-gets-the-receipt", "tax", "email", "return", "shop", "provider", "one-level", "no-table"],
)  # fmt: skip
def test_a_wrong_shop_is_named_with_the_fix_and_its_key_is_not_repeated(alone: Path, text: str, named: str) -> None:
    write(alone, text)
    with pytest.raises(ConfigProblem) as problem:
        _ = config.load().yookassa
    assert named in str(problem.value)
    assert problem.value.fix
    assert "live_secret" not in str(problem.value) + problem.value.fix


INVOICES = '[payments.telegram]\nprovider_token = "381764678:LIVE:secret"\n'


def test_r47_invoices_are_offered_where_a_provider_is_named_and_its_token_is_not_shown(alone: Path) -> None:
    write(alone, "[payments.telegram]\n")
    assert config.load().invoices is None
    write(alone, INVOICES + 'currency = "BYN"\n')
    found = config.load().invoices
    assert found is not None
    assert (found.provider_token, found.currency) == ("381764678:LIVE:secret", "BYN")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[payments.telegram]\ncurrency = "BYN"\n', "[payments.telegram] provider_token is missing"),
        (INVOICES.replace("LIVE:", "LIVE: "), "[payments.telegram] provider_token is wrong"),
        (INVOICES + 'currency = "XTR"\n', "[payments.telegram] currency is wrong"),
        (INVOICES + 'currency = "руб"\n', "[payments.telegram] currency is wrong"),
    ],
    ids=["half", "spaces", "stars", "no-code"],
)
def test_r47_a_wrong_provider_is_named_with_the_fix_and_its_token_is_not_repeated(
    alone: Path, text: str, named: str
) -> None:
    write(alone, text)
    with pytest.raises(ConfigProblem) as problem:
        _ = config.load().invoices
    assert named in str(problem.value)
    assert problem.value.fix
    assert "secret" not in str(problem.value) + problem.value.fix


def test_a_proxy_that_is_no_address_is_named(alone: Path) -> None:
    write(alone, '[web]\ntrusted_proxies = ["my proxy"]\n')
    with pytest.raises(ConfigProblem, match="trusted_proxies is wrong"):
        _ = config.load().web
    write(alone, '[web]\ntrusted_proxies = ["127.0.0.1", "10.0.0.0/8", "::1"]\n')
    assert len(config.load().web.trusted_proxies) == 3


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('cors_origins = ["https://www.example.com/"]', "nothing after it"),
        ('cors_origins = ["www.example.com"]', "nothing after it"),
        ('cors_origins = ["https://Example.com"]', "small letters"),
        ('cors_origins = ["https://a:b@example.com"]', "nothing after it"),
        ("rate_per_minute = -1", "a pace"),
        ("rate_overall = 10000000", "a pace"),
        ('rate_per_address = "many"', "whole number"),
        ("max_connections = 1", "room"),
        ("max_connections_per_address = 0", "room"),
    ],
)
def test_a_wrong_limit_is_named_with_the_fix(alone: Path, line: str, named: str) -> None:
    file = write(alone, f"[web]\n{line}\n")
    with pytest.raises(ConfigProblem, match=named) as raised:
        _ = config.load(file).web
    assert line.split(" = ", maxsplit=1)[0] in raised.value.fix


def test_the_limits_and_the_origins_are_taken_as_they_stand(alone: Path) -> None:
    lines = 'cors_origins = ["https://www.example.com", "http://localhost:3000", "*"]\nrate_overall = 0\n'
    web = config.load(write(alone, f"[web]\n{lines}")).web
    assert (web.cors_origins[1], web.rate_overall, web.rate_per_minute) == ("http://localhost:3000", 0, 120)
