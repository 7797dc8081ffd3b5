"""The settings of the process: found in order, named when wrong, never guessed."""

from pathlib import Path

import pytest

from housebot import config
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
    ],
    ids=["missing", "empty", "unknown", "not-numbers", "not-a-list", "bool-for-number"],
)
def test_a_wrong_setting_is_named_with_its_file_and_the_fix(alone: Path, text: str, named: str) -> None:
    file = write(alone, text)
    with pytest.raises(ConfigProblem) as problem:
        _ = config.load().telegram
    assert named in str(problem.value)
    assert str(file) in str(problem.value)
    assert problem.value.fix


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
