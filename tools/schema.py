"""Write the committed schema from the code: `uv run python -m tools.schema`."""

from pathlib import Path

from graph.schema import make_schema

SNAPSHOT = Path(__file__).parents[1] / "graph" / "schema.graphql"

if __name__ == "__main__":
    SNAPSHOT.write_text(make_schema(in_order=True).as_str() + "\n")
