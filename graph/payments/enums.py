"""The states of payments, described."""

from domain.payments import models
from domain.payments.ports import MandateSigning as Signing
from domain.payments.ports import Product
from domain.payments.ports import RefundAbility as Ability
from domain.payments.rules import batching, refunding, states
from domain.payments.services.attempts import Source
from graph.enums import described
from plugins.guarding import BreakerState as Breaker
from plugins.registry import Status

OrderStatus = states.OrderStatus
described(
    OrderStatus,
    "Where a repayment order stands.",
    {
        "CREATED": "Written down; nothing was said to the channel.",
        "PROCESSING": "The channel has it, or may have it.",
        "PAID": "The sum has come.",
        "CLOSED": "It can no longer be paid.",
        "FAILED": "The channel declined it; another try is possible.",
        "MISMATCH": "Money came, but not what was asked; a person looks at it.",
    },
)
AttemptState = states.AttemptState
described(
    AttemptState,
    "What is known of one try at one channel.",
    {
        "SUBMITTING": "It is being sent.",
        "ACTION_REQUIRED": "The borrower has to do something.",
        "PROCESSING": "The channel is at it.",
        "SUCCEEDED": "The money has come.",
        "DECLINED": "The channel said no.",
        "CLOSED": "It can no longer be paid.",
        "NOT_FOUND": "The channel never had it, and never will.",
        "UNKNOWN": "Nobody knows; the channel is asked.",
    },
)
BatchState = batching.BatchState
described(
    BatchState,
    "Where a batch of debits stands.",
    {
        "SUBMITTING": "It is being sent.",
        "UNSENT": "It surely was not sent, and will be again, as it was.",
        "SENT": "The channel has it.",
        "UNKNOWN": "Nobody knows; the channel is asked.",
        "DONE": "Nothing more is asked of it as such.",
        "NOT_SENT": "It was given up before it was sent; its debits go one by one.",
    },
)
ChangeSource = Source
described(
    ChangeSource,
    "Who told us.",
    {
        "ANSWER": "The channel's answer to our call.",
        "NOTICE": "A notice of the channel's own.",
        "QUERY": "The channel, when we asked.",
        "CLOSE": "The channel, when we closed it.",
        "BILL": "The channel's bill.",
        "MANUAL": "A person.",
        "REPLACEMENT": "A newer order that took its place.",
    },
    name="ChangeSource",
)
PaymentMethod = states.PaymentMethod
described(
    PaymentMethod,
    "Who began a payment.",
    {"ACTIVE": "The borrower, by his own hand.", "WITHHOLDING": "The lender, under the borrower's mandate."},
)
MandateSigning = Signing
described(
    MandateSigning,
    "How a mandate is signed at a channel.",
    {
        "PAGE": "On the channel's page.",
        "SMS": "By a code the borrower receives.",
        "NONE": "At once, by asking for it.",
        "OTHER": "Another way, known to the channel.",
    },
    name="MandateSigning",
)
PaymentProduct = Product
described(
    PaymentProduct,
    "The way a borrower pays. A withholding is OTHER: he does not.",
    {
        "PAGE": "A page in a desktop browser.",
        "WAP": "A page in a phone's browser.",
        "APP": "The channel's app, opened from ours.",
        "QR": "A code to be scanned.",
        "JSAPI": "Inside the channel's own browser.",
        "H5": "A phone's browser that opens the channel's app.",
        "OTHER": "Another way, known to the channel.",
    },
    name="PaymentProduct",
)
RefundAbility = Ability
described(
    RefundAbility,
    "How money goes back through a channel.",
    {
        "FULL": "The whole sum of a payment.",
        "PARTIAL": "A part of it.",
        "MULTIPLE": "Several parts, one after another.",
        "OTHER": "Another way, known to the channel.",
    },
    name="RefundAbility",
)
BreakerState = Breaker
described(
    BreakerState,
    "Whether calls to a channel are let through after several of them failed.",
    {
        "CLOSED": "All are.",
        "OPEN": "None is, for a few seconds.",
        "HALF_OPEN": "One is, and decides.",
    },
    name="BreakerState",
)
ChannelStatus = Status
described(
    ChannelStatus,
    "Whether a channel can be used.",
    {
        "READY": "It can.",
        "NOT_CONFIGURED": "It has no settings.",
        "DISABLED": "It is switched off.",
        "DISABLED_BROKEN": "Its plugin or its settings are broken.",
    },
    name="ChannelStatus",
)
UnplacedReason = models.UnplacedReason
described(
    UnplacedReason,
    "Why money that came is not applied to a loan.",
    {
        "WRONG_AMOUNT": "Another sum than was asked.",
        "WRONG_CURRENCY": "Another currency than CNY; it is not in the books.",
        "DOUBLE": "The same wish was paid before.",
        "UNKNOWN_ORDER": "The channel proves a payment by a number we never gave, or have lost.",
        "LOAN_CANNOT_TAKE_IT": "The loan was paid off, or does not run.",
        "REPAYMENT_REVERSED": "It was applied to a loan and taken off it again.",
    },
)
RefundState = refunding.RefundState
described(
    RefundState,
    "Where a refund stands.",
    {
        "REQUESTED": "Written down; nothing was said to the channel.",
        "SUBMITTING": "It is being sent.",
        "PROCESSING": "The channel is at it.",
        "SUCCEEDED": "The money went back.",
        "DECLINED": "The channel said no, or gives nothing back; a person looks at it.",
        "UNKNOWN": "Nobody knows; the channel is asked.",
    },
)
RefundPurpose = refunding.RefundPurpose
described(
    RefundPurpose,
    "Why money goes back.",
    {
        "DOUBLE_PAYMENT": "The same was paid twice.",
        "WRONG_AMOUNT": "Another sum came than was asked.",
        "UNPLACED": "It could not be applied to a loan.",
        "EXCESS": "More was paid than was owed.",
    },
)
Resolution = refunding.Resolution
described(
    Resolution,
    "What became of money on the work list.",
    {
        "REFUNDED": "It went back.",
        "APPLIED": "It was applied to a loan.",
        "CLOSED": "A person saw to it; the books hold nothing of it.",
    },
)
