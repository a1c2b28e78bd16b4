"""Outside parties played on this machine: their wire protocols, not their money."""
