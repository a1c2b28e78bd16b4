"""`suidai demo`: one loan from registration to settlement, through the doors everyone may use."""
