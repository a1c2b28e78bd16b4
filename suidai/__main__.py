"""`python -m suidai` is `suidai`."""

from suidai.cli import main

main()
