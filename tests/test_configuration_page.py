"""The page of all settings says what the code reads, no more and no less."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from actions.builtin._run_config import RunCommand
from actions.notifying.config import Channel
from checks.builtin.webhook import Webhook
from core.policy.reading import CHECK_KEYS, DEFAULT_KEYS, TOP_KEYS
from core.settings import VARIABLES
from tools.configuration import HOST, OF_THE_HOST, PAGE, SETTINGS, leaves, page

ROOT = Path(__file__).parents[1]
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_code_says() -> None:
    """If this fails, run: python -m tools.configuration (in the virtual environment)."""
    assert page() == TEXT


def test_every_setting_is_explained_and_none_that_is_not_there() -> None:
    assert set(SETTINGS) == set(VARIABLES)


def test_every_setting_that_the_deployment_makes_is_explained() -> None:
    bicep = (ROOT / "infra" / "modules" / "app.bicep").read_text(encoding="utf-8")
    ours = bicep.partition("var ours = {")[2].partition("}\n\n")[0]
    made = re.findall(r"^  (\w+):", ours, re.MULTILINE)
    assert len(made) > 5
    assert set(made) <= {*VARIABLES, *OF_THE_HOST}


@pytest.mark.parametrize("keys", [TOP_KEYS, CHECK_KEYS, DEFAULT_KEYS], ids=["top", "check", "all"])
def test_every_key_of_the_policy_file_is_in_the_page(keys: dict[str, object]) -> None:
    for name in keys:
        assert f"| `{name}` |" in TEXT


def test_every_value_of_the_hosts_file_has_its_reason() -> None:
    found = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    assert {path for path, _ in leaves(found)} <= set(HOST)


def test_the_names_of_secrets_are_those_that_are_accepted() -> None:
    """The names that the page gives, and no others."""
    webhook = "WEBHOOK_A"
    assert Webhook(secret_env=webhook).secret_env == webhook
    assert Channel(kind="slack", url_env="NOTIFY_A").url_env == "NOTIFY_A"
    assert RunCommand(secrets={"a": "RUN_COMMAND_A"}).secrets == {"a": "RUN_COMMAND_A"}
    for prefix in ("WEBHOOK_", "NOTIFY_", "RUN_COMMAND_"):
        assert f"| `{prefix}…` |" in TEXT
    with pytest.raises(ValueError, match="secret_env"):
        Webhook(secret_env=webhook.removeprefix("WEB"))
    with pytest.raises(ValueError, match="url_env"):
        Channel(kind="slack", url_env="OTHER_A")
    with pytest.raises(ValueError, match="RUN_COMMAND"):
        RunCommand(secrets={"a": "OTHER_A"})
