"""Days without any trade: their bills are asked for like all others, and leave nothing behind."""

from datetime import timedelta

from tests.domain.reconciliation.builders import DAY, World


async def test_a_bill_that_stays_away_and_then_is_empty_is_no_alarm_any_more(world: World) -> None:
    await world.paid()
    quiet = DAY + timedelta(days=3)
    world.channel.files[quiet] = None
    for n in range(4, 9):
        await world.night(DAY + timedelta(days=n))
    assert ("NO_BILL", "bill", "OPEN") in await world.differing()

    world.channel.files[quiet] = []
    world.hand.move(timedelta(hours=5))
    await world.work()

    assert ("NO_BILL", "bill", "SELF_RESOLVED") in await world.differing()
