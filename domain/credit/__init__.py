"""Whether and how much a person may borrow: application, reports on him, human review, risk decision, credit line.

A credit line says what may be owed at once; a loan reserves from it and gives back to it. What a loan costs and how it
runs is lending's business.
"""
