"""Owns the tables of outbound webhooks: who is told, of what, and every try (A6)."""

WEBHOOKS = """
CREATE TABLE webhook_endpoints (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,                        -- sealed: whoever knows it may be able to write there
    host TEXT NOT NULL,                       -- all of it that lists, alerts and logs show
    events TEXT NOT NULL CHECK (json_valid(events)),
    secret TEXT NOT NULL,                     -- sealed
    older_secret TEXT,                        -- sealed; signs beside the other until it is dropped
    state TEXT NOT NULL CHECK (state IN ('active', 'off', 'removed')),
    told_at TEXT,                             -- since when the owners know that it does not answer
    actor TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE webhook_events (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,                       -- letter for letter what every try sends and signs
    created_at TEXT NOT NULL
) STRICT;

CREATE INDEX webhook_events_created ON webhook_events (created_at);

CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY,
    event_id INTEGER NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
    endpoint_id INTEGER NOT NULL REFERENCES webhook_endpoints (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given_up', 'dropped')),
    tries INTEGER NOT NULL DEFAULT 0,
    tries_before INTEGER NOT NULL DEFAULT 0,  -- made before it was asked for last: pauses are counted from there
    since TEXT NOT NULL,                      -- when it was asked for last: patience is counted from there
    due_at TEXT,                              -- of a try that is on its way: when it is taken for lost
    updated_at TEXT NOT NULL,
    UNIQUE (event_id, endpoint_id),
    CHECK ((state = 'waiting') = (due_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_updated ON webhook_deliveries (updated_at) WHERE due_at IS NULL;

CREATE TABLE webhook_tries (
    id INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    status INTEGER,                           -- of the answer; NULL where there was none
    problem TEXT,                             -- NULL while it is on its way, or where the desk was stopped meanwhile
    milliseconds INTEGER,
    UNIQUE (delivery_id, number)
) STRICT;
"""
