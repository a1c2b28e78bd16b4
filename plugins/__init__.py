"""Payment channels and other outside parties, discovered by entry points of group `suidai.plugins`."""
