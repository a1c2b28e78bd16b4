"""What runs where on this machine: the state folder, the embedded servers, and the processes `suidai up` looks after.

Nothing here knows the business. Whatever keeps suidai from starting is a `CannotStart`: one sentence that says what to do.
"""
