"""The words and formulas of explanations, in both languages. Symbols are those of the filled-in text."""

from collections.abc import Iterable, Mapping

from domain.lending.rules.explaining.explanation import Text, What

NAMES: Mapping[What, Text] = {
    What.PENALTY: Text("罚息", "penalty"),
    What.INTEREST: Text("利息", "interest"),
    What.PRINCIPAL: Text("本金", "principal"),
    What.DUE: Text("到期应还", "due"),
    What.ACCRUED: Text("应计利息", "accrued interest"),
    What.UNDUE: Text("未到期本金", "principal not due yet"),
    What.PREPAYMENT_FEE: Text("提前还款手续费", "prepayment fee"),
    What.PAYOFF: Text("提前结清金额", "payoff"),
    What.EXCESS: Text("溢缴款", "excess"),
    What.DAYS_PAST_DUE: Text("逾期天数", "days past due"),
}

PENALTY = Text(
    "罚息 = 四舍五入(Σ b × r × m × f) − 已还 − 减免；b 为逾期未还金额，f 为天数占年比例，到期日起算，还清为止，不计复利",
    "penalty = round(Σ b × r × m × f) − paid − waived; b is what is unpaid of what bears penalty, f the part of a year, "
    "from the due date until it is paid; it bears no penalty itself",
)
INTEREST = Text(
    "利息 = Σ 四舍五入(Σ B × r × f) − 已还 − 减免；B 为未到期本金余额，f 为天数占年比例",
    "interest = Σ round(Σ B × r × f) − paid − waived; B is the principal not due yet, f the part of a year",
)
ACCRUED = Text(
    "应计利息 = 四舍五入(Σ B × r × f) + 已提前计出而未还的利息",
    "accrued = round(Σ B × r × f) + interest made whole early and unpaid; B is the principal not due yet",
)
DUE = Text(
    "到期应还 = 各期已到期而未还的罚息、利息、本金之和",
    "due = what is unpaid of the penalty, interest and principal of every installment that fell due",
)
UNDUE = Text(
    "未到期本金 = 各期尚未到期而未还的本金之和",
    "principal not due yet = what is unpaid of the principal of every installment that has not fallen due",
)
FEE = Text("提前还款手续费 = 四舍五入(U × e)", "prepayment fee = round(U × e)")
PAYOFF = Text("提前结清金额 = 到期应还 + 应计利息 + 未到期本金 + 手续费", "payoff = due + accrued + not due yet + fee")
EXCESS = Text("溢缴款 = 多付之和 − 已退", "excess = what payments left over − what was refunded")
DAYS = Text(
    "逾期天数 = 当日 − 最早一期未还本息超过起算金额者的到期日；宽限期内为 0",
    "days past due = the day − the due date of the oldest installment with more principal and interest unpaid than the "
    "threshold; 0 through its days of grace",
)

DUE_DATE = Text("到期日", "due date")
GRACE = Text("宽限期", "days of grace")
DAY_COUNT = Text("计息基准", "day count")
PENALTY_DAY_COUNT = Text("罚息计息基准", "day count of penalty")


def principal(rule: Text, level: Text, symbols: Iterable[str]) -> Text:
    """The formula of an installment's principal, by a rule in symbols, of which those it uses are said."""
    used = [level if symbol == "A" else _SYMBOLS[symbol] for symbol in symbols]
    return Text(
        f"本金 = {rule.zh} − 已还{''.join(f'；{text.zh}' for text in used)}",
        f"principal = {rule.en} − paid{''.join(f'; {text.en}' for text in used)}",
    )


_SYMBOLS: Mapping[str, Text] = {
    "I": Text("I 为该期利息", "I is the interest of its period"),
    "B": Text("B 为该期前本金余额", "B is the balance before it"),
    "t": Text("t 为并入的末期尾款", "t is a last installment too small to stand alone"),
    "s": Text("s 为该期此前已还本金", "s is what of it was paid before"),
}

LEVEL_KEPT = Text("A 沿用签约时计划的每期固定额", "A is what stayed level in the plan at signing, and is kept")


def level(rule: str | None) -> Text:
    """What A is, by the method's own rule if it says one."""
    if rule is None:
        return Text("A 为每期固定额", "A is what stays level")
    return Text(
        f"A = 四舍五入({rule})，S 为计划所分摊的本金", f"A = round({rule}), S is the principal that its plan spreads"
    )
