"""`python -m tests.journeys.chaos`: a run of a few hundred orders. What does not hold is said, with the seed."""

import asyncio
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer

from tests.database import memory
from tests.journeys.chaos import directed, judge
from tests.journeys.chaos.house import House
from tests.journeys.chaos.plan import Plan, plan
from tests.journeys.chaos.play import Play
from tests.journeys.chaos.stores import Stores, read

Say = Callable[[str], None]


def chaos(
    seed: Annotated[
        int | None, typer.Option(help="Of the plan; a new one unless given.", envvar="SUIDAI_CHAOS_SEED")
    ] = None,
    orders: Annotated[int, typer.Option(help="About so many are asked for by borrowers.")] = 400,
    kills: Annotated[int, typer.Option(help="So often a process is killed from outside.")] = 12,
    aimed: Annotated[
        bool, typer.Option("--directed", help="Instead: processes killed while a call is unanswered, or not recorded.")
    ] = False,
    ports: Annotated[tuple[int, int], typer.Option(help="Of the API and the sandbox; free ones unless given.")] = (
        0,
        0,
    ),
    folder: Annotated[
        Path | None, typer.Option(help="Where it lives, kept afterwards; one of its own unless given.")
    ] = None,
) -> None:
    """Pay, fail, kill and be asked about; then see whether everything holds. Ends with exit code 1 if it does not."""
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    typer.echo(f"seed {seed}")
    planned = directed.plan(seed) if aimed else plan(seed, orders, kills)
    found = asyncio.run(run(planned, typer.echo, ports=ports, folder=folder, aimed=aimed))
    for sentence in found:
        typer.echo(f"  {sentence}")
    if found:
        again = "--directed" if aimed else f"--orders {orders} --kills {kills}"
        typer.echo(f"{len(found)} promises are broken: again with --seed {seed} {again}")
        raise typer.Exit(1)
    typer.echo("Every promise holds.")


async def run(
    planned: Plan, say: Say, *, ports: tuple[int, int] = (0, 0), folder: Path | None = None, aimed: bool = False
) -> list[str]:
    """Play a plan in a house of its own, and say what does not hold. What it wrote is kept if something does not."""
    home = folder or Path(tempfile.mkdtemp(prefix="suidai-chaos-", dir=memory()))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # as root the server runs as somebody who must reach his data
    found = ["it did not come to its end"]
    began = time.monotonic()
    house = House.start(home, failpoints=planned.failpoints, ports=ports if all(ports) else _free_ports())
    say(f"everything is up: {time.monotonic() - began:.1f} s")
    play = Play(planned, house, say)
    try:
        shots = directed.Directed(play) if aimed else None
        told = await play.run(shots.run if shots else None)
        stores = await read(play.engine, play.doors)
        found = [
            *told.surprises,
            *judge.findings(stores, await play.witness()),
            *(["a loan was seen with two attempts that hold its place"] if told.crowded else []),
            *map(str, await judge.broken_laws(play.engine)),
            *(await shots.left() if shots else []),
        ]
        _tell(say, play, stores)
        say(f"over after {time.monotonic() - began:.1f} s")
    finally:
        await play.close()
        house.stop()
        if found:
            say(f"what it wrote is kept in {home}")
        elif folder is None:
            shutil.rmtree(home)
    return found


def _tell(say: Say, play: Play, stores: Stores) -> None:
    """What kind of run it was."""
    states = Counter(f"{row['channel']} {row['state']}{' late' if row['late'] else ''}" for row in stores.attempts)
    unplaced = Counter(
        f"{row['unplaced_reason']} {row['resolution'] or 'open'}" for row in stores.attempts if row["unplaced_id"]
    )
    refunds = Counter(f"{row['purpose']} {row['state']}" for row in stores.refunds)
    withheld = Counter(
        f"{row['channel']}{' together' if row['batch_no'] else ''}"
        for row in stores.attempts
        if row["method"] == "WITHHOLDING"
    )
    mandates = Counter(f"{row['channel']} {row['status']}" for row in stores.mandates)
    deaths = {who: len(moments) for who, moments in play.house.deaths.items()}
    say(f"orders {len(stores.orders)}, debits {dict(withheld)}; asked {play.till.asked}, never made {play.till.unmade}")
    several = sum(order["instead_of_id"] is not None for order in stores.orders)
    say(f"refused {dict(play.till.refused)}; went on to another channel {several} times")
    say(f"attempts {dict(sorted(states.items()))}")
    say(f"mandates {dict(sorted(mandates.items()))}")
    say(f"put aside {dict(unplaced)}; refunds {dict(refunds)}")
    say(f"killed {len(play.told.killed)} times, died {deaths}; looked at live attempts {play.told.looked} times")


def _free_ports() -> tuple[int, int]:
    with ExitStack() as held:
        one, other = (held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2))
        return one.getsockname()[1], other.getsockname()[1]


if __name__ == "__main__":
    typer.run(chaos)
