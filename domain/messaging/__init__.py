"""What we tell people: a message is a row that decides what was sent, to whom and once; a log never does.

Templates and their languages live here, and the outcome of each sending. When to say what is decided by the contexts
that know the occasion.
"""
