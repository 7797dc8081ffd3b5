"""Owns the tables of the REST API: who may use it, and what it has answered already (A1, A4)."""

API = """
-- Keys of programs: the secret is shown once and never kept, only its digest (A4).
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT NOT NULL CHECK (json_valid(scopes)),
    per_minute INTEGER CHECK (per_minute >= 0),   -- NULL: the desk's limit; 0: none
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) STRICT;

-- What a request with an Idempotency-Key was answered, in the transaction of its effect (A1).
CREATE TABLE idempotent_answers (
    credential TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,                     -- of method, path and body
    status INTEGER NOT NULL,
    headers TEXT NOT NULL CHECK (json_valid(headers)),
    body BLOB NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (credential, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_answers_old ON idempotent_answers (at);
"""
