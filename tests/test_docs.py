"""What is written for people agrees with the code."""

import tomllib
from dataclasses import fields
from pathlib import Path

from housebot import config, config_sections

ROOT = Path(__file__).parent.parent


def test_the_example_settings_name_every_key_and_no_other() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    uncommented = "\n".join(
        line.removeprefix("# ") if " = " in line and line.startswith("# ") else line for line in text.splitlines()
    )
    written = config._by_full_name(tomllib.loads(uncommented))
    assert {name: set(section) for name, section in written.items()} == {
        name: {entry.name for entry in fields(kind)} for name, kind in config_sections.SECTIONS.items()
    }


def test_the_example_settings_are_accepted_as_they_stand() -> None:
    example = config.load(ROOT / "config.example.toml")
    assert example.telegram.api_base == config_sections.TELEGRAM_API
    assert example.web.port == 8080
    assert example.database_path == ROOT / "housebot.db"
    assert example.log.format == "text"
    assert example.yookassa is None, "a copied example takes no cards until somebody says where the money goes"
