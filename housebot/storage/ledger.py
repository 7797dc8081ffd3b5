"""Owns the one sum over the ledger: what has been paid for a booking (R44)."""

# Confirmed payments and corrections less done refunds, of the booking the placeholder names.
NET = """
    SELECT coalesce(sum(CASE kind WHEN 'refund' THEN -amount ELSE amount END), 0)
    FROM payments WHERE booking_id = {booking} AND state = 'done'
"""
