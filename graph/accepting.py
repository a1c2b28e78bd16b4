"""What a client accepts: the media type and the language of an answer."""

from dataclasses import dataclass

RESPONSE = "application/graphql-response+json"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client can read. An `old` one, who names only plain JSON, looks for errors in the body of a 200."""

    media_type: str = JSON
    old: bool = False


def acceptable(accept: str) -> Answer | None:
    """The media type the client likes best, of equals the one he names first. None: none that we can give."""
    wanted = {name: weight for name, weight in _weights(accept).items() if weight > 0}
    if named := [name for name in wanted if name in {RESPONSE, JSON}]:
        best = max(named, key=lambda name: wanted[name])
        return Answer(best, old=RESPONSE not in named)
    return Answer() if not accept.strip() or wanted.keys() & {"*/*", "application/*"} else None


def language_of(accept: str) -> str:
    """Of our two languages the one the asker likes better; English when he names neither."""
    wanted = _weights(accept)
    ours = {name: weight for name, weight in wanted.items() if name.startswith(("zh", "en")) and weight > 0}
    best = max(ours, key=lambda name: ours[name], default="en")
    return "zh-CN" if best.startswith("zh") else "en"


def _weights(accept: str) -> dict[str, float]:
    """What is named by how much it is wanted, in the order in which it is named."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name:
            weights[name] = next((_number(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
    return weights


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
