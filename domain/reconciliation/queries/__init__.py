"""Every select on the tables of reconciliation, by topic. The order of locks is bill by day, discrepancy, ledger."""
