"""An act that must be refused, said in a line: what is wrong with it, the code, the field it is about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Protocol
from uuid import UUID

from graph.ids import global_id
from tests.graph.api import Json
from tests.graph.town import Town, key

Given = Callable[[Town], Json | Awaitable[Json]]


@dataclass(frozen=True)
class Refusal:
    """An act with an input that must be refused: with which code, about which field, saying which fact."""

    act: str
    what: str
    given: Given
    code: str
    field: str | None = None
    says: str = ""
    who: str = "debtor"
    leaves: frozenset[str] = frozenset()
    """Tables in which even a refused attempt leaves a trace."""

    def __str__(self) -> str:
        return f"{self.act}: {self.what}"

    async def holds(self, town: Town) -> None:
        """Told in both languages, with HTTP 200; and all the database is as it was."""
        given = [await self._given(town) for _ in range(2)]
        token = await town.token(self.who)
        kept = self.leaves | ({"idempotency_keys"} if "idempotencyKey" in given[0] else frozenset())
        before = await town.state(kept), await town.acts_done()

        english = await town.api.do(self.act, given[0], token=token, accept_language="en-GB")
        chinese = await town.api.do(self.act, given[1], token=token, accept_language="zh-CN,zh;q=0.9")

        assert english["__typename"] == chinese["__typename"] == "Problem", (english, chinese)
        assert (await town.state(kept), await town.acts_done()) == before, "something was changed"
        for told in (english, chinese):
            assert (told["code"], told["field"]) == (self.code, self.field.split(" ") if self.field else None), told
            assert "{" not in told["message"], told
        assert self.says in english["message"], english
        assert english["message"].endswith("."), english
        assert chinese["message"].endswith("。"), chinese

    async def _given(self, town: Town) -> Json:
        given = self.given(town)
        return await given if isawaitable(given) else given


class Refusing(Protocol):
    """Says a refusal of an act by what its input differs in. Things of the town go by the names it gave them."""

    def __call__(
        self,
        what: str,
        code: str,
        field: str | None = None,
        says: str = "",
        /,
        *,
        who: str = "",
        leaves: frozenset[str] = frozenset(),
        **changes: object,
    ) -> Refusal: ...


def refusing(act: str, by: str, usual: Json, *, once: bool = True) -> Refusing:
    """How to say refusals of an act that is usually asked `by` somebody like this, once per idempotency key or not."""

    def refusal(
        what: str,
        code: str,
        field: str | None = None,
        says: str = "",
        /,
        *,
        who: str = "",
        leaves: frozenset[str] = frozenset(),
        **changes: object,
    ) -> Refusal:
        def given(town: Town) -> Json:
            asked = ({"idempotencyKey": key()} if once else {}) | usual | changes
            return {name: town.ids.get(part, part) if isinstance(part, str) else part for name, part in asked.items()}

        return Refusal(act, what, given, code, field, says, who=who or by, leaves=leaves)

    return refusal


def nowhere(kind: str) -> str:
    """The id of none; the same in every process, for it is part of names of tests."""
    return global_id(kind, UUID(int=1))
