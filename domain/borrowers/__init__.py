"""Who borrows: a person's account and sessions, and what we have verified of him.

Identity, face, profile, employment, contacts, bank cards and consents are facts about a borrower, each with its source
and its time. What he may borrow is credit's business, what he has borrowed lending's.
"""
