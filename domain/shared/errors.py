"""How the business says no: a refusal with a stable code, made of facts, that composes its own sentence."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal the asker can understand and mend. Everything else that is raised is a bug.

    A subclass sets `code` (stable, for programs) and `english` and `chinese` (sentences with the facts in braces), and
    is raised with the facts as keywords. `fields` names the parts of the input it is about, in the API's own words; where
    these are always the same, `about` says so once.
    A `passing` refusal may come out otherwise a moment later, so it is not kept against an idempotency key.
    """

    code: ClassVar[str]
    english: ClassVar[str]
    chinese: ClassVar[str]
    about: ClassVar[tuple[str, ...]] = ()
    passing: ClassVar[bool] = False

    def __init__(self, *, fields: tuple[str, ...] | None = None, **facts: object) -> None:
        self.fields = self.about if fields is None else fields
        self.facts = facts
        super().__init__(self.message("en"))

    def message(self, language: str) -> str:
        """The sentence in `zh-CN` or `en`."""
        template = self.chinese if language.startswith("zh") else self.english
        return template.format(**self.facts)
