"""Explanations as tables a borrower can follow, each ending in its figure."""

from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from domain.lending.rules.events import Event, ExcessRefunded, Key, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.explaining import Explanation, PartKind, Rounding, Segment, Text, What, Why
from domain.lending.rules.explaining.numbers import decimal_text, exact_yuan
from domain.lending.rules.explaining.words import NAMES
from domain.shared.money import yuan

_WORDS: Mapping[str, Text] = {
    "installment": Text("第 {n} 期", "installment {n}"),
    "values": Text("取值", "values"),
    "from": Text("起", "from"),
    "to": Text("止（不含）", "until"),
    "days": Text("天数", "days"),
    "balance": Text("计算基数", "balance"),
    "rate": Text("年利率", "rate a year"),
    "years": Text("占年比例", "part of a year"),
    "exact": Text("精确金额", "exactly"),
    "then": Text("之后", "then"),
    "plans": Text("计划变动", "plans"),
    "date": Text("日期", "date"),
    "asked": Text("该期应还", "it asks"),
    "was": Text("此前", "before"),
    "plan": Text("计划", "plan"),
    "parts": Text("冲抵明细", "paid, waived, reversed"),
    "what": Text("事项", "what"),
    "amount": Text("金额", "amount"),
    "made of": Text("构成", "made of"),
    "rounded": Text("四舍五入（{why}）", "rounded half up: {why}"),
    "carried": Text("上次舍入余差", "left over from the last rounding"),
    "signed": Text("签约时计划", "the plan at signing"),
    "gone": Text("新计划不再包含该期", "a new plan that ends before it"),
    "anew": Text("提前还款后第 {place}/{of} 期", "made anew after a prepayment, {place} of {of}"),
    "result": Text("结果", "result"),
    "day unit": Text("{days} 天", "{days} days"),
    "forecast": Text("预计", "to come"),
}

_WHOLE = {"from", "to", "date", "days", "balance", "exact", "amount", "was", "asked"}
"""Columns that are not broken in a narrow terminal."""

_NARROW: Mapping[str, int] = {"rate": 8, "years": 8}
"""Columns whose heads may be broken, so that words have room beside sums."""

_WHY: Mapping[Why, Text] = {
    Why.DUE: Text("到期出账", "it fell due"),
    Why.EARLY: Text("到期前还款", "money came early"),
    Why.WRITTEN_OFF: Text("核销", "written off"),
    Why.FORECAST: Text("到期时", "when it falls due"),
    Why.ASKED: Text("查询日", "on the day asked"),
}

_KINDS: Mapping[PartKind, Text] = {
    PartKind.PAID: Text("已还", "paid"),
    PartKind.WAIVED: Text("减免", "waived"),
    PartKind.REVERSED: Text("已冲正，不计", "reversed, does not count"),
    PartKind.HELD: Text("多付", "left over"),
    PartKind.REFUNDED: Text("已退", "sent back"),
}

_EVENTS: Mapping[type[object], Text] = {
    Paid: Text("还款", "payment"),
    Waived: Text("减免", "waiver"),
    Reversed: Text("冲正", "reversal"),
    WrittenOff: Text("核销", "write-off"),
    ExcessRefunded: Text("退款", "refund"),
}


def show(name: str, told: Sequence[Explanation], happened: Mapping[Key, Event], language: str) -> None:
    """Print explanations one under the other."""
    console = Console(highlight=False)
    for each in told:
        _Told(console, each, happened, language).show(name)


class _Told:
    """One explanation being printed, in one language."""

    def __init__(self, console: Console, told: Explanation, happened: Mapping[Key, Event], language: str) -> None:
        self._console, self._told, self._happened, self._language = console, told, happened, language

    def show(self, name: str) -> None:
        told = self._told
        of_row = f", {self._word('installment').format(n=told.n)}" if told.n else ""
        self._console.print(f"\n[bold]{escape(name)}{of_row}, {told.on}: {self._name(told.what)}[/bold]")
        self._console.print(escape(told.formula.spoken(self._language)))
        for table in (*self._values(), *self._days(), *self._plans(), *self._sum(), *self._parts()):
            self._console.print(table)
            self._console.print()
        for note in told.notes:
            self._console.print(escape(note.spoken(self._language)))
        self._console.print(f"{escape(told.filled)}\n[bold]{self._name(told.what)}: {self._result()}[/bold]")

    def _word(self, word: str) -> str:
        return _WORDS[word].spoken(self._language)

    def _name(self, what: What) -> str:
        return NAMES[what].spoken(self._language)

    def _result(self) -> str:
        told = self._told
        if told.what is What.DAYS_PAST_DUE:
            return self._word("day unit").format(days=told.result)
        return yuan(told.result)

    def _table(self, title: str, *columns: str, right: Sequence[str] = ()) -> Table:
        table = Table(
            title=title and self._word(title),
            title_justify="left",
            box=SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=0,
        )
        for column in columns:
            table.add_column(
                self._word(column),
                justify="right" if column in right else "left",
                no_wrap=column in _WHOLE,
                overflow="fold",
                max_width=_NARROW.get(column),
            )
        return table

    def _values(self) -> Iterator[Table]:
        if self._told.inputs:
            table = Table(title=self._word("values"), title_justify="left", show_header=False, box=None)
            for value in self._told.inputs:
                table.add_row(value.symbol, value.label.spoken(self._language), escape(value.value))
            yield table

    def _days(self) -> Iterator[Table]:
        told = self._told
        if not told.segments:
            return
        right = ("days", "balance", "rate", "years", "exact")
        table = self._table("", "from", "to", "days", "balance", "rate", "years", "exact", "then", right=right)
        for number, rounding in enumerate(told.roundings):
            if rounding.carried_fen:
                table.add_row(*[""] * 6, exact_yuan(rounding.carried_fen), self._word("carried"))
            for segment in told.segments:
                if segment.rounding == number:
                    table.add_row(*self._segment(segment))
            table.add_row(*self._rounding(rounding), end_section=True)
        yield table

    def _segment(self, segment: Segment) -> Iterator[str]:
        yield from (segment.start.isoformat(), segment.end.isoformat(), str(segment.days), yuan(segment.balance_fen))
        yield from (decimal_text(segment.rate), segment.years_text, exact_yuan(segment.exact_fen))
        then = self._event(segment.event) if segment.event is not None else ""
        yield self._word("forecast") if segment.forecast else then

    def _rounding(self, rounding: Rounding) -> Iterator[str]:
        why = self._word("rounded").format(why=_WHY[rounding.why].spoken(self._language))
        yield from (rounding.on.isoformat(), "", "", "", "", "", yuan(rounding.rounded_fen), why)

    def _plans(self) -> Iterator[Table]:
        if self._told.changes:
            table = self._table("plans", "date", "plan", "was", "asked", right=("was", "asked"))
            for change in self._told.changes:
                word = "signed" if change.event is None else "anew" if change.place else "gone"
                plan = self._word(word).format(place=change.place, of=change.of)
                table.add_row(change.on.isoformat(), plan, yuan(change.before_fen), yuan(change.after_fen))
            yield table

    def _sum(self) -> Iterator[Table]:
        if self._told.addends:
            table = self._table("made of", "what", "amount", right=("amount",))
            for addend in self._told.addends:
                row = f"{self._word('installment').format(n=addend.n)}: " if addend.n else ""
                table.add_row(f"{row}{self._name(addend.what)}", yuan(addend.amount_fen))
            yield table

    def _parts(self) -> Iterator[Table]:
        if self._told.parts:
            table = self._table("parts", "date", "what", "amount", right=("amount",))
            for part in self._told.parts:
                kind = _KINDS[part.kind].spoken(self._language)
                table.add_row(part.on.isoformat(), f"{kind} ({self._event(part.event)})", yuan(part.amount_fen))
            yield table

    def _event(self, key: Key) -> str:
        """What happened, and of money how much."""
        event = self._happened[key]
        amount = f" {yuan(event.amount_fen)}" if isinstance(event, Paid | ExcessRefunded) else ""
        return f"{_EVENTS[type(event)].spoken(self._language)}{amount}"
