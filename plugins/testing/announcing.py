"""Checks of what a plugin says before its channel is made: the spec, the settings, the import."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.payments.ports import PaymentChannel
from plugins.spec import CODE, CONTRACT_VERSION, ChannelSpec
from plugins.testing.subject import Subject, must, must_be
from plugins.testing.town import ORDER, REFUND

MOST_MILLISECONDS = 50
_OPEN_LINE = "http://gateway.example.com"
_TRIES = 4

# In a process of its own: what this one has imported already would be quick. The contract is there, and pluggy with it,
# before any plugin is; and what is measured is the processor's time, so that a busy machine makes no import slow.
_IMPORT = """
import sys, time
import suidai.contract
suidai.contract.ChannelSpec, suidai.contract.Capabilities, suidai.contract.hookimpl
touched = []
def watch(event, args):
    writes = event == "open" and isinstance(args[1], str) and args[1].strip("rbt")
    outside = "socket.connect", "socket.getaddrinfo", "subprocess", "os.system", "sqlite3"
    if writes or event.startswith(outside):
        touched.append(event)
time.sleep = lambda seconds: touched.append("time.sleep")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
began = time.process_time()
__import__(sys.argv[1])
print(round((time.process_time() - began) * 1000), *touched)
"""


def spec_is_valid(subject: Subject) -> None:
    """The spec says what the registry and the operators need."""
    spec, can = subject.spec, subject.capabilities()
    must_be(spec, ChannelSpec, "what is offered")
    must(CODE.fullmatch(spec.code), f"the code {spec.code!r} is not lower-case letters, digits and underscores")
    must(spec.name_en and spec.name_zh, "a channel has a name in English and one in Chinese")
    must(spec.contract_version.split(".")[0] == CONTRACT_VERSION.split(".")[0], "it is made for another major version")
    must(can.products or can.autodebit, "nobody can pay by it: it has neither a product nor debits")
    must(0 < can.min_fen <= can.max_fen, "the least it takes is more than the most, or nothing")
    must(can.query, "a channel that cannot be asked leaves every timeout unknown for ever")
    must(can.order_no.allows(subject.order_no), f"its own rule does not allow the order number {subject.order_no!r}")
    for what, number in (("orders", ORDER), ("refunds", REFUND)):
        must(can.order_no.allows(number), f"its own rule does not allow the numbers of our {what}, such as {number!r}")
    channel = _made(subject)
    must_be(channel, PaymentChannel, "what the factory makes")
    must(channel.code == spec.code, f"the channel calls itself {channel.code!r}, its spec {spec.code!r}")


def _made(subject: Subject) -> PaymentChannel:
    """The channel, as suidai makes it; why it cannot be made, where it cannot."""
    try:
        return subject.channel()
    except Exception as error:
        if "abstract method" in str(error):
            raise AssertionError(
                f"the channel lacks what every channel has: {str(error).partition('method')[2]}"
            ) from error
        raise AssertionError(f"the factory raises {type(error).__name__} for these settings: {error}") from error


def settings_are_read(subject: Subject) -> None:
    """Settings become the same configuration each time; what nobody asked for is refused; secrets do not show."""
    must(subject.config() == subject.config(), "the same settings give two configurations that differ")
    must(subject.secrets(), "no setting is a SecretStr: what signs or encrypts must be one")
    misspelt = {**subject.settings, "nobody_knows_this_setting": "1"}
    must(not _taken(subject, misspelt), "a setting that does not exist, a misspelt one say, is taken without a word")
    for name, value in subject.settings.items():
        if isinstance(value, str) and value.startswith("https://"):
            must(
                not _taken(subject, {**subject.settings, name: _OPEN_LINE}),
                f"{name} may be http://, where others listen in and repeat what was signed: use require_https",
            )
    for secret in subject.secrets():
        must(secret not in f"{subject.config()!r}{subject.config()}", "the configuration shows a secret")


def _taken(subject: Subject, settings: Mapping[str, Any]) -> bool:
    try:
        subject.spec.config_model(**settings)
    except Exception:  # noqa: BLE001 - whatever the model raises, the registry shows it
        return False
    return True


def imports_quickly(subject: Subject) -> None:
    """Announcing takes less than 50 ms on top of the contract, and touches neither network, files nor processes."""
    best, touched = _imported(subject.module)
    must(not touched, f"importing {subject.module} touches {', '.join(touched)}")
    # The best of several: what compiles, or finds its files cold, does so once.
    for _ in range(_TRIES - 1):
        if best < MOST_MILLISECONDS:
            break
        best = min(best, _imported(subject.module)[0])
    must(best < MOST_MILLISECONDS, f"importing {subject.module} takes {best} ms: load what is heavy in the factory")


def _imported(module: str) -> tuple[int, list[str]]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _IMPORT, module], capture_output=True, text=True, check=False, env=_surroundings()
    )
    must(done.returncode == 0, f"{module} cannot be imported: {done.stderr.strip().rpartition(chr(10))[2]}")
    milliseconds, *touched = done.stdout.split()
    return int(milliseconds), touched


def _surroundings() -> dict[str, str]:
    """A child finds modules where this process does: an author's folder may be on the path by his tests' word alone."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
