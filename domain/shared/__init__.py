"""What every context stands on: money, days, ids, errors, the database, outbox and inbox, secrets."""
