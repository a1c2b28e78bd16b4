"""What messaging decides, as pure functions: what may follow what, when it is too late to disturb, how a wording is filled."""
