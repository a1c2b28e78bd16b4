"""Steps with the parties of a loan: claim, call, record. No transaction is open while a party is called."""
