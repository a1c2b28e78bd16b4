"""Refusals of simulations."""

from domain.shared.errors import DomainError


class RepaymentReversed(DomainError):
    code = "REPAYMENT_REVERSED"
    english = "The repayment {number} is reversed already."
    chinese = "还款 {number} 已被冲正。"


class TooManyEvents(DomainError):
    code = "TOO_MANY_EVENTS"
    english = "At most {most} events can be supposed at once; {count} were given."
    chinese = "一次最多模拟 {most} 个事件，收到 {count} 个。"
    about = ("events",)


class SupposedEventUnclear(DomainError):
    code = "SUPPOSED_EVENT_UNCLEAR"
    english = "A {kind} is supposed with {needs} and nothing else; given are {given}."
    chinese = "模拟 {kind} 须且只能填写：{needs}；收到：{given}。"


class SupposedEventNotAllowed(DomainError):
    code = "SUPPOSED_EVENT_NOT_ALLOWED"
    english = "A borrower supposes payments only, of today or a later day."
    chinese = "借款人只能模拟今天或以后的还款。"


class SimulationNotFound(DomainError):
    code = "SIMULATION_NOT_FOUND"
    english = "There is no such simulation of yours."
    chinese = "您没有这一模拟。"
    about = ("simulationId",)


class SimulationUsed(DomainError):
    code = "SIMULATION_USED"
    english = "The simulation was committed on {date}; make a new one for another act."
    chinese = "该模拟已于 {date} 执行；如需再次操作请重新模拟。"
    about = ("simulationId",)


class SimulationLapsed(DomainError):
    code = "SIMULATION_LAPSED"
    english = "The simulation could be committed until {valid_until}; simulate again."
    chinese = "该模拟的有效期至 {valid_until}，请重新模拟。"
    about = ("simulationId",)


class SimulationStale(DomainError):
    code = "SIMULATION_STALE"
    english = "Since the simulation this has happened to loan {number}: {what}. Simulate again."
    chinese = "模拟之后借款 {number} 发生了变化：{what}。请重新模拟。"
    about = ("simulationId",)


class SimulationNotCommittable(DomainError):
    code = "SIMULATION_NOT_COMMITTABLE"
    english = (
        "This simulation can only be looked at. A borrower commits one payment of today, the cashier payments, finance "
        "payments, waivers, reversals and write-offs, none of them later than today."
    )
    chinese = "该模拟仅供查看。借款人可执行一笔当日还款，出纳可执行还款，财务可执行还款、减免、冲正与核销，日期均不得晚于今天。"
    about = ("simulationId",)


class PaymentWayMissing(DomainError):
    code = "PAYMENT_WAY_MISSING"
    english = "Say in which way it will be paid: a product of a channel, as paymentChannels lists them."
    chinese = "请指定支付方式，参见 paymentChannels 列出的 products。"
    about = ("product",)
