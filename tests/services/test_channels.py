"""Talks through SendPulse: kept per contact, answered once with the way to book, never in a loop, never lost, refusals told (A5)."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from housebot.bot.channels import menu
from housebot.integrations.sendpulse import SendPulse
from housebot.measures import Measures
from housebot.services import channels, face, inbound, statistics
from housebot.services.channels import Contact, Said
from housebot.services.watched import WatchedChannel
from housebot.storage.file import DatabaseFile
from tests.desk import AsyncDatabase, Desk
from tests.sendpulse import CLIENT, SECRET, SendPulseDouble

LINK = "https://t.me/secret_house_bot?start=src_sendpulse"


class Talks:
    """A desk on another messenger."""

    def __init__(self, desk: Desk, other: SendPulseDouble, port: SendPulse) -> None:
        self.desk, self.other, self.port = desk, other, port
        self.terms = channels.Terms()

    async def hear(self, *events: dict[str, Any], copies: int = 1) -> None:
        for number in range(copies):
            body = json.dumps(list(events), indent=number or None).encode()
            self.desk.write(lambda tx, body=body: inbound.keep(tx, "sendpulse", body, now=self.desk.now))  # type: ignore[misc]
        await self.round()

    async def round(self, **later: float) -> int:
        self.desk.pass_time(**later)
        return await channels.work(AsyncDatabase(self.desk.file), self.port, self.terms, menu, now=self.desk.now)

    def event(self, text: str, **more: Any) -> dict[str, Any]:
        return self.other.event(text, date=int(self.desk.now.timestamp()), **more)

    def contacts(self) -> list[Contact]:
        return self.desk.read(channels.listing)

    def said(self, contact: Contact) -> list[Said]:
        return self.desk.read(lambda tx: channels.messages(tx, contact.id))

    def told(self) -> list[dict[str, Any]]:
        return [row["facts"] for row in self.desk.said("staff.channel") if row["chat_id"] == 900]

    def states(self) -> list[str]:
        return [row["state"] for row in self.desk.rows("SELECT state FROM contact_answers ORDER BY id")]


@pytest.fixture
async def talks(tmp_path: Path) -> AsyncIterator[Talks]:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    desk = Desk(file)
    desk.write(lambda tx: face.remember_username(tx, "secret_house_bot"))
    async with SendPulseDouble() as other, SendPulse(CLIENT, SECRET, base=other.url) as port:
        yield Talks(desk, other, port)
    file.close()


async def test_answers_that_wait_are_a_queue_and_calls_for_them_are_counted(talks: Talks) -> None:
    measures = Measures()
    talks.port = WatchedChannel(talks.port, measures)  # type: ignore[assignment]  # a Channel is a Channel
    talks.desk.write(
        lambda tx: tx.run("DELETE FROM meta WHERE value = 'secret_house_bot'")
    )  # Telegram was not reached yet
    await talks.hear(talks.event("Свободно?"))
    talks.desk.pass_time(minutes=2)
    waiting = talks.desk.read(lambda tx: statistics.queues(tx, now=talks.desk.now))["answers"]
    talks.desk.write(lambda tx: face.remember_username(tx, "secret_house_bot"))
    await talks.round()
    after = talks.desk.read(lambda tx: statistics.queues(tx, now=talks.desk.now))["answers"]
    assert (waiting, after) == ({"depth": 1, "oldest_seconds": 120}, {"depth": 0, "oldest_seconds": 0})
    assert measures.provider_calls.values == {("sendpulse", "send", "ok"): 1}


async def test_a5_a_message_is_kept_under_its_contact_and_answered_with_the_link(talks: Talks) -> None:
    await talks.hear(talks.event("Свободно 5 декабря?", phone="+375291112233"))
    (contact,) = talks.contacts()
    assert (contact.service, contact.external_id, contact.name, contact.phone, contact.language) == (
        ("telegram", "c1", "Мария", "+375291112233", "ru")
    )
    assert [(one.direction, one.text) for one in talks.said(contact)] == [("in", "Свободно 5 декабря?")]
    ((channel, to, text),) = talks.other.sent
    assert (channel, to, LINK in text, "Здравствуйте" in text) == ("telegram", "c1", True, True)


@pytest.mark.parametrize(
    ("text", "word"), [("Привет", "Здравствуйте"), ("Is it free?", "Hello"), ("5.12", "Здравствуйте")]
)
async def test_a5_the_answer_is_in_the_language_of_the_question(talks: Talks, text: str, word: str) -> None:
    await talks.hear(talks.event(text))
    assert word in talks.other.sent[0][2]


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "instagram"])
async def test_a5_each_channel_is_answered_in_its_own_form(talks: Talks, channel: str) -> None:
    await talks.hear(talks.event("Привет", channel=channel))
    assert [one[:2] for one in talks.other.sent] == [(channel, "c1")]


async def test_a5_copies_are_one_message_and_one_answer(talks: Talks) -> None:
    event = talks.event("Привет")
    await talks.hear(event, copies=5)
    await talks.hear(event, talks.event("Вы тут?"))
    assert len(talks.said(talks.contacts()[0])) == 2
    assert len(talks.other.sent) == 1


async def test_a5_two_bots_never_talk_in_a_loop(talks: Talks) -> None:
    """Our own words come back as events, and another bot answers each of ours at once."""
    await talks.hear(talks.event("Привет"))
    for _ in range(50):
        await talks.hear(talks.event(talks.other.sent[-1][2], title="outgoing_message"))
        await talks.hear(talks.event("Я бот. Чем помочь?"))
        await talks.round(minutes=10)
    assert len(talks.other.sent) == 1
    await talks.round(hours=12)
    await talks.hear(talks.event("А сегодня?"))
    assert len(talks.other.sent) == 2


async def test_a5_who_only_subscribed_is_kept_and_not_answered(talks: Talks) -> None:
    await talks.hear(talks.event("", title="new_subscriber"))
    assert (len(talks.contacts()), talks.other.sent) == (1, [])


async def test_a5_bots_that_are_not_ours_and_a_desk_that_does_not_answer_say_nothing(talks: Talks) -> None:
    talks.terms = channels.Terms(frozenset({"bot-1"}))
    await talks.hear(talks.event("Привет", bot="bot-2"))
    assert (talks.contacts(), talks.other.sent) == ([], [])
    talks.terms = channels.Terms(answer=False)
    await talks.hear(talks.event("Привет"))
    assert (len(talks.contacts()), talks.other.sent) == (1, [])


async def test_a5_an_outage_is_waited_for_and_the_answer_leaves_once(talks: Talks) -> None:
    talks.other.down = True
    await talks.hear(talks.event("Привет"))
    for _ in range(5):
        await talks.round(minutes=16)
    talks.other.down = False
    await talks.round(minutes=16)
    await talks.round(minutes=16)
    assert (len(talks.other.sent), talks.states(), talks.told()) == (1, ["sent"], [])


async def test_a5_who_is_told_to_wait_waits(talks: Talks) -> None:
    talks.other.busy = 1
    await talks.hear(talks.event("Привет"))
    await talks.round(seconds=20)
    assert talks.other.sent == []
    await talks.round(seconds=15)
    assert len(talks.other.sent) == 1


async def test_a5_a_wish_to_wait_without_end_ends_with_our_patience_and_is_told(talks: Talks) -> None:
    talks.other.busy, talks.other.later = 1, "9" * 400
    await talks.hear(talks.event("Привет"))
    await talks.round(hours=7)
    assert (talks.states(), len(talks.told())) == (["failed"], 1)


async def test_a5_an_answer_that_never_leaves_is_given_up_and_told(talks: Talks) -> None:
    talks.other.down = True
    await talks.hear(talks.event("Привет"))
    await talks.round(hours=7)
    assert (talks.states(), [one["name"] for one in talks.told()]) == (["failed"], ["Мария"])
    await talks.round(hours=1)
    assert len(talks.told()) == 1


async def test_a5_a_refusal_of_the_provider_is_told_once_and_not_repeated(talks: Talks) -> None:
    event = talks.event("Привет")
    talks.other.contacts.clear()
    await talks.hear(event)
    await talks.round(hours=1)
    assert (talks.states(), [one["reason"] for one in talks.told()]) == (["failed"], ["1102"])
    await talks.hear(talks.event("Привет", contact="c2", channel="viber"))
    assert [one["reason"] for one in talks.told()] == ["1102", "no way into viber"]


async def test_a5_wrong_keys_are_told_once_however_many_wait(talks: Talks) -> None:
    talks.other.locked = True
    await talks.hear(*(talks.event("Привет", contact=f"c{number}") for number in range(5)))
    await talks.round(minutes=5)
    assert [one.get("locked") for one in talks.told()] == [True]
    talks.other.locked = False
    await talks.round(minutes=16)
    assert len(talks.other.sent) == 5


async def test_a5_a_token_is_shared_and_renewed_when_it_is_not_known_any_more(talks: Talks) -> None:
    await talks.hear(talks.event("Привет"), talks.event("Привет", contact="c2"))
    assert talks.other.asked_for_tokens == 1
    talks.other.tokens.clear()
    await talks.hear(talks.event("Привет", contact="c3"))
    assert (talks.other.asked_for_tokens, len(talks.other.sent)) == (2, 3)


async def test_a5_a_desk_that_died_while_it_sent_sends_again_later(talks: Talks) -> None:
    class Died(Exception):  # noqa: N818
        pass

    class Dying:
        name = "sendpulse"
        read = talks.port.read

        async def send(self, service: str, contact: str, text: str) -> None:
            raise Died

    real, talks.port = talks.port, Dying()  # type: ignore[assignment]
    with pytest.raises(Died):
        await talks.hear(talks.event("Привет"))
    talks.port = real
    await talks.round(seconds=10)
    assert talks.other.sent == [], "somebody may still be at it"
    await talks.round(minutes=5)
    assert len(talks.other.sent) == 1


async def test_a5_without_the_bots_name_the_answer_waits_for_it(tmp_path: Path) -> None:
    file = DatabaseFile.open(tmp_path / "desk.db", create=True)
    async with SendPulseDouble() as other, SendPulse(CLIENT, SECRET, base=other.url) as port:
        talks = Talks(Desk(file), other, port)
        await talks.hear(talks.event("Привет"))
        assert other.sent == []
        talks.desk.write(lambda tx: face.remember_username(tx, "secret_house_bot"))
        await talks.round(minutes=1)
        assert len(other.sent) == 1
    file.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no",
        b"[1]",
        b"[[]]",
        b'[{"title": "incoming_message"}]',
        b'[{"title": "incoming_message", "service": "../x", "contact": {"id": "1"}}]',
        b'[{"title": "incoming_message", "service": "telegram", "contact": {"id": "1"}, "date": 99999999999999}]',
        b'[{"title": "incoming_message", "service": "telegram", "contact": {"id": "1"}, "info": "x"}]',
        b"[" + b"{}," * 501 + b"{}]",
    ],
    ids=["empty", "words", "number", "list", "no-contact", "path", "far-date", "info", "many"],
)
async def test_a5_what_cannot_be_read_is_put_aside_and_stops_nobody(talks: Talks, body: bytes) -> None:
    talks.desk.write(lambda tx: inbound.keep(tx, "sendpulse", body, now=talks.desk.now))
    await talks.hear(talks.event("Привет"))
    assert len(talks.desk.rows("SELECT 1 FROM notifications WHERE state = 'aside'")) == 1
    assert len(talks.other.sent) == 1


async def test_a5_what_is_old_when_it_comes_is_kept_and_not_answered(talks: Talks) -> None:
    old = int((talks.desk.now - timedelta(days=2)).timestamp())
    await talks.hear(talks.other.event("Привет", date=old))
    (said,) = talks.said(talks.contacts()[0])
    assert (said.at, talks.other.sent) == (datetime.fromtimestamp(old, UTC), [])
