"""Owns the schema: append-only migrations, each a list of statements. Instants are UTC text, dates ISO text, money minor units.

Invariants live here too: overlap triggers over occupancies of parts (R6, R31), CHECKs, partial unique indexes. They stand
under the domain rules, not instead of them. A migration that has been released is never edited; append another.
"""

from housebot.storage.schema_api import API
from housebot.storage.schema_figures import FIGURES
from housebot.storage.schema_inbound import INBOUND
from housebot.storage.schema_webhooks import WEBHOOKS

BOOKINGS = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE catalog_versions (
    version INTEGER PRIMARY KEY,
    document TEXT NOT NULL CHECK (json_valid(document)),
    digest TEXT NOT NULL,
    zone TEXT NOT NULL,                       -- of the document, to know when that day begins
    from_date TEXT NOT NULL,                  -- local day from which new quotes use it
    created_at TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT ''
) STRICT;
-- Covers the question which version is in force, so that nobody walks through the documents to answer it.
CREATE INDEX catalog_versions_in_force ON catalog_versions (from_date, version, digest, zone);

CREATE TABLE guests (
    id INTEGER PRIMARY KEY,
    telegram_id INTEGER UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    username TEXT,
    contact TEXT,                             -- E.164 phone or @name, normalised
    contact_shared INTEGER NOT NULL DEFAULT 0 CHECK (contact_shared IN (0, 1)),  -- by Telegram's own button (T4)
    language TEXT NOT NULL DEFAULT 'en',
    language_chosen INTEGER NOT NULL DEFAULT 0 CHECK (language_chosen IN (0, 1)),
    source TEXT NOT NULL DEFAULT '',          -- src_ tag of the first link
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    unreachable_at TEXT,
    banned_at TEXT,
    ban_reason TEXT
) STRICT;
CREATE INDEX guests_contact ON guests (contact) WHERE contact IS NOT NULL;

CREATE TABLE quotes (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    guest_id INTEGER REFERENCES guests (id),
    catalog_version INTEGER NOT NULL REFERENCES catalog_versions (version),
    request TEXT NOT NULL CHECK (json_valid(request)),
    price TEXT NOT NULL CHECK (json_valid(price)),       -- lines, deposit and its reason, taxes, notes, policy
    total INTEGER NOT NULL CHECK (total >= 0),
    deposit INTEGER NOT NULL CHECK (deposit BETWEEN 0 AND total),
    currency TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE bookings (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    unit TEXT NOT NULL,
    tariff TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('held', 'awaiting_payment', 'awaiting_owner', 'confirmed', 'in_house', 'completed',
        'expired', 'declined', 'cancelled_by_guest', 'cancelled_by_owner', 'no_show')),
    start TEXT NOT NULL,
    end TEXT NOT NULL CHECK (end > start),
    arrival TEXT NOT NULL,                    -- local wall clock of the unit, 2026-12-05T16:00
    departure TEXT NOT NULL,
    guests INTEGER NOT NULL CHECK (guests >= 1),
    party TEXT NOT NULL CHECK (json_valid(party)),
    extras TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extras)),
    answers TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(answers)),
    guest_id INTEGER REFERENCES guests (id),
    guest_name TEXT NOT NULL DEFAULT '',
    contact TEXT,
    language TEXT NOT NULL DEFAULT 'en',
    comment TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL,                     -- telegram, shell, phone, api, web
    test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1)),
    quote_id INTEGER NOT NULL REFERENCES quotes (id),
    catalog_version INTEGER NOT NULL REFERENCES catalog_versions (version),
    total INTEGER NOT NULL CHECK (total >= 0),
    deposit INTEGER NOT NULL CHECK (deposit BETWEEN 0 AND total),
    currency TEXT NOT NULL,
    payment_method TEXT CHECK (payment_method IN ('bank', 'cash', 'yookassa', 'telegram')),
    hold_expires_at TEXT,
    hold_extended INTEGER NOT NULL DEFAULT 0 CHECK (hold_extended IN (0, 1)),
    under_review INTEGER NOT NULL DEFAULT 0 CHECK (under_review IN (0, 1)),  -- a receipt waits for a person: the hold has no end (R35)
    kept_until TEXT,                          -- what the guest was promised when a receipt stopped the clock
    promised_by TEXT,                         -- when the guest was told to hear from us at the latest
    before_minutes INTEGER NOT NULL DEFAULT 0 CHECK (before_minutes >= 0),
    after_minutes INTEGER NOT NULL DEFAULT 0 CHECK (after_minutes >= 0),
    decided_by TEXT,
    decided_at TEXT,
    reason TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX bookings_start ON bookings (start, id);
CREATE INDEX bookings_end ON bookings (end);
CREATE INDEX bookings_guest ON bookings (guest_id, id);
CREATE INDEX bookings_holds ON bookings (hold_expires_at) WHERE hold_expires_at IS NOT NULL;
CREATE INDEX bookings_contact ON bookings (contact) WHERE contact IS NOT NULL;
CREATE TRIGGER bookings_are_never_deleted BEFORE DELETE ON bookings BEGIN SELECT RAISE(ABORT, 'bookings are never deleted'); END;

CREATE TABLE booking_notes (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER NOT NULL REFERENCES bookings (id),
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX booking_notes_booking ON booking_notes (booking_id);

CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    unit TEXT NOT NULL,
    parts TEXT NOT NULL CHECK (json_valid(parts)),
    start TEXT NOT NULL,
    end TEXT NOT NULL CHECK (end > start),
    reason TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    removed_at TEXT
) STRICT;

-- Rows exist only for what blocks. busy_from = start - before, busy_until = end + after (R6).
CREATE TABLE occupancies (
    id INTEGER PRIMARY KEY,
    part_id TEXT NOT NULL,
    booking_id INTEGER REFERENCES bookings (id),
    block_id INTEGER REFERENCES blocks (id),
    kind TEXT NOT NULL CHECK (kind IN ('booking', 'block', 'feed')),
    start TEXT NOT NULL,
    end TEXT NOT NULL CHECK (end > start),
    busy_from TEXT NOT NULL CHECK (busy_from <= start),
    busy_until TEXT NOT NULL CHECK (busy_until >= end),
    long INTEGER NOT NULL AS (julianday(busy_until) - julianday(busy_from) > 60) STORED,
    CHECK ((kind = 'booking') = (booking_id IS NOT NULL)),
    CHECK ((kind = 'block') = (block_id IS NOT NULL))
) STRICT;
-- What may stand in the way of a period ends after it begins; a short row (at most 60 days) also ends soon after its end. The second
-- bound keeps the search as small with a full future as with an empty one; the few long rows are searched by themselves.
CREATE INDEX occupancies_short ON occupancies (part_id, busy_until) WHERE long = 0;
CREATE INDEX occupancies_long ON occupancies (part_id, busy_until) WHERE long = 1;
CREATE INDEX occupancies_booking ON occupancies (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX occupancies_block ON occupancies (block_id) WHERE block_id IS NOT NULL;

-- Two rows of one part conflict unless one is wholly before the other. A feed event may land on a booking (I8); nothing may
-- be put on a feed event. `other.busy_until > NEW.busy_from` and its mirror image are implied by a conflict and bound the search.
CREATE TRIGGER occupancies_no_overlap_on_insert BEFORE INSERT ON occupancies
WHEN NEW.kind <> 'feed' AND (EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.long = 0
      AND other.busy_until > NEW.busy_from AND other.busy_until < strftime('%Y-%m-%dT%H:%M:%SZ', NEW.busy_until, '+61 days')
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
) OR EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.long = 1
      AND other.busy_until > NEW.busy_from
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
)) BEGIN SELECT RAISE(ABORT, 'dates_taken'); END;

CREATE TRIGGER occupancies_no_overlap_on_update BEFORE UPDATE OF part_id, kind, start, end, busy_from, busy_until ON occupancies
WHEN NEW.kind <> 'feed' AND (EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.id <> NEW.id AND other.long = 0
      AND other.busy_until > NEW.busy_from AND other.busy_until < strftime('%Y-%m-%dT%H:%M:%SZ', NEW.busy_until, '+61 days')
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
) OR EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.id <> NEW.id AND other.long = 1
      AND other.busy_until > NEW.busy_from
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
)) BEGIN SELECT RAISE(ABORT, 'dates_taken'); END;

CREATE TABLE receipts (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER NOT NULL REFERENCES bookings (id),
    guest_id INTEGER REFERENCES guests (id),
    kind TEXT NOT NULL CHECK (kind IN ('photo', 'document')),
    file_id TEXT NOT NULL,
    file_unique_id TEXT NOT NULL,
    file_name TEXT NOT NULL DEFAULT '',
    media_group_id TEXT,
    digest TEXT,                              -- sha256 of the content, filled by a worker after download (R46)
    digest_tries INTEGER NOT NULL DEFAULT 0,
    digest_after TEXT,                        -- when the next try is worth it
    sent_at TEXT NOT NULL,                    -- Telegram's message date: on time is judged by it
    received_at TEXT NOT NULL,
    late_seconds INTEGER NOT NULL DEFAULT 0 CHECK (late_seconds >= 0),  -- how long after the hold's end it was sent
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'refused')),
    UNIQUE (booking_id, file_unique_id)
) STRICT;
CREATE INDEX receipts_file ON receipts (file_unique_id);
CREATE INDEX receipts_undigested ON receipts (id) WHERE digest IS NULL;
CREATE INDEX receipts_digest ON receipts (digest) WHERE digest IS NOT NULL;

CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER REFERENCES bookings (id),   -- NULL: unapplied money of a guest
    guest_id INTEGER REFERENCES guests (id),
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund', 'adjustment')),
    method TEXT NOT NULL CHECK (method IN ('bank', 'cash', 'gift', 'yookassa', 'telegram')),
    amount INTEGER NOT NULL CHECK (amount <> 0 AND (kind = 'adjustment' OR amount > 0)),
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'unapplied')),
    receipt_id INTEGER REFERENCES receipts (id),
    provider_id TEXT UNIQUE,
    comment TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX payments_booking ON payments (booking_id) WHERE booking_id IS NOT NULL;

-- A task for a person: refund by hand, call a guest who has no Telegram, choose for late money. Open until somebody says done.
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    booking_id INTEGER REFERENCES bookings (id),
    payment_id INTEGER REFERENCES payments (id),
    facts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)),
    created_at TEXT NOT NULL,
    done_at TEXT,
    done_by TEXT,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
-- One of a kind for a booking and, where money is meant that never got to one, for that money: what is owed twice is asked for twice.
CREATE UNIQUE INDEX tasks_open ON tasks (kind, booking_id, ifnull(payment_id, 0)) WHERE done_at IS NULL AND booking_id IS NOT NULL;
"""

PEOPLE = """
CREATE TABLE staff (
    id INTEGER PRIMARY KEY,
    telegram_id INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'cleaner', 'specialist')),
    unit TEXT,                                -- specialist: whose own list it is
    name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT 'en',
    guest_view INTEGER NOT NULL DEFAULT 0 CHECK (guest_view IN (0, 1)),
    added_at TEXT NOT NULL,
    added_by TEXT NOT NULL,
    removed_at TEXT
) STRICT;
CREATE UNIQUE INDEX staff_one_row_a_person ON staff (telegram_id) WHERE removed_at IS NULL;

-- One-time links: staff_<token>, chat_<token>, claim_<token>, the owner's /start code. Only a digest is kept.
CREATE TABLE links (
    digest TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('owner', 'staff', 'chat', 'claim')),
    facts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)),
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    used_by INTEGER
) STRICT;

-- Where the desk talks to staff. No row for a purpose: the owners' private chats.
CREATE TABLE chats (
    purpose TEXT PRIMARY KEY CHECK (purpose IN ('approvals', 'facts')),
    chat_id INTEGER NOT NULL,
    thread_id INTEGER,
    title TEXT NOT NULL DEFAULT '',
    updated_at TEXT NOT NULL,
    actor TEXT NOT NULL
) STRICT;

-- What people change from day to day, above the document: bank data, texts, photos.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value)),
    updated_at TEXT NOT NULL,
    actor TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,                      -- guest:17, staff:42, shell:anna, system
    channel TEXT NOT NULL,                    -- telegram, shell, api, web, system
    action TEXT NOT NULL,                     -- booking.hold, payment.record, setting.change, …
    subject TEXT NOT NULL,                    -- booking:17
    before TEXT CHECK (before IS NULL OR json_valid(before)),
    after TEXT CHECK (after IS NULL OR json_valid(after)),
    reason TEXT
) STRICT;
CREATE INDEX audit_subject ON audit (subject, id);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""

IN_AND_OUT = """
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    bot_id INTEGER NOT NULL,
    update_id INTEGER NOT NULL,
    lane TEXT NOT NULL,                       -- chat:<id>, or precheckout
    body TEXT NOT NULL,                       -- the update as it came
    received_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'aside')),
    attempts INTEGER NOT NULL DEFAULT 0,
    done_at TEXT,
    error TEXT,
    UNIQUE (bot_id, update_id)
) STRICT;
CREATE INDEX inbox_open ON inbox (state, id) WHERE state = 'new';
CREATE INDEX inbox_old ON inbox (received_at);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    class TEXT NOT NULL CHECK (class IN ('must', 'once', 'latest')),
    kind TEXT NOT NULL,                       -- names the Renderer's text; facts are its data, never prose
    facts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)),
    chat_id INTEGER NOT NULL,
    thread_id INTEGER,
    language TEXT NOT NULL DEFAULT 'en',
    priority INTEGER NOT NULL,                -- 0 payment, 1 owner alert, 2 guest's screen, 3 reminder, 4 broadcast
    silent INTEGER NOT NULL DEFAULT 0 CHECK (silent IN (0, 1)),
    card TEXT,                                -- a live message: created or edited under this key
    replaces TEXT,                            -- class latest: the newest row with this key wins
    booking_id INTEGER REFERENCES bookings (id),
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'ambiguous', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    ambiguous INTEGER NOT NULL DEFAULT 0,     -- how often a try may have arrived without an answer
    next_try_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    done_at TEXT,
    message_id INTEGER,
    error TEXT
) STRICT;
CREATE INDEX outbox_queue ON outbox (chat_id, id, priority) WHERE state = 'queued';
CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending';
CREATE INDEX outbox_doubtful ON outbox (id, ambiguous) WHERE ambiguous > 0;
CREATE UNIQUE INDEX outbox_latest ON outbox (replaces) WHERE state = 'queued' AND replaces IS NOT NULL;

CREATE TABLE cards (
    key TEXT NOT NULL,                        -- hold:17:guest, approval:17, screen
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (key, chat_id)
) STRICT;

CREATE TABLE due (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                       -- hold.expire, hold.last_call, approval.nudge, …
    subject TEXT NOT NULL,                    -- booking:17
    due_at TEXT NOT NULL,
    facts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(facts)),
    created_at TEXT NOT NULL,
    done_at TEXT,
    outcome TEXT,
    UNIQUE (subject, kind)                    -- in this order it also finds everything about one subject
) STRICT;
CREATE INDEX due_open ON due (due_at) WHERE done_at IS NULL;

CREATE TABLE fsm (
    bot_id INTEGER NOT NULL,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    thread_id INTEGER NOT NULL DEFAULT 0,
    state TEXT,
    data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data)),
    updated_at TEXT NOT NULL,
    PRIMARY KEY (bot_id, chat_id, user_id, thread_id)
) STRICT;

-- Messages passed between guest and staff, so that a reply finds its way back (only a reply to our own prompt goes out).
CREATE TABLE relays (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    guest_id INTEGER NOT NULL REFERENCES guests (id),
    booking_id INTEGER REFERENCES bookings (id),
    created_at TEXT NOT NULL,
    PRIMARY KEY (chat_id, message_id)
) STRICT;
"""

PROMOS = """
CREATE TABLE promos (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,                       -- as it is shown
    key TEXT NOT NULL UNIQUE,                 -- as it is compared: case, spaces and look-alikes gone
    kind TEXT NOT NULL CHECK (kind IN ('percent', 'amount', 'price', 'extra')),
    value INTEGER NOT NULL CHECK (value >= 0 AND (kind <> 'percent' OR value BETWEEN 1 AND 10000)),
    extra TEXT CHECK ((kind = 'extra') = (extra IS NOT NULL)),
    stay_from TEXT, stay_to TEXT CHECK (stay_to >= stay_from),      -- local dates, inclusive
    book_from TEXT, book_to TEXT CHECK (book_to >= book_from),
    tariffs TEXT CHECK (tariffs IS NULL OR json_valid(tariffs)),
    units TEXT CHECK (units IS NULL OR json_valid(units)),
    weekdays TEXT CHECK (weekdays IS NULL OR json_valid(weekdays)),
    min_nights INTEGER NOT NULL DEFAULT 0 CHECK (min_nights >= 0),
    min_sum INTEGER NOT NULL DEFAULT 0 CHECK (min_sum >= 0),
    max_total INTEGER CHECK (max_total >= 1),
    max_per_guest INTEGER CHECK (max_per_guest >= 1),
    budget INTEGER CHECK (budget >= 1),
    guest TEXT,                               -- whose alone it is: a contact, or guest:17
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at TEXT NOT NULL,
    actor TEXT NOT NULL
) STRICT;

-- One row a booking: reserved with the hold, consumed when it is confirmed, released when it ends without (R52).
CREATE TABLE promo_uses (
    booking_id INTEGER PRIMARY KEY REFERENCES bookings (id),
    promo_id INTEGER NOT NULL REFERENCES promos (id),
    guest_id INTEGER REFERENCES guests (id),
    contact TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL CHECK (state IN ('reserved', 'consumed', 'released')),
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX promo_uses_promo ON promo_uses (promo_id, state);

-- Wrong codes, so that nobody guesses: who, and when (R49).
CREATE TABLE guesses (
    id INTEGER PRIMARY KEY,
    who TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX guesses_at ON guesses (at);
"""

HAND_PRICES = """
-- Prices of dates set by hand: they lie above the document, the newest of equal rank wins (R12). Exactly one of the three ways.
CREATE TABLE hand_prices (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    since TEXT NOT NULL,                      -- local dates (nights), half-open
    until TEXT NOT NULL CHECK (until > since),
    unit TEXT,                                -- NULL: every unit
    tariff TEXT,                              -- NULL: every tariff
    amount INTEGER CHECK (amount > 0),        -- of a night or a slot
    per_date INTEGER CHECK (per_date > 0),    -- of each date of a stay by hours
    percent INTEGER CHECK (percent >= -10000 AND percent <> 0),
    actor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    removed_at TEXT,
    CHECK ((amount IS NOT NULL) + (per_date IS NOT NULL) + (percent IS NOT NULL) = 1)
) STRICT;
CREATE INDEX hand_prices_standing ON hand_prices (id) WHERE removed_at IS NULL;
"""

STOPPED_EXTRAS = """
-- A row may now stop one extra instead of closing parts: without a unit everywhere it is sold. NOT NULL cannot be taken off a column.
CREATE TABLE blocks_again (
    id INTEGER PRIMARY KEY,
    unit TEXT CHECK (unit IS NOT NULL OR extra IS NOT NULL),
    parts TEXT NOT NULL CHECK (json_valid(parts)),
    extra TEXT CHECK (extra IS NULL OR parts = '[]'),
    start TEXT NOT NULL,                      -- of an extra: local midnights, whole dates
    end TEXT NOT NULL CHECK (end > start),
    reason TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    removed_at TEXT
) STRICT;
INSERT INTO blocks_again (id, unit, parts, start, end, reason, actor, created_at, removed_at)
SELECT id, unit, parts, start, end, reason, actor, created_at, removed_at FROM blocks;
DROP TABLE blocks;
ALTER TABLE blocks_again RENAME TO blocks;
CREATE INDEX blocks_of_extras ON blocks (end) WHERE extra IS NOT NULL AND removed_at IS NULL;
"""

REFUNDS = """
ALTER TABLE payments ADD COLUMN refunds INTEGER REFERENCES payments (id) CHECK (refunds IS NULL OR kind = 'refund');
CREATE INDEX payments_refunds ON payments (refunds) WHERE refunds IS NOT NULL;
CREATE TRIGGER payments_are_refunded_once BEFORE INSERT ON payments
WHEN NEW.refunds IS NOT NULL AND NEW.amount + (
    SELECT coalesce(sum(amount), 0) FROM payments WHERE refunds = NEW.refunds AND state IN ('pending', 'done')
) > (SELECT amount FROM payments WHERE id = NEW.refunds)
BEGIN SELECT RAISE(ABORT, 'more is refunded than was paid'); END;
"""

# How often the guest has moved the stay: the policy allows so many (R37).
MOVES = """
ALTER TABLE bookings ADD COLUMN moves INTEGER NOT NULL DEFAULT 0 CHECK (moves >= 0);
"""

CARDS = """
-- Money asked of a provider. Every call about it carries a key made of this one, so that a repeated call is the same call.
CREATE TABLE checkouts (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER NOT NULL REFERENCES bookings (id),
    provider TEXT NOT NULL CHECK (provider IN ('yookassa')),
    provider_id TEXT,
    idempotence_key TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    facts TEXT NOT NULL CHECK (json_valid(facts)),   -- the rest of the order as it was first said: the same key, the same words
    state TEXT NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'pending', 'waiting_for_capture', 'succeeded', 'canceled')),
    verdict TEXT CHECK (verdict IN ('capture', 'cancel')),  -- what becomes of authorised money; decided once, before it is done
    confirmation_url TEXT,
    problem TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,         -- in vain, since the last answer
    due_at TEXT,                              -- when the provider is asked next; NULL: never again
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (provider, provider_id),
    CHECK (state = 'created' OR provider_id IS NOT NULL OR state = 'canceled')
) STRICT;
CREATE UNIQUE INDEX checkouts_open ON checkouts (booking_id)
    WHERE state IN ('created', 'pending', 'waiting_for_capture') AND coalesce(verdict, '') <> 'cancel';
CREATE INDEX checkouts_booking ON checkouts (booking_id);
CREATE INDEX checkouts_due ON checkouts (due_at) WHERE due_at IS NOT NULL;

-- How a refund of the ledger gets to the provider: the key of the call. Which payment it takes from its own row says.
CREATE TABLE provider_refunds (
    payment_id INTEGER PRIMARY KEY REFERENCES payments (id),   -- the refund's row in the ledger
    booking_id INTEGER NOT NULL REFERENCES bookings (id),      -- what it is about; the money may belong to no booking
    provider TEXT NOT NULL CHECK (provider IN ('yookassa')),
    idempotence_key TEXT NOT NULL UNIQUE,
    provider_id TEXT UNIQUE,
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    problem TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    due_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX provider_refunds_due ON provider_refunds (due_at) WHERE due_at IS NOT NULL;

-- What providers send by themselves, as it came; a trigger, never believed (R45, A5).
CREATE TABLE notifications (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    digest TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'aside')),
    UNIQUE (provider, digest)
) STRICT;
CREATE INDEX notifications_new ON notifications (id) WHERE state = 'new';
CREATE INDEX notifications_old ON notifications (received_at);
"""

GIFTS = """
CREATE TABLE gifts (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,                       -- as it is shown
    key TEXT NOT NULL UNIQUE,                 -- as it is compared: case, spaces, dashes and look-alikes gone
    kind TEXT NOT NULL CHECK (kind IN ('money', 'stay')),
    currency TEXT NOT NULL,
    amount INTEGER CHECK (amount > 0) CHECK ((kind = 'money') = (amount IS NOT NULL)),
    tariff TEXT CHECK ((kind = 'stay') = (tariff IS NOT NULL)),
    extras TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(extras)),
    length INTEGER CHECK (length IS NULL OR (kind = 'stay' AND length >= 1)),  -- hours or nights; NULL: the tariff's own
    visits INTEGER CHECK (visits >= 1) CHECK ((kind = 'stay') = (visits IS NOT NULL)),
    valid_until TEXT NOT NULL,                -- local date, inclusive
    buyer TEXT NOT NULL DEFAULT '',
    recipient TEXT NOT NULL DEFAULT '',
    issued_at TEXT NOT NULL,
    voided_at TEXT,
    actor TEXT NOT NULL
) STRICT;

-- The ledger of a gift: its balance is the sum of its entries, minor units of money or visits of a stay.
CREATE TABLE gift_entries (
    id INTEGER PRIMARY KEY,
    gift_id INTEGER NOT NULL REFERENCES gifts (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('issue', 'redeem', 'return', 'extend', 'void', 'transfer')),
    amount INTEGER NOT NULL CHECK (CASE kind WHEN 'issue' THEN amount > 0 WHEN 'return' THEN amount > 0
        WHEN 'redeem' THEN amount < 0 WHEN 'void' THEN amount <= 0 ELSE amount = 0 END),
    booking_id INTEGER REFERENCES bookings (id) CHECK ((kind IN ('redeem', 'return')) = (booking_id IS NOT NULL)),
    payment_id INTEGER UNIQUE REFERENCES payments (id),  -- the row of money it is the other side of
    actor TEXT NOT NULL,
    comment TEXT NOT NULL DEFAULT '',
    CHECK (kind NOT IN ('redeem', 'return') OR payment_id IS NOT NULL)
) STRICT;
CREATE INDEX gift_entries_gift ON gift_entries (gift_id, id);
CREATE INDEX gift_entries_booking ON gift_entries (booking_id) WHERE booking_id IS NOT NULL;
CREATE TRIGGER gift_entries_never_below_nothing BEFORE INSERT ON gift_entries
WHEN NEW.amount < 0 AND (SELECT coalesce(sum(amount), 0) FROM gift_entries WHERE gift_id = NEW.gift_id) + NEW.amount < 0
BEGIN SELECT RAISE(ABORT, 'gift_insufficient'); END;
CREATE TRIGGER gift_entries_are_append_only_update BEFORE UPDATE ON gift_entries
BEGIN SELECT RAISE(ABORT, 'a gift ledger is append-only'); END;
CREATE TRIGGER gift_entries_are_append_only_delete BEFORE DELETE ON gift_entries
BEGIN SELECT RAISE(ABORT, 'a gift ledger is append-only'); END;
"""

# A change that waits, an order of a gift, a damage deposit; what asks for money may now be about any of them. NOT NULL cannot be
# taken off a column, so checkouts, receipts and provider_refunds are made anew.
PROPOSALS = """
-- A change of a booking that waits: for the guest's money, or for the guest's yes to what the desk offers. The old stay stands until then.
CREATE TABLE proposals (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,                -- opaque, for buttons
    booking_id INTEGER NOT NULL REFERENCES bookings (id),
    awaits TEXT NOT NULL CHECK (awaits IN ('money', 'guest')),
    was_quote_id INTEGER NOT NULL REFERENCES quotes (id),   -- how the stay was sold when the change was proposed
    quote_id INTEGER NOT NULL REFERENCES quotes (id),    -- what the stay would become
    change TEXT NOT NULL CHECK (json_valid(change)),     -- what was asked to be otherwise
    spends_move INTEGER NOT NULL DEFAULT 0 CHECK (spends_move IN (0, 1)),
    arrival TEXT NOT NULL,                    -- local time of the stay it would become: its extras are kept on these dates
    departure TEXT NOT NULL,
    extras TEXT NOT NULL CHECK (json_valid(extras)),
    amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),  -- what has to be paid before it is made
    paid_before INTEGER NOT NULL DEFAULT 0,   -- what had been paid for the booking when that was asked for
    under_review INTEGER NOT NULL DEFAULT 0 CHECK (under_review IN (0, 1)),  -- a receipt for it waits for a person: it has no end
    payment_method TEXT CHECK (payment_method IN ('bank', 'yookassa', 'telegram')),
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'refused', 'expired', 'withdrawn')),
    reason TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    decided_by TEXT,
    decided_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    CHECK (under_review = 0 OR (awaits = 'money' AND state = 'open'))
) STRICT;
CREATE UNIQUE INDEX proposals_open ON proposals (booking_id) WHERE state = 'open';
CREATE INDEX proposals_booking ON proposals (booking_id);

-- For which proposal a receipt was handed in; one without a row here is for the booking itself.
CREATE TABLE proposal_receipts (
    receipt_id INTEGER PRIMARY KEY REFERENCES receipts (id),
    proposal_id INTEGER NOT NULL REFERENCES proposals (id)
) STRICT;
CREATE INDEX proposal_receipts_proposal ON proposal_receipts (proposal_id);

-- The dates of a proposal are kept beside those of its own booking: the two never stand in each other's way, everybody else's do.
ALTER TABLE occupancies ADD COLUMN proposal_id INTEGER REFERENCES proposals (id) CHECK (proposal_id IS NULL OR kind = 'booking');
CREATE INDEX occupancies_proposal ON occupancies (proposal_id) WHERE proposal_id IS NOT NULL;
DROP TRIGGER occupancies_no_overlap_on_insert;
DROP TRIGGER occupancies_no_overlap_on_update;
CREATE TRIGGER occupancies_no_overlap_on_insert BEFORE INSERT ON occupancies
WHEN NEW.kind <> 'feed' AND (EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.long = 0
      AND other.busy_until > NEW.busy_from AND other.busy_until < strftime('%Y-%m-%dT%H:%M:%SZ', NEW.busy_until, '+61 days')
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
      AND NOT (other.booking_id IS NEW.booking_id AND (other.proposal_id IS NULL) <> (NEW.proposal_id IS NULL))
) OR EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.long = 1
      AND other.busy_until > NEW.busy_from
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
      AND NOT (other.booking_id IS NEW.booking_id AND (other.proposal_id IS NULL) <> (NEW.proposal_id IS NULL))
)) BEGIN SELECT RAISE(ABORT, 'dates_taken'); END;
CREATE TRIGGER occupancies_no_overlap_on_update BEFORE UPDATE OF part_id, kind, booking_id, proposal_id, start, end, busy_from, busy_until ON occupancies
WHEN NEW.kind <> 'feed' AND (EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.id <> NEW.id AND other.long = 0
      AND other.busy_until > NEW.busy_from AND other.busy_until < strftime('%Y-%m-%dT%H:%M:%SZ', NEW.busy_until, '+61 days')
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
      AND NOT (other.booking_id IS NEW.booking_id AND (other.proposal_id IS NULL) <> (NEW.proposal_id IS NULL))
) OR EXISTS (
    SELECT 1 FROM occupancies AS other
    WHERE other.part_id = NEW.part_id AND other.id <> NEW.id AND other.long = 1
      AND other.busy_until > NEW.busy_from
      AND other.busy_from < NEW.busy_until
      AND NOT (other.busy_until <= NEW.start AND other.end <= NEW.busy_from)
      AND NOT (NEW.busy_until <= other.start AND NEW.end <= other.busy_from)
      AND NOT (other.booking_id IS NEW.booking_id AND (other.proposal_id IS NULL) <> (NEW.proposal_id IS NULL))
)) BEGIN SELECT RAISE(ABORT, 'dates_taken'); END;
"""

GIFT_ORDERS = """
-- A gift somebody is buying: nothing but the promise of one until it is paid.
CREATE TABLE gift_orders (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,                -- GO-XXXX, for people
    guest_id INTEGER NOT NULL REFERENCES guests (id),    -- who buys
    status TEXT NOT NULL CHECK (status IN ('awaiting_payment', 'awaiting_owner', 'paid', 'expired', 'declined', 'cancelled')),
    gift TEXT NOT NULL CHECK (json_valid(gift)),         -- kind, and amount or tariff, extras, length, visits
    total INTEGER NOT NULL CHECK (total > 0),
    currency TEXT NOT NULL,
    recipient TEXT NOT NULL DEFAULT '',
    wish TEXT NOT NULL DEFAULT '',
    deliver_on TEXT,                          -- local date; NULL: as soon as it is paid
    deliver_to INTEGER REFERENCES guests (id),           -- NULL: to who buys, to hand it over
    delivered_at TEXT,
    payment_method TEXT CHECK (payment_method IN ('bank', 'yookassa', 'telegram')),
    expires_at TEXT,
    under_review INTEGER NOT NULL DEFAULT 0 CHECK (under_review IN (0, 1)),
    gift_id INTEGER UNIQUE REFERENCES gifts (id) CHECK ((gift_id IS NOT NULL) = (status = 'paid')),
    reason TEXT NOT NULL DEFAULT '',
    decided_by TEXT,
    decided_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX gift_orders_guest ON gift_orders (guest_id, id);

ALTER TABLE payments ADD COLUMN gift_order_id INTEGER REFERENCES gift_orders (id)
    CHECK (gift_order_id IS NULL OR booking_id IS NULL);
CREATE INDEX payments_gift_order ON payments (gift_order_id) WHERE gift_order_id IS NOT NULL;

CREATE TABLE receipts_again (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER REFERENCES bookings (id),
    gift_order_id INTEGER REFERENCES gift_orders (id) CHECK ((gift_order_id IS NULL) <> (booking_id IS NULL)),
    guest_id INTEGER REFERENCES guests (id),
    kind TEXT NOT NULL CHECK (kind IN ('photo', 'document')),
    file_id TEXT NOT NULL,
    file_unique_id TEXT NOT NULL,
    file_name TEXT NOT NULL DEFAULT '',
    media_group_id TEXT,
    digest TEXT,                              -- sha256 of the content, filled by a worker after download (R46)
    digest_tries INTEGER NOT NULL DEFAULT 0,
    digest_after TEXT,                        -- when the next try is worth it
    sent_at TEXT NOT NULL,                    -- Telegram's message date: on time is judged by it
    received_at TEXT NOT NULL,
    late_seconds INTEGER NOT NULL DEFAULT 0 CHECK (late_seconds >= 0),  -- how long after the hold's end it was sent
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'refused')),
    UNIQUE (booking_id, file_unique_id),
    UNIQUE (gift_order_id, file_unique_id)
) STRICT;
INSERT INTO receipts_again (id, booking_id, guest_id, kind, file_id, file_unique_id, file_name, media_group_id, digest, digest_tries,
    digest_after, sent_at, received_at, late_seconds, state)
SELECT id, booking_id, guest_id, kind, file_id, file_unique_id, file_name, media_group_id, digest, digest_tries,
    digest_after, sent_at, received_at, late_seconds, state FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_again RENAME TO receipts;
CREATE INDEX receipts_file ON receipts (file_unique_id);
CREATE INDEX receipts_undigested ON receipts (id) WHERE digest IS NULL;
CREATE INDEX receipts_digest ON receipts (digest) WHERE digest IS NOT NULL;

CREATE TABLE checkouts_again (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER REFERENCES bookings (id),
    gift_order_id INTEGER REFERENCES gift_orders (id) CHECK ((gift_order_id IS NULL) <> (booking_id IS NULL)),
    proposal_id INTEGER REFERENCES proposals (id) CHECK ((proposal_id IS NOT NULL) = (purpose = 'change')),
    purpose TEXT NOT NULL DEFAULT 'deposit' CHECK (purpose IN ('deposit', 'balance', 'change', 'gift'))
        CHECK ((purpose = 'gift') = (gift_order_id IS NOT NULL)),
    provider TEXT NOT NULL CHECK (provider IN ('yookassa', 'telegram')),
    provider_id TEXT,
    idempotence_key TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    facts TEXT NOT NULL CHECK (json_valid(facts)),   -- the rest of the order as it was first said: the same key, the same words
    state TEXT NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'pending', 'waiting_for_capture', 'succeeded', 'canceled')),
    verdict TEXT CHECK (verdict IN ('capture', 'cancel')),  -- what becomes of authorised money; decided once, before it is done
    confirmation_url TEXT,
    problem TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,         -- in vain, since the last answer
    due_at TEXT,                              -- when the provider is asked next; NULL: never again
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (provider, provider_id),
    CHECK (state = 'created' OR provider_id IS NOT NULL OR state = 'canceled')
) STRICT;
INSERT INTO checkouts_again (id, booking_id, provider, provider_id, idempotence_key, amount, currency, facts, state, verdict,
    confirmation_url, problem, tries, due_at, created_at, updated_at)
SELECT id, booking_id, provider, provider_id, idempotence_key, amount, currency, facts, state, verdict,
    confirmation_url, problem, tries, due_at, created_at, updated_at FROM checkouts;
DROP TABLE checkouts;
ALTER TABLE checkouts_again RENAME TO checkouts;
CREATE UNIQUE INDEX checkouts_open ON checkouts (coalesce(booking_id, 0), coalesce(gift_order_id, 0))
    WHERE state IN ('created', 'pending', 'waiting_for_capture') AND coalesce(verdict, '') <> 'cancel';
CREATE INDEX checkouts_booking ON checkouts (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX checkouts_gift_order ON checkouts (gift_order_id) WHERE gift_order_id IS NOT NULL;
CREATE INDEX checkouts_due ON checkouts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE provider_refunds_again (
    payment_id INTEGER PRIMARY KEY REFERENCES payments (id),   -- the refund's row in the ledger
    booking_id INTEGER REFERENCES bookings (id),               -- what it is about; the money may belong to no booking
    gift_order_id INTEGER REFERENCES gift_orders (id) CHECK ((gift_order_id IS NULL) <> (booking_id IS NULL)),
    provider TEXT NOT NULL CHECK (provider IN ('yookassa', 'telegram')),
    idempotence_key TEXT NOT NULL UNIQUE,
    provider_id TEXT UNIQUE,
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    problem TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    due_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
INSERT INTO provider_refunds_again (payment_id, booking_id, provider, idempotence_key, provider_id, facts, problem, tries, due_at,
    created_at, updated_at)
SELECT payment_id, booking_id, provider, idempotence_key, provider_id, facts, problem, tries, due_at, created_at, updated_at
FROM provider_refunds;
DROP TABLE provider_refunds;
ALTER TABLE provider_refunds_again RENAME TO provider_refunds;
CREATE INDEX provider_refunds_due ON provider_refunds (due_at) WHERE due_at IS NOT NULL;
"""

DAMAGE_DEPOSITS = """
-- What was given against damage: a purse of its own, never part of the price (R54).
CREATE TABLE damage_deposits (
    id INTEGER PRIMARY KEY,
    booking_id INTEGER NOT NULL REFERENCES bookings (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('taken', 'returned', 'kept')),
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('bank', 'cash')),
    comment TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL
) STRICT;
CREATE INDEX damage_deposits_booking ON damage_deposits (booking_id, id);
CREATE TRIGGER damage_deposits_never_below_nothing BEFORE INSERT ON damage_deposits
WHEN NEW.kind <> 'taken' AND NEW.amount > (
    SELECT coalesce(sum(CASE kind WHEN 'taken' THEN amount ELSE -amount END), 0) FROM damage_deposits WHERE booking_id = NEW.booking_id)
BEGIN SELECT RAISE(ABORT, 'more goes back than was taken'); END;
CREATE TRIGGER damage_deposits_are_append_only_update BEFORE UPDATE ON damage_deposits
BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END;
CREATE TRIGGER damage_deposits_are_append_only_delete BEFORE DELETE ON damage_deposits
BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END;
"""

DEEDS = """
CREATE INDEX audit_of_actor ON audit (actor, at, id);
"""

MIGRATIONS: list[tuple[str, str]] = [
    ("the desk opens", BOOKINGS + PEOPLE + IN_AND_OUT),
    ("promo codes", PROMOS),
    ("prices set by hand", HAND_PRICES),
    ("extras stopped for dates", STOPPED_EXTRAS),
    ("refunds name their payment", REFUNDS),
    ("moves of a booking", MOVES),
    ("card payments", CARDS),
    ("gifts", GIFTS),
    ("proposals", PROPOSALS),
    ("gift orders", GIFT_ORDERS),
    ("damage deposits", DAMAGE_DEPOSITS),
    ("what one person has done", DEEDS),
    ("keys of programs", API),
    ("outbound webhooks", WEBHOOKS),
    ("figures of each day", FIGURES),
    ("what other programs send", INBOUND),
]
