"""`housebot hooks address` and what the doctor says of cards: the secret is told where it was asked for, and nowhere else."""

from pathlib import Path

import pytest

from housebot.desk import open_desk
from housebot.integrations import bukza
from housebot.services import audit, hooks
from tests.cli.conftest import Shell

SHOP = '\n[payments.yookassa]\nshop_id = 123456\nsecret_key = "live_very-secret"\n'


def settings(shell: Shell, *more: str) -> None:
    text = shell.config.read_text(encoding="utf-8")
    shell.config.write_text(text + "".join(more), encoding="utf-8")


@pytest.fixture
def public(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("HOUSEBOT_WEB__PUBLIC_URL", "https://book.example.com/")
    return shell


def cards(shell: Shell) -> list[dict[str, str]]:
    found = [one for one in shell.run("doctor", "--json").json if one["check"] == "cards"]
    return [{name: one[name] for name in ("status", "detail", "fix")} for one in found]


def test_the_address_for_a_provider_is_made_once(public: Shell) -> None:
    first = public.json("hooks", "address", "yookassa")
    assert first["address"].startswith("https://book.example.com/hooks/yookassa/")
    assert public.json("hooks", "address") == first
    assert public.run("hooks", "address", "paypal", "--json").error["code"] == "not_found"


def test_without_a_public_url_there_is_no_address(shell: Shell) -> None:
    ran = shell.run("hooks", "address")
    assert ran.code == 78
    assert "public_url" in ran.err


def test_the_doctor_says_nothing_of_cards_until_they_are_taken(shell: Shell) -> None:
    assert cards(shell) == []


def test_the_doctor_knows_whether_the_provider_can_tell_us_and_never_the_word(public: Shell) -> None:
    settings(public, SHOP)
    assert cards(public) == [
        {"status": "ok", "detail": "YooKassa, shop 123456; payments are found by asking alone", "fix": ""}
    ]
    public.json("hooks", "address")
    assert cards(public)[0]["detail"].endswith("notifications have an address")
    with open_desk(public.config) as desk:
        word = desk.db.read(lambda tx: hooks.token(tx, "yookassa"))
    assert word is not None
    said = public.run("doctor")
    assert word not in said.out + said.err
    assert "very-secret" not in said.out + said.err


def test_the_doctor_names_half_a_shop(shell: Shell) -> None:
    settings(shell, SHOP.replace('secret_key = "live_very-secret"\n', ""))
    (found,) = cards(shell)
    assert (found["status"], "secret_key is missing" in found["detail"]) == ("fail", True)
    assert found["fix"]


def invoices(shell: Shell) -> list[dict[str, str]]:
    found = [one for one in shell.run("doctor", "--json").json if one["check"] == "invoices"]
    return [{name: one[name] for name in ("status", "detail")} for one in found]


def test_r47_the_doctor_knows_of_invoices_their_currency_and_never_the_token(shell: Shell) -> None:
    assert invoices(shell) == []
    settings(shell, '\n[payments.telegram]\nprovider_token = "381764678:TEST:very-secret"\ncurrency = "BYN"\n')
    assert invoices(shell) == [{"status": "ok", "detail": "Telegram invoices, test provider"}]
    said = shell.run("doctor")
    assert "very-secret" not in said.out + said.err


def test_r47_the_doctor_warns_where_the_provider_takes_another_currency(shell: Shell) -> None:
    settings(shell, '\n[payments.telegram]\nprovider_token = "1:LIVE:x"\ncurrency = "EUR"\n')
    (found,) = invoices(shell)
    assert (found["status"], "EUR" in found["detail"]) == ("warn", True)


def test_the_template_for_bukza_is_whole_and_its_secrets_stay_the_same(public: Shell) -> None:
    first = public.json("hooks", "template", "bukza")
    assert first["address"].startswith("https://book.example.com/hooks/bukza/")
    assert first["body"] == bukza.template()
    secret = first["headers"][bukza.HEADER]
    assert len(secret) >= 32
    assert secret not in first["address"]
    assert public.json("hooks", "template") == first
    assert public.json("hooks", "address", "bukza")["address"] == first["address"]
    said = public.run("hooks", "template", "bukza").out
    assert all(part in said for part in ("POST " + first["address"], f"{bukza.HEADER}: {secret}", '"[bukza_phone]"'))
    assert public.run("hooks", "template", "yookassa", "--json").error["code"] == "not_found"


def test_sendpulse_has_an_address_and_who_has_not_set_it_is_told(public: Shell) -> None:
    ran = public.run("hooks", "address", "sendpulse")
    assert "/hooks/sendpulse/" in ran.out
    assert "[sendpulse] is not set" in ran.err
    settings(public, '\n[sendpulse]\nclient_id = "me"\nclient_secret = "very-secret"\n')
    assert public.run("hooks", "address", "sendpulse").err == ""


def test_a_provider_that_is_none_is_said_to_be_none(public: Shell) -> None:
    assert "no such provider" in public.run("hooks", "address", "paypal").err


def test_the_template_in_the_readme_is_the_one_that_is_printed() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"```json\n{bukza.template()}\n```" in readme


@pytest.mark.parametrize("provider", ["yookassa", "bukza", "sendpulse"])
def test_a5_a_leaked_address_is_renewed_and_stays_the_new_one(public: Shell, provider: str) -> None:
    old = public.json("hooks", "address", provider)["address"]
    new = public.json("hooks", "address", provider, "--renew")["address"]
    assert new != old
    assert public.json("hooks", "address", provider)["address"] == new
    with open_desk(public.config) as desk:
        (entry,) = desk.db.read(lambda tx: audit.history(tx, f"hook:{provider}"))
    assert (entry.action, entry.channel) == ("hook.renew", "shell")
    assert all(address.rpartition("/")[2] not in repr(entry) for address in (old, new)), "the log holds no secret"
    ran = public.run("hooks", "address", provider, "--renew")
    assert "refused from now on" in ran.err


def test_a5_the_header_of_bukza_is_renewed_with_its_address(public: Shell) -> None:
    first = public.json("hooks", "template", "bukza")
    address = public.json("hooks", "address", "bukza", "--renew")["address"]
    then = public.json("hooks", "template", "bukza")
    assert then["address"] == address != first["address"]
    assert then["headers"][bukza.HEADER] != first["headers"][bukza.HEADER]


def test_a5_nothing_is_renewed_where_there_is_no_address_to_show(shell: Shell) -> None:
    assert shell.run("hooks", "address", "--renew").code == 78
    with open_desk(shell.config) as desk:
        assert desk.db.read(lambda tx: audit.history(tx, "hook:yookassa")) == []
