"""A message goes out once: queued once, claimed once, asked about when nobody knows, quiet at night."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from domain.messaging import flows, queries, services
from domain.messaging.models import Message, MessageStatus, MessageTemplate
from domain.messaging.ports import Sms, SmsResult, SmsState
from domain.messaging.rules.wording import ParamMissing
from domain.messaging.templates import WORDINGS
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.outbox import OutboxRow
from domain.shared.parties import PartyError, PartyFault
from domain.shared.policy import PolicyValue
from domain.shared.secret import SecretStr
from domain.shared.wire import Callback, Headers, RawRequest, SignatureError

NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 1, 15, 15, 0, tzinfo=UTC)
MORNING = datetime(2026, 1, 16, 0, 0, tzinfo=UTC)
PHONE = "+8613800001234"
DUE = {"number": "LN1", "n": "3", "amount": "1079.71", "due": "2026-01-17"}

SENT = SmsResult(SmsState.SENT, provider_ref="S-1")
TIMEOUT = SmsResult(SmsState.UNKNOWN, error=PartyError(PartyFault.TIMEOUT))
UNREACHED = SmsResult(SmsState.UNKNOWN, error=PartyError(PartyFault.UNREACHED))
NOT_THERE = SmsResult(SmsState.NOT_FOUND)


@dataclass
class Sender:
    """Says what it is told to; None: it breaks. Remembers what it was asked."""

    answer: SmsResult | None = SENT
    known: SmsResult | None = None
    sent: list[Sms] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    code: str = "fake"

    async def send(self, request: Sms) -> SmsResult:
        self.sent.append(request)
        await asyncio.sleep(0)
        return self._said(self.answer)

    async def query(self, ref: str) -> SmsResult:
        self.asked.append(ref)
        return self._said(self.known)

    async def parse_receipt(self, request: RawRequest) -> Callback[SmsResult]:
        body = json.loads(request.body)
        if body.get("key") != "right":
            raise SignatureError("the key is wrong")
        return Callback(body["ref"], body["event"], SmsResult(SmsState(body["state"])))

    @staticmethod
    def _said(answer: SmsResult | None) -> SmsResult:
        if answer is None:
            raise ConnectionResetError("the line broke")
        return answer


@dataclass
class Office:
    """Messaging on a database of its own, a clock in the test's hand."""

    made: Sessions
    sender: Sender = field(default_factory=Sender)
    now: datetime = NOON

    @property
    def clock(self) -> Clock:
        return Clock(movable=False, real=lambda: self.now)

    async def queue(self, once_key: str = "once", template: str = "REPAYMENT_REMINDER", **more: Any) -> Message | None:
        params = {"code": "123456", "minutes": "5"} if template == "LOGIN_CODE" else DUE
        leave = new_id() if template == "OVERDUE_NOTICE" else None
        told: dict[str, Any] = {"borrower_id": None, "to_phone": PHONE, "params": params, "decision_id": leave, **more}
        async with self.made.begin() as session:
            return await services.queue(session, template=template, once_key=once_key, at=self.now, **told)

    async def queued(self, once_key: str = "once", **more: Any) -> Message:
        message = await self.queue(once_key, **more)
        assert message
        return message

    async def send(self, message: Message) -> Message:
        await flows.send(self.made, self.clock, self.sender, message_id=message.id)
        return await self.stored(message)

    async def stored(self, message: Message) -> Message:
        async with self.made() as session:
            return await session.get_one(Message, message.id)

    async def receive(self, **body: str) -> int:
        raw = RawRequest("POST", "/notify/sms/fake", "", Headers(), json.dumps(body).encode(), self.now)
        answer = await flows.receive_receipt(self.made, self.clock, self.sender, provider="fake", raw=raw)
        return answer.status

    async def announced(self) -> int:
        async with self.made() as session:
            return await session.scalar(select(func.count()).select_from(OutboxRow)) or 0


@pytest.fixture
async def office(sessions: Sessions) -> Office:
    async with sessions.begin() as session:
        quiet = {"from": "22:00", "to": "08:00"}
        session.add(
            PolicyValue(name="messaging.quiet_hours", value=quiet, source="test", effective_from=date(2020, 1, 1))
        )
        await services.install_templates(session, at=NOON)
    return Office(sessions)


async def test_a_message_is_queued_announced_and_sent_once(office: Office) -> None:
    message = await office.queued()
    sent = await office.send(message)
    await office.send(message)

    assert await office.announced() == 1
    (sms,) = office.sender.sent
    assert (sms.ref, sms.to, sms.template, sms.params) == (message.id.hex, SecretStr(PHONE), "REPAYMENT_REMINDER", DUE)
    assert sms.text == "【随贷】您的借款 LN1 第 3 期 1079.71 元将于 2026-01-17 到期。如已还款请忽略。"
    assert (sent.status, sent.sent_at, sent.provider, sent.provider_reference, sent.ask_at) == (
        MessageStatus.SENT,
        NOON,
        "fake",
        "S-1",
        None,
    )


async def test_what_was_queued_once_is_not_queued_again(office: Office) -> None:
    first = await office.queue("reminder:1:-2")
    again = await office.queue("reminder:1:-2", params={**DUE, "amount": "1.00"})

    assert first
    assert again is None
    assert await office.announced() == 1


async def test_two_who_queue_the_same_at_once_queue_it_once(office: Office) -> None:
    queued = await asyncio.gather(*(office.queue("same") for _ in range(4)))

    assert sum(message is not None for message in queued) == 1


async def test_what_was_delivered_twice_to_two_workers_is_sent_once(office: Office) -> None:
    message = await office.queued()
    await asyncio.gather(*(office.send(message) for _ in range(4)))

    assert len(office.sender.sent) == 1


async def test_a_missing_parameter_and_an_unknown_wording_are_bugs(office: Office) -> None:
    with pytest.raises(ParamMissing):
        await office.queue(params={"number": "LN1"})
    with pytest.raises(LookupError):
        await office.queue(template="GOOD_MORNING")

    assert await office.announced() == 0


async def test_nothing_that_duns_a_debtor_is_queued_without_the_guard_s_leave(office: Office) -> None:
    with pytest.raises(services.NotDecided, match="OVERDUE_NOTICE is collection work"):
        await office.queue(template="OVERDUE_NOTICE", decision_id=None)
    assert await office.announced() == 0

    leave = new_id()
    message = await office.queued(template="OVERDUE_NOTICE", decision_id=leave)
    assert message.decision_id == leave


async def test_it_can_be_said_in_english(office: Office) -> None:
    message = await office.send(await office.queued(language="en"))
    async with office.made() as session:
        said = await services.text_of(session, message)

    assert said == office.sender.sent[0].text
    assert said == (
        "[suidai] Installment 3 of your loan LN1, 1079.71 yuan, is due on 2026-01-17. Ignore this if already paid."
    )


@pytest.mark.parametrize("template", ["REPAYMENT_REMINDER", "OVERDUE_NOTICE"])
async def test_at_night_a_reminder_waits_for_the_morning(office: Office, template: str) -> None:
    office.now = NIGHT
    message = await office.queued(template=template)
    assert (message.send_after, await office.announced()) == (MORNING, 0)
    assert (await office.send(message)).status is MessageStatus.QUEUED

    async with office.made.begin() as session:
        assert await services.due(session, MORNING - timedelta(seconds=1)) == 0
        assert await services.due(session, MORNING) == 1
    async with office.made.begin() as session:
        assert await services.due(session, MORNING) == 0
    office.now = MORNING

    assert (await office.send(message)).status is MessageStatus.SENT
    assert await office.announced() == 1


async def test_a_reminder_whose_sending_was_late_into_the_night_waits_too(office: Office) -> None:
    message = await office.queued()
    office.now = NIGHT
    row = await office.send(message)

    assert (row.status, row.send_after, row.released_at) == (MessageStatus.QUEUED, MORNING, None)
    assert office.sender.sent == []


@pytest.mark.parametrize("template", ["LOGIN_CODE", "LOAN_SETTLED"])
async def test_an_answer_to_what_a_person_just_did_goes_at_any_hour(office: Office, template: str) -> None:
    office.now = NIGHT
    message = await office.queued(template=template)

    assert (await office.send(message)).status is MessageStatus.SENT


async def test_a_message_may_be_queued_for_later(office: Office) -> None:
    message = await office.queued(send_after=NOON + timedelta(hours=1))

    assert await office.announced() == 0
    assert (await office.send(message)).status is MessageStatus.QUEUED


@pytest.mark.parametrize("lost", [TIMEOUT, None])
async def test_a_message_nobody_knows_about_is_asked_about_and_not_sent_again(
    office: Office, lost: SmsResult | None
) -> None:
    office.sender = Sender(lost, known=SENT)
    message = await office.send(await office.queued())
    assert message.status is MessageStatus.UNKNOWN
    await office.send(message)
    assert len(office.sender.sent) == 1
    assert message.ask_at
    office.now = message.ask_at
    async with office.made() as session:
        assert await queries.due_asks(session, office.now, 10) == [message.id]

    assert (await office.send(message)).status is MessageStatus.SENT
    assert (len(office.sender.sent), office.sender.asked) == (1, [message.id.hex])


async def test_a_process_that_died_while_sending_leaves_a_message_that_is_asked_about(office: Office) -> None:
    message = await office.queued()
    async with office.made.begin() as session:
        assert await services.claim(session, message_id=message.id, at=office.now)
    assert (await office.send(message)).status is MessageStatus.SENDING
    office.now += timedelta(minutes=2)
    office.sender.known = SmsResult(SmsState.DELIVERED)

    assert (await office.send(message)).status is MessageStatus.DELIVERED
    assert office.sender.sent == []


@pytest.mark.parametrize("answer", [UNREACHED, SmsResult(SmsState.FAILED, reason="busy")])
async def test_what_surely_did_not_go_out_is_queued_again_and_given_up_after_five_times(
    office: Office, answer: SmsResult
) -> None:
    office.sender = Sender(answer)
    message = await office.send(await office.queued())
    assert (message.status, message.released_at) == (MessageStatus.QUEUED, None)
    for _ in range(10):
        if message.status is not MessageStatus.QUEUED:
            break
        office.now = message.send_after
        async with office.made.begin() as session:
            assert await services.due(session, office.now) == 1
        message = await office.send(message)

    assert message.status is MessageStatus.FAILED
    assert len(office.sender.sent) == 5
    assert {sms.ref for sms in office.sender.sent} == {message.id.hex}


async def test_what_the_provider_never_had_is_sent_again(office: Office) -> None:
    office.sender = Sender(TIMEOUT, known=NOT_THERE)
    message = await office.send(await office.queued())
    office.now, office.sender.answer = office.now + timedelta(minutes=1), SENT
    message = await office.send(message)
    assert message.status is MessageStatus.QUEUED
    office.now = message.send_after
    message = await office.send(message)

    assert message.status is MessageStatus.SENT
    assert len(office.sender.sent) == 2


async def test_an_ask_that_does_not_get_through_proves_nothing(office: Office) -> None:
    office.sender = Sender(TIMEOUT, known=UNREACHED)
    message = await office.send(await office.queued())
    office.now += timedelta(minutes=1)

    assert (await office.send(message)).status is MessageStatus.UNKNOWN


async def test_a_number_that_does_not_exist_is_not_tried_again(office: Office) -> None:
    office.sender = Sender(SmsResult(SmsState.FAILED, permanent=True, reason="no such number"))
    message = await office.send(await office.queued())

    assert (message.status, message.failure) == (MessageStatus.FAILED, "no such number")


async def test_a_code_that_comes_too_late_is_not_sent(office: Office) -> None:
    message = await office.queued(template="LOGIN_CODE")
    office.now += timedelta(minutes=5)

    assert (await office.send(message)).status is MessageStatus.CANCELLED
    assert office.sender.sent == []


async def test_a_code_is_forgotten_once_it_is_sent_and_other_messages_are_not(office: Office) -> None:
    code = await office.send(await office.queued("a", template="LOGIN_CODE"))
    reminder = await office.send(await office.queued("b"))
    async with office.made() as session:
        assert await services.text_of(session, code) is None
        assert await services.text_of(session, reminder) == office.sender.sent[1].text


async def test_a_receipt_says_it_was_delivered_and_a_repeat_changes_nothing(office: Office) -> None:
    message = await office.send(await office.queued())
    for _ in range(2):
        assert await office.receive(key="right", ref=message.id.hex, event="1", state="DELIVERED") == 200
    row = await office.stored(message)
    assert (row.status, row.delivered_at) == (MessageStatus.DELIVERED, NOON)

    assert await office.receive(key="right", ref=message.id.hex, event="2", state="SENT") == 200
    assert (await office.stored(message)).status is MessageStatus.DELIVERED


async def test_a_receipt_that_proves_nothing_changes_nothing(office: Office) -> None:
    message = await office.send(await office.queued())

    assert await office.receive(key="wrong", ref=message.id.hex, event="1", state="FAILED") == 401
    assert await office.receive(key="right", ref="0" * 32, event="2", state="FAILED") == 404
    assert await office.receive(key="right", ref="garbage", event="3", state="FAILED") == 404
    assert (await office.stored(message)).status is MessageStatus.SENT


async def test_a_receipt_can_end_what_nobody_knew(office: Office) -> None:
    office.sender = Sender(TIMEOUT)
    message = await office.send(await office.queued())
    await office.receive(key="right", ref=message.id.hex, event="1", state="DELIVERED")
    row = await office.stored(message)

    assert (row.status, row.ask_at) == (MessageStatus.DELIVERED, None)


async def test_neither_phone_nor_text_lies_in_the_clear(office: Office) -> None:
    message = await office.queued(template="LOGIN_CODE")
    async with office.made() as session:
        (kept,) = await session.scalars(text("SELECT row_to_json(m)::text FROM messages m"))
        row = await session.get_one(Message, message.id)

    assert row.to_masked == "138****1234"
    for secret in (PHONE, "13800001234", "123456"):
        assert secret not in kept.replace(message.id.hex, "")
        assert secret.encode().hex() not in kept
    assert "13800001234" not in repr(row)


async def test_templates_are_installed_once(office: Office) -> None:
    async with office.made.begin() as session:
        before = await session.scalar(select(func.count()).select_from(MessageTemplate))
        await services.install_templates(session, at=NOON)
        assert await session.scalar(select(func.count()).select_from(MessageTemplate)) == before == 2 * len(WORDINGS)


async def test_a_message_keeps_the_wording_it_was_queued_with(office: Office) -> None:
    message = await office.queued()
    async with office.made.begin() as session:
        newer = MessageTemplate(
            code="REPAYMENT_REMINDER",
            language="zh-CN",
            version=2,
            kind=message.kind,
            body="{number}!",
            effective_from=date(2026, 1, 15),
            created_at=NOON,
        )
        session.add(newer)
    await office.send(message)
    await office.send(await office.queued("later"))

    assert [sms.text[-1] for sms in office.sender.sent] == ["。", "!"]
