"""Write docs/problems.md, every refusal the business can make, from the code: `uv run python -m tools.problems`."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import domain
import graph
import plugins
from domain.shared.errors import DomainError

PAGE = Path(__file__).parents[1] / "docs" / "problems.md"
HEAD = """# Problems

Every refusal the business can make: the stable `code` of a `Problem`, or of `errors[].extensions` where a query has no
room for one. Facts stand in braces. Written from the code by `python -m tools.problems`.

| code | English | 中文 |
|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    for package in (domain, graph, plugins):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    spoken = {kind.code: kind for kind in _refusals(DomainError) if "code" in vars(kind) and _ours(kind)}
    return HEAD + "".join(f"| `{code}` | {kind.english} | {kind.chinese} |\n" for code, kind in sorted(spoken.items()))


def _refusals(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _refusals(each)


def _ours(kind: type[DomainError]) -> bool:
    return kind.__module__.startswith(("domain.", "graph.", "plugins."))  # tests make refusals of their own


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
