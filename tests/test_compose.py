"""The containers run what there is: commands, settings, ports, and no secret with a default."""

import re
from typing import Any

import pytest
import typer
import yaml

from domain.shared.settings import Settings
from suidai.cli import app
from suidai.runtime.children import WORKER_HEALTH
from suidai.runtime.configuration import refusals
from tests.database import ROOT

TEXT = (ROOT / "compose.yaml").read_text("utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "suidai"}
COMMANDS = typer.main.get_group(app).commands


def composed(service: str, **given: str) -> dict[str, str]:
    """The variables of a service, the file's own filled in as Docker Compose does."""

    def fill(match: re.Match[str]) -> str:
        name, colon, kind, default = match.groups()
        value = given.get(name)
        if value is None or (colon and not value):
            assert kind != "?", f"{name}: {default}"
            return default or ""
        return value

    wanted = re.compile(r"\$\{(\w+)(?:(:)?([-?])([^}]*))?\}")
    return {name: wanted.sub(fill, str(value)) for name, value in OURS[service]["environment"].items()}


@pytest.mark.parametrize("service", sorted(OURS))
def test_every_service_runs_a_command_that_exists(service: str) -> None:
    program, command, *arguments = OURS[service]["command"]

    assert program == "suidai"
    known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= known


@pytest.mark.parametrize("service", sorted(OURS))
def test_every_variable_is_a_setting(service: str) -> None:
    known = {f"SUIDAI_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in OURS[service]["environment"] if name.startswith("SUIDAI_")} <= known


def test_there_are_two_of_each_and_the_database_is_migrated_first() -> None:
    for service in ("api", "worker"):
        assert SERVICES[service]["deploy"]["replicas"] == 2
        assert SERVICES[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["sandbox"]["profiles"] == SERVICES["demo"]["profiles"] == ["sandbox"]


def test_the_ports_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in composed("api", POSTGRES_PASSWORD="p", SUIDAI_ENV="development").items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    api, outside = f"http://api:{settings.api_port}", f"http://sandbox:{settings.sandbox_port}"

    assert (settings.base_url, settings.outside_url) == (api, outside)
    assert SERVICES["demo"]["command"][-3:] == [f"{api}/graphql", "--sandbox-url", outside]
    for service, port in (("api", settings.api_port), ("sandbox", settings.sandbox_port)):
        assert all(published.endswith(f":{port}") for published in SERVICES[service]["ports"])
        assert f"127.0.0.1:{port}/" in SERVICES[service]["healthcheck"]["test"][-1]
    assert WORKER_HEALTH in SERVICES["worker"]["healthcheck"]["test"][-1]


def test_production_starts_on_no_secret_that_nobody_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="POSTGRES_PASSWORD"):
        composed("api")
    for name, value in composed("api", POSTGRES_PASSWORD="p").items():
        monkeypatch.setenv(name, value)

    said = refusals(Settings())

    assert [sentence.split(" ")[0] for sentence in said] == ["SUIDAI_MASTER_KEY", "SUIDAI_TOKEN_KEY"]


def test_the_image_is_made_of_what_is_there_and_not_left_out() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}

    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
