"""The door for scripts: faults are planned, shown and forgotten.

`POST /faults {"party": "alipay", "fault": "LOSE_NOTICE", "order": "PO...", "times": 1, "of": "refund", "seconds": 5}`;
only party and fault must be there. Without `order` it is for the next orders that come; `of` leaves it to payments,
refunds, mandates, batches or bills. `GET /faults` shows what each party can do wrong and what is still to come,
`DELETE /faults` forgets it.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from plugins.sandbox.faults import Fault, Faults, Of

_MOST = 1000
_LONGEST = 3600


def routes(faults: Faults) -> list[Route]:
    async def plan(request: Request) -> Response:
        try:
            _plan(faults, json.loads(await request.body()))
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            offered = f"party, fault ({', '.join(Fault)}), order, times, of ({', '.join(Of)}) and seconds"
            return JSONResponse({"message": f"{wrong}: write {offered}"}, 422)
        return JSONResponse({"to_come": faults.to_come()}, 201)

    async def show(_: Request) -> Response:
        told = {fault: fault.sentence for fault in Fault}
        return JSONResponse({"known": faults.known(), "faults": told, "to_come": faults.to_come()})

    async def forget(_: Request) -> Response:
        faults.forget()
        return JSONResponse({"to_come": []})

    return [
        Route("/faults", plan, methods=["POST"]),
        Route("/faults", show, methods=["GET"]),
        Route("/faults", forget, methods=["DELETE"]),
    ]


def _plan(faults: Faults, asked: Mapping[str, Any]) -> None:
    times = int(asked.get("times", 1))
    if not 1 <= times <= _MOST:
        raise ValueError(f"times is from 1 to {_MOST}")
    seconds = None if asked.get("seconds") is None else float(asked["seconds"])
    if seconds is not None and not 0 <= seconds <= _LONGEST:
        raise ValueError(f"seconds is from 0 to {_LONGEST}")
    faults.plan(
        str(asked["party"]),
        Fault(asked["fault"]),
        order=str(asked.get("order", "")),
        times=times,
        of=Of(asked["of"]) if asked.get("of") else None,
        seconds=seconds,
    )
