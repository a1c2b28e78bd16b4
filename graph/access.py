"""Who may use a field, denied by default: every root field is made by `query` or `mutation` here and names its askers."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from typing_extensions import override

from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.errors import DomainError
from graph.context import Context
from graph.limits import MUTATIONS_PER_ACTOR
from graph.scalars import Unreadable
from graph.standing import must_stand

Rule = Callable[[Actor], bool]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON can say and no database can hold."""
_TEXT = ("text: a NUL or half a surrogate pair is in it", "文本：含有空字符或不完整的代理对")


class NotLoggedIn(DomainError):
    code = "NOT_LOGGED_IN"
    english = "Log in first: send `Authorization: Bearer <access token>`."
    chinese = "请先登录：请携带 `Authorization: Bearer <访问令牌>`。"
    passing = True


class Forbidden(DomainError):
    code = "FORBIDDEN"
    english = "Your role does not allow this."
    chinese = "您的角色无权执行此操作。"
    passing = True


class UnreadableInput(DomainError):
    code = "UNREADABLE_INPUT"
    english = "{text} is not {wanted_en}."
    chinese = "{text} 不是{wanted_zh}。"


def anyone(_actor: Actor) -> bool:
    return True


def borrower(actor: Actor) -> bool:
    return actor.kind is ActorKind.BORROWER


def any_staff(actor: Actor) -> bool:
    return actor.kind is ActorKind.STAFF


def logged_in(actor: Actor) -> bool:
    return actor.kind in (ActorKind.BORROWER, ActorKind.STAFF)


def staff(*roles: Role) -> Rule:
    def rule(actor: Actor) -> bool:
        return actor.has(*roles)

    return rule


def check(context: Context, rule: Rule) -> None:
    """Raises the refusal of the asker's token, NotLoggedIn or Forbidden."""
    if rule(context.actor):
        return
    if context.refusal is not None:
        raise context.refusal
    raise NotLoggedIn if context.actor.kind is ActorKind.ANONYMOUS else Forbidden


def _unreadable(value: object, path: str) -> Iterator[tuple[Unreadable, str]]:
    """What could not be read, and where in the input it stands, such as "contacts.1.phone"."""
    if isinstance(value, Unreadable):
        yield value, path
    elif isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield Unreadable("String", json.dumps(value), *_TEXT), path
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from _unreadable(getattr(value, part.name), _within(path, to_camel_case(part.name)))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _unreadable(item, _within(path, str(index)))


def _within(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


class Guard(FieldExtension):
    """Checks the asker, and that every scalar of the input could be read; then lets the resolver work.

    One that `acts` for somebody is also counted, and refused when his log-in has ended.
    """

    def __init__(self, rule: Rule, *, acts: bool = False) -> None:
        self.rule = rule
        self.acts = acts and rule is not anyone

    @override
    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        check(info.context, self.rule)
        if self.acts:
            await info.context.house.limits.count(MUTATIONS_PER_ACTOR, "mutations", info.context.actor.name)
        _must_be_readable(kwargs)
        if self.acts:
            await must_stand(info.context)
        return await next_(source, info, **kwargs)


class Legible(FieldExtension):
    """Checks that every scalar of the arguments could be read."""

    @override
    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        _must_be_readable(kwargs)
        return await next_(source, info, **kwargs)


def _must_be_readable(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        for unreadable, path in _unreadable(value, "" if name == "input" else to_camel_case(name)):
            raise UnreadableInput(
                text=unreadable.text[:80],
                wanted_en=unreadable.wanted_en,
                wanted_zh=unreadable.wanted_zh,
                fields=(path,),
            )


def asked(description: str) -> Callable[[Any], StrawberryField]:
    """A field of a type that takes arguments; who may see the type may ask it."""
    return strawberry.field(description=description, extensions=[Legible()])


def query(rule: Rule, description: str) -> Callable[[Any], StrawberryField]:
    """A root field of Query, or a field behind a permission, that `rule` lets through."""
    return strawberry.field(description=description, extensions=[Guard(rule)])


def mutation(rule: Rule, description: str) -> Callable[[Any], StrawberryField]:
    """A root field of Mutation that `rule` lets through, so many times a minute, while the asker's log-in stands."""
    return strawberry.mutation(description=description, extensions=[Guard(rule, acts=True)])
