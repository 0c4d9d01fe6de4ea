"""Environment variables: what is legal, and all that is not at once."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from core.errors import BadSettings
from core.ids import ConfigurationId
from core.settings import CLOUDS, VARIABLES, Settings
from tests.builders import CONFIGURATION

ROOT = Path(__file__).parents[2]

BAD = {
    "AZURE_SDK_CLOUD_CONF": "AzureCloud",
    "PATCHGATE_SIMULATOR": "http://10.0.0.1:80",
    "PATCHGATE_CANCEL_API_VERSION": "latest",
    "PATCHGATE_CONFIGURATIONS": "weekly-prod",
    "PATCHGATE_POLICY_FILE": "gate\0.toml",
    "PATCHGATE_ON_UNKNOWN": "ignore",
    "PATCHGATE_CHECKS_FOLDER": "my\0checks",
    "PATCHGATE_ACTIONS_FOLDER": "my\0actions",
    "PATCHGATE_PROCESS_VARIABLES": "1st, b c",
    "PATCHGATE_RESULTS_WAIT_MINUTES": "0",
}


def problems_of(environment: dict[str, str]) -> tuple[str, ...]:
    """What is wrong with these."""
    with pytest.raises(BadSettings) as refusal:
        Settings.from_environment(environment)
    return refusal.value.problems


@pytest.mark.parametrize("value", ["", "  "])
def test_unset_and_empty_mean_the_default(value: str) -> None:
    """The public cloud, no simulator, every configuration, two hours for results."""
    assert Settings.from_environment(dict.fromkeys(VARIABLES, value)) == Settings()
    assert Settings.from_environment({"PATH": "/bin", "HOME": "/"}) == Settings()
    assert Settings() == Settings(
        cloud="AZURE_PUBLIC_CLOUD",
        simulator=None,
        cancel_api_version="2023-09-01-preview",
        configurations=("*",),
        policy_file="gate.toml",
        on_unknown=None,
        checks_folder="my_checks",
        results_wait=7200,
    )


def test_every_setting_can_be_set() -> None:
    """Blanks around a value do not count."""
    environment = {
        "AZURE_SDK_CLOUD_CONF": "azure_china_cloud",
        "PATCHGATE_SIMULATOR": " http://127.0.0.1:8080 ",
        "PATCHGATE_CANCEL_API_VERSION": "2025-11-01",
        "PATCHGATE_CONFIGURATIONS": "*/weekly-*, /subscriptions/x/*,",
        "PATCHGATE_POLICY_FILE": "site/gate.toml",
        "PATCHGATE_ON_UNKNOWN": "Proceed",
        "PATCHGATE_CHECKS_FOLDER": "site/checks",
        "PATCHGATE_ACTIONS_FOLDER": "site/actions",
        "PATCHGATE_PROCESS_VARIABLES": "VENDOR_TOKEN, WEBHOOK_SECRET,",
        "PATCHGATE_RESULTS_WAIT_MINUTES": "5",
    }
    assert set(environment) == set(VARIABLES)
    assert Settings.from_environment(environment) == Settings(
        cloud="AZURE_CHINA_CLOUD",
        simulator="http://127.0.0.1:8080",
        cancel_api_version="2025-11-01",
        configurations=("*/weekly-*", "/subscriptions/x/*"),
        policy_file="site/gate.toml",
        on_unknown="proceed",
        checks_folder="site/checks",
        actions_folder="site/actions",
        process_variables=("VENDOR_TOKEN", "WEBHOOK_SECRET"),
        results_wait=300,
    )


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_clouds_are_those_of_the_azure_sdk(cloud: str) -> None:
    """By the names that azure.core gives them."""
    assert Settings.from_environment({"AZURE_SDK_CLOUD_CONF": cloud}).cloud == cloud


def test_all_bad_settings_are_told_at_once() -> None:
    """Each with its name, its value and what is legal."""
    problems = problems_of(BAD)
    assert len(problems) == len(BAD) == len(VARIABLES)
    for (name, value), problem in zip(BAD.items(), problems, strict=True):
        assert problem.startswith(f"{name} is ")
        assert value.partition("\0")[0] in problem
        assert VARIABLES[name][1] in problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATCHGATE_SIMULATOR", "https://management.azure.com"),
        ("PATCHGATE_SIMULATOR", "http://127.0.0.1:80@evil.example"),
        ("PATCHGATE_SIMULATOR", "http://127.0.0.1:80/x"),
        ("PATCHGATE_SIMULATOR", "http://127.0.0.1.evil.example:80"),
        ("PATCHGATE_CANCEL_API_VERSION", "2023-09-01&x=y"),
        ("PATCHGATE_CANCEL_API_VERSION", "2023-09-01-beta"),
        ("PATCHGATE_CONFIGURATIONS", ","),
        ("PATCHGATE_CONFIGURATIONS", "*, weekly"),
        ("PATCHGATE_PROCESS_VARIABLES", ","),
        ("PATCHGATE_PROCESS_VARIABLES", "A=B"),
        ("PATCHGATE_RESULTS_WAIT_MINUTES", "1441"),
        ("PATCHGATE_RESULTS_WAIT_MINUTES", "01440"),
        ("PATCHGATE_RESULTS_WAIT_MINUTES", "-5"),
        ("PATCHGATE_RESULTS_WAIT_MINUTES", "1.5"),
        ("PATCHGATE_RESULTS_WAIT_MINUTES", "²"),
        ("PATCHGATE_RESULTS_WAIT_MINUTES", "9" * 5000),
    ],
)
def test_a_value_that_is_not_legal_is_refused(name: str, value: str) -> None:
    """Above all no simulator elsewhere: it would be sent our requests."""
    (problem,) = problems_of({name: value})
    assert problem.startswith(f"{name} is ")
    assert len(problem) < 400


@pytest.mark.parametrize("word", ["cancel", "proceed"])
def test_the_word_for_a_file_that_cannot_be_used_is_one_of_two(word: str) -> None:
    """In any letter case."""
    for said in (word, word.upper(), word.title()):
        assert Settings.from_environment({"PATCHGATE_ON_UNKNOWN": said}).on_unknown == word


@pytest.mark.parametrize(("minutes", "seconds"), [("1", 60), ("0002", 120), ("1440", 86400)])
def test_the_wait_for_results_is_a_minute_to_a_day(minutes: str, seconds: float) -> None:
    """In whole minutes."""
    environment = {"PATCHGATE_RESULTS_WAIT_MINUTES": minutes}
    assert Settings.from_environment(environment).results_wait == seconds


def test_an_unknown_setting_is_told_with_what_was_probably_meant() -> None:
    """A slip of the pen would else be a default that nobody wanted."""
    (problem,) = problems_of({"PATCHGATE_CONFIGURATION": "*"})
    assert problem == (
        "PATCHGATE_CONFIGURATION is '*': there is no such setting;"
        " did you mean PATCHGATE_CONFIGURATIONS?"
    )


def test_unknown_settings_are_told_by_name_with_a_little_of_their_values() -> None:
    """The same way every time; a value may be anything, also long."""
    first, second = problems_of({"PATCHGATE_zzzz2": "x" * 21, "PATCHGATE_zzzz1": "x" * 20})
    assert first.startswith(f"PATCHGATE_zzzz1 is '{'x' * 20}': ")
    assert second.startswith(f"PATCHGATE_zzzz2 is '{'x' * 19}…': ")


def test_an_unknown_setting_like_no_other_is_told_with_all_names() -> None:
    """Together with whatever else is wrong; others' variables are none of our business."""
    problems = problems_of({"PATCHGATE_zzzzzzzzzzzzzzzz": "1", "QQQ": "1", **BAD})
    assert len(problems) == 1 + len(BAD)
    assert problems[0] == (
        "PATCHGATE_zzzzzzzzzzzzzzzz is '1': there is no such setting;"
        f" legal are {', '.join(VARIABLES)}"
    )


@tried(deadline=None, max_examples=200)
@given(name=st.sampled_from(sorted(VARIABLES)), value=st.text(max_size=30))
def test_any_text_is_a_setting_or_a_problem(name: str, value: str) -> None:
    """Nothing else comes out, whatever is in the environment."""
    with suppress(BadSettings):
        assert isinstance(Settings.from_environment({name: value}), Settings)


def test_the_example_file_has_every_setting_with_its_default() -> None:
    """What a new user copies is complete, legal, and changes nothing."""
    text = (ROOT / "local.settings.example.json").read_text(encoding="utf-8")
    values = json.loads(text)["Values"]
    assert set(VARIABLES) <= set(values)
    assert Settings.from_environment(values) == Settings()


def test_a_star_takes_every_event_and_claims_no_configuration() -> None:
    """Which runs are ours without an event, somebody has to have written down."""
    anybodys = Settings.from_environment({})
    ours = Settings.from_environment(
        {"PATCHGATE_CONFIGURATIONS": "*, */maintenanceConfigurations/Weekly-*"}
    )
    weekly = ConfigurationId.parse(CONFIGURATION)
    nightly = ConfigurationId.parse(CONFIGURATION.replace("weekly-prod", "nightly"))
    assert (anybodys.accepts(weekly), anybodys.names(weekly)) == (True, False)
    assert (ours.accepts(weekly), ours.names(weekly)) == (True, True)
    assert (ours.accepts(nightly), ours.names(nightly)) == (True, False)


def test_a_configuration_that_no_glob_names_is_not_accepted() -> None:
    """Letter case is nothing to go by: Azure's own sources differ in it."""
    settings = Settings.from_environment({"PATCHGATE_CONFIGURATIONS": "*/WEEKLY-PROD"})
    weekly = ConfigurationId.parse(CONFIGURATION)
    nightly = ConfigurationId.parse(CONFIGURATION.replace("weekly-prod", "nightly"))
    assert (settings.accepts(weekly), settings.names(weekly)) == (True, True)
    assert (settings.accepts(nightly), settings.names(nightly)) == (False, False)
