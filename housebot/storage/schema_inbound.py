"""Owns the tables of what other programs send: notifications kept for good as digests, orders of Bukza, talks through SendPulse (A5)."""

INBOUND = """
-- A body that was worked through is forgotten after a while; its digest stays, so that a copy that comes later has no effect.
DROP INDEX notifications_old;
CREATE INDEX notifications_whole ON notifications (received_at) WHERE state = 'done' AND body <> x'';

-- An order of Bukza, as it was told last, and what became of it here.
CREATE TABLE bukza_orders (
    number TEXT PRIMARY KEY,
    reservation TEXT NOT NULL DEFAULT '',
    said TEXT NOT NULL CHECK (json_valid(said)),
    applied TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(applied)),     -- of that what the booking was made of last
    changed_at TEXT,                          -- Bukza's own time of that change, where it tells one
    rank INTEGER NOT NULL,                    -- of two changes of one time the further one counts
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'booked', 'conflict', 'refused', 'cancelled')),
    booking_id INTEGER UNIQUE REFERENCES bookings (id),
    collides TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(collides)),   -- bookings that have its dates, both are flagged
    problem TEXT NOT NULL DEFAULT '',
    paid INTEGER NOT NULL DEFAULT 0 CHECK (paid >= 0),                  -- written into the ledger so far, minor units
    retry_at TEXT,                            -- when its dates are asked for again
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK (state <> 'booked' OR booking_id IS NOT NULL)
) STRICT;
CREATE INDEX bukza_orders_retry ON bukza_orders (retry_at) WHERE retry_at IS NOT NULL;

-- People who write in another messenger, and what they wrote: the inbox per contact.
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    service TEXT NOT NULL,                    -- telegram, instagram, whatsapp, ...
    external_id TEXT NOT NULL,
    bot TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    phone TEXT,
    language TEXT NOT NULL DEFAULT 'ru',
    answered_at TEXT,                         -- when we last answered by ourselves
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (provider, service, external_id)
) STRICT;
CREATE TABLE contact_messages (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    event TEXT NOT NULL UNIQUE,               -- the provider's own id, or a digest: one event is one row
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    text TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX contact_messages_contact ON contact_messages (contact_id, id);
CREATE TABLE contact_answers (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'sending', 'sent', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    due_at TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX contact_answers_due ON contact_answers (due_at) WHERE state IN ('new', 'sending');
"""
