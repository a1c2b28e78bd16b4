"""What failed for good is seen by an administrator, who can have it tried again."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select

from domain.shared import outbox
from domain.shared.audit import AuditRecord
from domain.shared.ids import new_id
from domain.shared.outbox import MAX_TRIES, OutboxRow
from graph.ids import global_id
from tests.graph.api import Api

FAILED = "{ failedJobs { id topic givenUp tries lastError nextTryAt } }"
RETRIED = "... on Job { id givenUp tries lastError }"


@dataclass(frozen=True, slots=True)
class KettleBoiled:
    topic: ClassVar[str] = "kitchen.kettle_boiled"


async def fail(api: Api, times: int) -> UUID:
    async with api.house.sessions.begin() as session:
        row = OutboxRow(topic=KettleBoiled.topic, payload={})
        session.add(row)
        await session.flush()
        for _ in range(times):
            await outbox.failed(session, row.id, "ValueError: too hot")
    return row.id


async def test_a_job_that_was_given_up_is_listed_first_and_can_be_tried_again(api: Api) -> None:
    api.token = await api.staff("admin")
    await fail(api, 0)
    trying, given_up = await fail(api, 1), await fail(api, MAX_TRIES)

    listed = (await api.ask(FAILED))["failedJobs"]
    assert [(job["id"], job["givenUp"], job["tries"]) for job in listed] == [
        (global_id("Job", given_up), True, MAX_TRIES),
        (global_id("Job", trying), False, 1),
    ]
    assert listed[0] | {"id": ""} == {
        "id": "",
        "topic": "kitchen.kettle_boiled",
        "givenUp": True,
        "tries": MAX_TRIES,
        "lastError": "ValueError: too hot",
        "nextTryAt": None,
    }

    told = await api.do("retryJob", {"jobId": listed[0]["id"]}, RETRIED)
    assert (told["__typename"], told["givenUp"], told["tries"]) == ("Job", False, 0)
    async with api.house.sessions() as session:
        assert given_up in await outbox.lease(session, limit=10)
        (noted,) = await session.scalars(select(AuditRecord).where(AuditRecord.action == "job.retried"))
    assert (noted.subject_id, noted.actor_kind) == (given_up, "STAFF")


async def test_a_job_that_goes_on_by_itself_is_left_alone(api: Api) -> None:
    api.token = await api.staff("admin")
    for job_id in (await fail(api, 1), new_id()):
        assert await api.problem("retryJob", {"jobId": global_id("Job", job_id)}) == "JOB_NOT_FAILED"


async def test_failed_jobs_are_the_administrators_business(api: Api) -> None:
    api.token = await api.staff("cashier")
    given_up = await fail(api, MAX_TRIES)

    assert await api.refusal(FAILED) == "FORBIDDEN"
    assert await api.problem("retryJob", {"jobId": global_id("Job", given_up)}) == "FORBIDDEN"
