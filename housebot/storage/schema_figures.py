"""Owns the table of what each day came to: history that outlives counters in memory and whoever scrapes them."""

FIGURES = """
CREATE TABLE daily_figures (
    day TEXT NOT NULL,                        -- local date of the desk
    name TEXT NOT NULL,                       -- bookings.made, nights.sold, money.received, …
    unit TEXT NOT NULL DEFAULT '',            -- empty: of the whole desk
    currency TEXT NOT NULL DEFAULT '',        -- empty: no money
    value INTEGER NOT NULL,
    PRIMARY KEY (day, name, unit, currency)
) STRICT, WITHOUT ROWID;

-- Money by the day it came or went.
CREATE INDEX payments_done_at ON payments (updated_at) WHERE state = 'done';
"""
