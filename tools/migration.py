"""Write the next migration: what the models say and the migrations do not, compared on a throw-away server."""

import sys

from alembic import command

from suidai.runtime import migrations
from tests.database import Run, servers


def main(message: str) -> None:
    head = migrations.head_revision()
    run = Run()
    try:
        at = servers(run.base)
        number = f"{int(head or 0) + 1:04d}"
        command.revision(migrations.config(at.database_url(at.template)), message, autogenerate=True, rev_id=number)
    finally:
        run.end()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m tools.migration "What it does"')
    main(sys.argv[1])
