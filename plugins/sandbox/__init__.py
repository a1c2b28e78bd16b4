"""Outside parties played on this machine: their wire protocols, not their money.

Each party remembers for itself, in one file of its own beside ours, and knows nothing of our database. What it decides
follows from what it is asked by rules that its first page lists, so that every refusal can be had on purpose.
"""
