"""`python -m suidai_allinpay.sandbox [PORT]`: prints the settings to give to suidai, and serves on this machine only."""

import json
import sys
from datetime import UTC, datetime

import uvicorn

from suidai_allinpay.sandbox.app import PATH, app
from suidai_allinpay.sandbox.gateway import Allinpay, keys


def main(port: int = 8901) -> None:
    allinpay = Allinpay("200604000000445", keys(), lambda: datetime.now(UTC))  # noqa: TID251 - where time comes in
    print(json.dumps({"allinpay": allinpay.settings(f"http://127.0.0.1:{port}{PATH}")}), flush=True)  # noqa: T201
    uvicorn.run(app(allinpay), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
