"""Guests by Telegram id, staff by role, one-time links, and the chats of the desk."""

from datetime import timedelta

import pytest

from housebot.errors import Refusal
from housebot.services import audit, chats, guests, links, staff
from housebot.services.guests import Guest
from housebot.services.ports import Actor
from housebot.storage.file import DatabaseFile, Tx
from tests.services.conftest import OPENED, OWNER

LATER = OPENED + timedelta(days=1)
STRANGER = Actor("guest", 99, "Гость", "telegram")
MANAGER = Actor("staff", 5, "Мария", "telegram", "manager")


def anna(tx: Tx, telegram_id: int = 700, language_code: str | None = "be", username: str | None = "anna_k") -> Guest:
    return guests.seen(
        tx,
        telegram_id=telegram_id,
        name="Анна",
        username=username,
        language_code=language_code,
        source="insta",
        now=OPENED,
    )


def refused(code: str, **facts: object) -> "pytest.RaisesExc[Refusal]":
    return pytest.RaisesExc(
        Refusal, check=lambda refusal: refusal.code == code and facts.items() <= refusal.facts.items()
    )


# Guests


def test_a_guest_is_known_by_telegram_id_whatever_they_call_themselves(empty: DatabaseFile) -> None:
    first = empty.write_now(anna)
    again = empty.write_now(
        lambda tx: guests.seen(
            tx, telegram_id=700, name="Anna", username=None, language_code="en", source="other", now=LATER
        )
    )
    assert (again.id, again.name, again.username, again.source) == (first.id, "Anna", None, "insta")


@pytest.mark.parametrize(
    ("code", "language"), [("ru", "ru"), ("be", "ru"), ("uk-UA", "ru"), ("kk", "ru"), ("pl", "en"), (None, "en")]
)
def test_a_new_guest_is_spoken_to_in_telegrams_language(empty: DatabaseFile, code: str | None, language: str) -> None:
    assert empty.write_now(lambda tx: anna(tx, language_code=code)).language == language


def test_a_chosen_language_wins_for_ever(empty: DatabaseFile) -> None:
    guest = empty.write_now(anna)
    empty.write_now(lambda tx: guests.set_language(tx, guest.id, "en"))
    assert empty.write_now(anna).language == "en"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+375 29 123-45-67", "+375291234567"),
        ("8 (029) 123-45-67", "+375291234567"),
        ("291234567", "+375291234567"),
        ("+7 916 123 45 67", "+79161234567"),
        ("+49 1512 3456789", "+4915123456789"),
        ("@anna_k", "@anna_k"),
        ("anna_k", "@anna_k"),
    ],
)
def test_a_contact_is_kept_in_its_normal_form(typed: str, kept: str) -> None:
    assert guests.normalised(typed, region="BY") == kept


@pytest.mark.parametrize(
    "typed", ["", "12", "+37529", "@ann", "анна", "@" + "a" * 33, "+1234", "5" * 500, "😀😀😀😀😀", "@1anna"]
)
def test_what_is_no_contact_is_refused(typed: str) -> None:
    with refused("contact_invalid"):
        guests.normalised(typed, region="BY")


def test_the_country_of_a_zone_reads_local_numbers() -> None:
    from zoneinfo import ZoneInfo

    assert guests.region_of(ZoneInfo("Europe/Minsk")) == "BY"
    assert guests.region_of(ZoneInfo("UTC")) is None


@pytest.mark.parametrize("phone", ["+79161234567", "79161234567"])
def test_t4_ones_own_number_of_any_country_counts(empty: DatabaseFile, phone: str) -> None:
    guest = empty.write_now(anna)
    kept = empty.write_now(lambda tx: guests.share_contact(tx, guest.id, phone, contact_user_id=700, now=OPENED))
    assert (kept.contact, kept.contact_shared) == ("+79161234567", True)


@pytest.mark.parametrize("owner", [701, None])
def test_t4_somebody_elses_contact_card_is_refused(empty: DatabaseFile, owner: int | None) -> None:
    guest = empty.write_now(anna)
    with refused("contact_invalid", reason="not_own"):
        empty.write_now(
            lambda tx: guests.share_contact(tx, guest.id, "+79161234567", contact_user_id=owner, now=OPENED)
        )
    assert empty.read(lambda tx: guests.get(tx, guest.id)).contact is None


def test_t4_a_typed_contact_is_not_a_shared_one(empty: DatabaseFile) -> None:
    guest = empty.write_now(anna)
    shared = empty.write_now(
        lambda tx: guests.share_contact(tx, guest.id, "+79161234567", contact_user_id=700, now=OPENED)
    )
    same = empty.write_now(lambda tx: guests.set_contact(tx, guest.id, "+7 916 123 4567", shared=False, now=OPENED))
    other = empty.write_now(lambda tx: guests.set_contact(tx, guest.id, "+375291234567", shared=False, now=OPENED))
    assert (shared.contact_shared, same.contact_shared, other.contact_shared) == (True, True, False)


def test_t4_a_booking_by_phone_never_becomes_a_telegram_guests(empty: DatabaseFile) -> None:
    guest = empty.write_now(anna)
    empty.write_now(lambda tx: guests.set_contact(tx, guest.id, "+375291234567", shared=False, now=OPENED))

    def enter(tx: Tx) -> Guest:
        return guests.by_phone(tx, name="Тётя", contact="+375291234567", language="ru", now=OPENED)

    aunt = empty.write_now(enter)
    assert aunt.id != guest.id
    assert aunt.telegram_id is None
    assert empty.write_now(enter).id == aunt.id


def test_staff_find_a_guest_by_id_name_and_phone(empty: DatabaseFile) -> None:
    guest = empty.write_now(anna)
    empty.write_now(lambda tx: guests.share_contact(tx, guest.id, "+79161234567", contact_user_id=700, now=OPENED))
    for text in (str(guest.id), "700", "@Anna_K", "+7 916 123-45-67"):
        assert empty.read(lambda tx, text=text: guests.find(tx, text)).id == guest.id  # type: ignore[misc]
    for text in ("2", "@nobody", "", "9" * 30):
        with refused("not_found"):
            empty.read(lambda tx, text=text: guests.find(tx, text))  # type: ignore[misc]


def test_a7_a_ban_needs_a_reason_and_is_remembered(empty: DatabaseFile) -> None:
    guest = empty.write_now(anna)
    with refused("invalid", reason="reason_missing"):
        empty.write_now(lambda tx: guests.ban(tx, guest.id, reason=" ", actor=OWNER, now=OPENED))
    banned = empty.write_now(lambda tx: guests.ban(tx, guest.id, reason="разбил окно", actor=OWNER, now=OPENED))
    assert banned.banned
    with refused("already_decided"):
        empty.write_now(lambda tx: guests.ban(tx, guest.id, reason="again", actor=OWNER, now=OPENED))
    assert not empty.write_now(lambda tx: guests.unban(tx, guest.id, actor=OWNER, now=OPENED)).banned
    entries = empty.read(lambda tx: audit.history(tx, f"guest:{guest.id}"))
    assert [(entry.action, entry.actor, entry.reason) for entry in entries] == [
        ("guest.ban", "staff:1", "разбил окно"),
        ("guest.unban", "staff:1", "разбил окно"),
    ]


def test_t2_who_blocked_the_bot_is_reachable_again_by_writing(empty: DatabaseFile) -> None:
    guest = empty.write_now(anna)
    empty.write_now(lambda tx: guests.unreachable(tx, 700, now=OPENED))
    assert empty.read(lambda tx: guests.get(tx, guest.id)).unreachable_at == "2026-11-20T12:00:00Z"
    assert empty.write_now(anna).unreachable_at is None


def test_guests_are_listed_in_pages_newest_first(empty: DatabaseFile) -> None:
    for telegram_id in range(1, 6):
        empty.write_now(lambda tx, telegram_id=telegram_id: anna(tx, telegram_id))  # type: ignore[misc]
    first = empty.read(lambda tx: guests.listing(tx, limit=3))
    rest = empty.read(lambda tx: guests.listing(tx, limit=3, before=first[-1].id))
    assert [guest.telegram_id for guest in [*first, *rest]] == [5, 4, 3, 2, 1]


# One-time links


def test_a_link_works_once_and_only_its_digest_is_kept(empty: DatabaseFile) -> None:
    token = empty.write_now(
        lambda tx: links.issue(tx, "claim", {"booking": 7}, by=OWNER, now=OPENED, ttl=timedelta(hours=1))
    )
    stored = empty.read(
        lambda tx: [str(dict(row)) for table in ("links", "audit") for row in tx.all(f"SELECT * FROM {table}")]
    )
    assert stored
    assert not any(token in row for row in stored)
    assert len("staff_" + token) <= 64
    assert empty.write_now(lambda tx: links.use(tx, "claim", token, by=700, now=OPENED)) == {"booking": 7}
    with refused("not_found"):
        empty.write_now(lambda tx: links.use(tx, "claim", token, by=701, now=OPENED))


def test_an_ended_a_foreign_and_an_unknown_link_look_alike(empty: DatabaseFile) -> None:
    token = empty.write_now(lambda tx: links.issue(tx, "chat", {}, by=OWNER, now=OPENED, ttl=timedelta(hours=1)))
    said = []
    for purpose, text, now in (
        ("chat", token, OPENED + timedelta(hours=1)),
        ("staff", token, OPENED),
        ("chat", "guess", OPENED),
    ):
        with pytest.raises(Refusal) as raised:
            empty.write_now(lambda tx, p=purpose, t=text, n=now: links.use(tx, p, t, by=1, now=n))  # type: ignore[misc]
        said.append((raised.value.code, raised.value.facts))
    assert said == [("not_found", {"what": "link"})] * 3


# Staff


def test_t6_a_colleague_joins_by_a_one_time_link(empty: DatabaseFile) -> None:
    token = empty.write_now(lambda tx: staff.invite(tx, "cleaner", actor=OWNER, now=OPENED))
    assert empty.read(lambda tx: staff.role_of(tx, 800)) is None
    joined = empty.write_now(lambda tx: staff.join(tx, token, telegram_id=800, name="Оля", language="ru", now=OPENED))
    assert (joined.role, joined.name, joined.telegram_id) == ("cleaner", "Оля", 800)
    assert empty.read(lambda tx: staff.role_of(tx, 800)) == joined
    with refused("not_found"):
        empty.write_now(lambda tx: staff.join(tx, token, telegram_id=801, name="X", language="ru", now=OPENED))


def test_t6_an_owner_cannot_sink_by_taking_a_cleaners_link(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: staff.seed(tx, [1], now=OPENED))
    token = empty.write_now(lambda tx: staff.invite(tx, "cleaner", actor=OWNER, now=OPENED))
    with refused("already_decided"):
        empty.write_now(lambda tx: staff.join(tx, token, telegram_id=1, name="A", language="ru", now=OPENED))
    assert (
        empty.write_now(lambda tx: staff.join(tx, token, telegram_id=2, name="B", language="ru", now=OPENED)).role
        == "cleaner"
    )


def test_t6_a_cleaner_rises_by_a_managers_link(empty: DatabaseFile) -> None:
    for role in ("cleaner", "manager"):
        token = empty.write_now(lambda tx, role=role: staff.invite(tx, role, actor=OWNER, now=OPENED))  # type: ignore[misc]
        empty.write_now(
            lambda tx, token=token: staff.join(tx, token, telegram_id=8, name="Оля", language="ru", now=OPENED)  # type: ignore[misc]
        )
    assert [person.role for person in empty.read(staff.listing)] == ["manager"]


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        (MANAGER, "owner"),
        (MANAGER, "manager"),
        (STRANGER, "cleaner"),
        (Actor("staff", 6, "C", "telegram", "cleaner"), "cleaner"),
    ],
)
def test_t6_nobody_invites_above_themselves(empty: DatabaseFile, actor: Actor, role: staff.Role) -> None:
    with refused("forbidden"):
        empty.write_now(lambda tx: staff.invite(tx, role, actor=actor, now=OPENED))


def test_a_specialist_needs_a_unit_and_nobody_else_has_one(empty: DatabaseFile) -> None:
    with refused("invalid"):
        empty.write_now(lambda tx: staff.invite(tx, "specialist", actor=OWNER, now=OPENED))
    with refused("invalid"):
        empty.write_now(lambda tx: staff.invite(tx, "cleaner", unit="olga", actor=OWNER, now=OPENED))
    empty.write_now(lambda tx: staff.invite(tx, "specialist", unit="olga", actor=OWNER, now=OPENED))


def test_settings_seed_the_owners_at_the_first_start_alone(empty: DatabaseFile) -> None:
    assert empty.write_now(lambda tx: staff.seed(tx, [1, 2, 1], now=OPENED)) == 2
    assert empty.write_now(lambda tx: staff.seed(tx, [3], now=LATER)) == 0
    second = empty.read(staff.owners)[1]
    empty.write_now(lambda tx: staff.remove(tx, second.id, actor=OWNER, now=LATER))
    assert empty.write_now(lambda tx: staff.seed(tx, [1, 2], now=LATER)) == 0
    assert [owner.telegram_id for owner in empty.read(staff.owners)] == [1]


def test_the_last_owner_stays(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: staff.seed(tx, [1], now=OPENED))
    with refused("forbidden", reason="last_owner"):
        empty.write_now(lambda tx: staff.remove(tx, 1, actor=OWNER, now=OPENED))


def test_the_owners_start_code_makes_an_owner(empty: DatabaseFile) -> None:
    token = empty.write_now(lambda tx: staff.invite_owner(tx, actor=Actor("shell", None, "root", "shell"), now=OPENED))
    with refused("not_found"):
        empty.write_now(lambda tx: staff.join(tx, token, telegram_id=1, name="A", language="ru", now=OPENED))
    joined = empty.write_now(
        lambda tx: staff.join(tx, token, telegram_id=1, name="A", language="ru", purpose="owner", now=OPENED)
    )
    assert joined.role == "owner"


def test_the_guest_view_belongs_to_one_colleague(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: staff.seed(tx, [1, 2], now=OPENED))
    empty.write_now(lambda tx: staff.guest_view(tx, 1, True))
    assert [person.guest_view for person in empty.read(staff.listing)] == [True, False]
    assert not empty.write_now(lambda tx: staff.guest_view(tx, 1, False)).guest_view
    with refused("forbidden"):
        empty.write_now(lambda tx: staff.guest_view(tx, 3, True))


def test_an_owner_from_the_settings_gets_a_name_by_writing(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: staff.seed(tx, [1], now=OPENED))
    for name in ("Анна", "Другая"):
        empty.write_now(lambda tx, name=name: staff.met(tx, 1, name=name, language="ru"))  # type: ignore[misc]
    assert [(person.name, person.language) for person in empty.read(staff.listing)] == [("Анна", "ru")]


# Chats


def test_approvals_come_to_the_owners_until_a_group_is_connected(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: staff.seed(tx, [1, 2], now=OPENED, language="ru"))
    assert [(to.chat_id, to.thread_id, to.language) for to in empty.read(chats.approvals)] == [
        (1, None, "ru"),
        (2, None, "ru"),
    ]
    assert empty.read(chats.facts) == []
    token = empty.write_now(lambda tx: chats.invite(tx, "approvals", actor=OWNER, now=OPENED))
    empty.write_now(lambda tx: chats.join(tx, token, chat_id=-50, thread_id=7, title="Дом", actor=OWNER, now=OPENED))
    assert [(to.chat_id, to.thread_id) for to in empty.read(chats.approvals)] == [(-50, 7)]
    empty.write_now(lambda tx: chats.disconnect(tx, "approvals", actor=OWNER, now=OPENED))
    assert [to.chat_id for to in empty.read(chats.approvals)] == [1, 2]


def test_t6_a_stranger_cannot_connect_a_group_and_the_link_stays_good(empty: DatabaseFile) -> None:
    token = empty.write_now(lambda tx: chats.invite(tx, "facts", actor=OWNER, now=OPENED))
    with refused("forbidden"):
        empty.write_now(
            lambda tx: chats.join(tx, token, chat_id=-1, thread_id=None, title="", actor=STRANGER, now=OPENED)
        )
    empty.write_now(lambda tx: chats.join(tx, token, chat_id=-2, thread_id=None, title="", actor=MANAGER, now=OPENED))
    assert [to.chat_id for to in empty.read(chats.facts)] == [-2]


def test_t6_a_group_that_migrates_keeps_working(empty: DatabaseFile) -> None:
    def before(tx: Tx) -> None:
        chats.connect(tx, "approvals", chat_id=-50, actor=OWNER, now=OPENED)
        for chat_id, state in ((-50, "queued"), (-50, "sent"), (-60, "queued")):
            tx.run(
                """
                INSERT INTO outbox (class, kind, chat_id, priority, state, next_try_at, created_at)
                VALUES ('must', 'staff.approval', :chat_id, 1, :state, :at, :at)
                """,
                chat_id=chat_id,
                state=state,
                at="2026-11-20T12:00:00Z",
            )
        tx.run(
            "INSERT INTO cards (key, chat_id, message_id, updated_at) VALUES ('approval:1', -50, 3, '2026-11-20T12:00:00Z')"
        )

    empty.write_now(before)
    for _ in range(2):
        empty.write_now(lambda tx: chats.migrated(tx, -50, -100_50, now=LATER))
    assert [to.chat_id for to in empty.read(chats.approvals)] == [-100_50]
    assert empty.read(lambda tx: [row[0] for row in tx.all("SELECT chat_id FROM outbox ORDER BY id")]) == [
        -100_50,
        -50,
        -60,
    ]
    assert empty.read(lambda tx: tx.value("SELECT count(*) FROM cards")) == 0
    assert len(empty.read(lambda tx: audit.history(tx, "chat:-10050"))) == 1


def test_settings_seed_the_chats_at_the_first_start_alone(empty: DatabaseFile) -> None:
    empty.write_now(lambda tx: chats.seed(tx, approvals_chat=-50, facts_chat=None, now=OPENED))
    empty.write_now(lambda tx: chats.disconnect(tx, "approvals", actor=OWNER, now=OPENED))
    empty.write_now(lambda tx: chats.seed(tx, approvals_chat=-50, facts_chat=-60, now=LATER))
    assert empty.read(chats.connected) == []
