# `just` alone lists this. Nothing here needs more than uv.

_list:
    @just --list

# Start everything on this machine.
up:
    uv run suidai up

# The whole suite, or what is named: just test tests/suidai -k signal
test *arguments:
    uv run pytest {{arguments}}

# What CI runs.
check:
    uv run pytest
    tools/check

# What the engine costs in time, beside something else in the same run: just bench --quick
bench *arguments:
    uv run --group bench python -m bench {{arguments}}

# Some hundreds of orders with faults and kills in between, judged to the fen: just chaos --seed 7 --orders 400
chaos *arguments:
    uv run python -m tests.journeys.chaos {{arguments}}

# Put imports and lines in order.
format:
    uv run ruff check --fix
    uv run ruff format

# Write a migration from what the models say and the migrations do not: just migration "Give loans a colour"
migration message:
    uv run python -m tools.migration "{{message}}"

# Write the pins for deployments without uv anew.
requirements:
    uv export --no-header --no-annotate --format requirements-txt --no-emit-project --no-dev --output-file requirements.txt

# Write the committed GraphQL schema anew.
schema:
    uv run python -m tools.schema

# Write the page of problems anew.
problems:
    uv run python -m tools.problems
