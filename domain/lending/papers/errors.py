"""Refusals about papers."""

from domain.shared.errors import DomainError


class LoanNotPaidOut(DomainError):
    code = "LOAN_NOT_PAID_OUT"
    english = "The loan {number} is {status}; there is nothing to state of it before its money is out."
    chinese = "借款 {number} 状态为 {status}，放款前没有可出具的内容。"
    about = ("loanId",)


class LoanNotSettled(DomainError):
    code = "LOAN_NOT_SETTLED"
    english = (
        "The certificate is of a settled loan on which nothing is owed; {number} is {status}, and on {date} {owed} yuan "
        "is owed on it."
    )
    chinese = "结清证明仅对已结清且无欠款的借款出具：借款 {number} 状态为 {status}，{date} 尚欠 {owed} 元。"
    about = ("loanId",)


class NoContractYet(DomainError):
    code = "NO_CONTRACT_YET"
    english = "No contract has been drawn up for loan {number}; it is {status}."
    chinese = "借款 {number} 尚未拟定合同，当前状态为 {status}。"
    about = ("loanId",)
    passing = True


class ContractNotSigned(DomainError):
    code = "CONTRACT_NOT_SIGNED"
    english = "There is no signed document of contract {number}; ask for the contract as it was drawn up."
    chinese = "合同 {number} 尚无已签署的文件，可获取拟定的合同文本。"
    about = ("kind",)
    passing = True


class PeriodNotPossible(DomainError):
    code = "PERIOD_NOT_POSSIBLE"
    english = (
        "A statement of this loan can run from {first} to {last}, the first day not after the last; "
        "{since} to {until} does not."
    )
    chinese = "该笔借款的对账单期间应在 {first} 至 {last} 之内，且起始日不晚于截止日，{since} 至 {until} 不符合。"
    about = ("since", "until")


class PeriodOnlyOfStatement(DomainError):
    code = "PERIOD_ONLY_OF_STATEMENT"
    english = "Only a statement has a period; leave `since` and `until` out."
    chinese = "仅对账单有期间，请不要填写 `since` 和 `until`。"
    about = ("since", "until")


class TooManyPapers(DomainError):
    code = "TOO_MANY_PAPERS"
    english = "{most} papers of loan {number} were asked for within a day; ask again tomorrow."
    chinese = "借款 {number} 一日内已获取 {most} 份文件，请明日再试。"
    passing = True


class LoanMoved(DomainError):
    code = "LOAN_MOVED"
    english = "Something happened to loan {number} while its paper was being made; ask again."
    chinese = "文件生成期间借款 {number} 发生了变动，请重新获取。"
    passing = True


class PaperNotFound(DomainError):
    code = "PAPER_NOT_FOUND"
    english = "There is no paper at this address, or its time is over; ask for it again."
    chinese = "该地址没有文件或已失效，请重新获取。"
