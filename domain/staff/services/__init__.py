"""What staff does: members and their log-ins, changes that take two people."""
