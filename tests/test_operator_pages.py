"""The pages for operators name files, commands, settings and alerts that are; sums add up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from azure.core import AzureClouds
from azure.identity import AzureAuthorityHosts
from azure.mgmt.core.tools import get_arm_endpoints
from typer.main import get_command

from cli.main import app
from core.model import Status
from core.settings import CLOUDS, VARIABLES
from tests.infra.world import of_type, usual, usual_events
from tests.stories import Reaction, Site, says, spec
from tools.configuration import OF_THE_HOST

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        *(
            f"docs/{page}.md"
            for page in (
                "configuration",
                "costs",
                "disasters",
                "operating",
                "security",
                "sovereign",
                "upgrading",
            )
        ),
        "SECURITY.md",
    )
}
HOSTS_OWN = {"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY", "AZURE_LOCATION"}


def slugs(text: str) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link, anchor in re.findall(r"\]\(((?!https?:)[^)#]*)(?:#([^)]*))?\)", PAGES[page]):
        path = (ROOT / page).parent / link if link else ROOT / page
        assert path.exists(), link
        if anchor and path.suffix == ".md":
            assert anchor in slugs(path.read_text(encoding="utf-8")), f"{link}#{anchor}"


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(
        r"`((?:infra|handlers|core|arm|plugins|tools|docs|cli|checks|actions)/[\w./-]+)`",
        PAGES[page],
    )
    for name in named:
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_is_there(page: str) -> None:
    """With its options."""
    for line in re.findall(r"(?:`|^)patchgate ([a-z][^`\n]*)", PAGES[page], re.MULTILINE):
        words = line.split()
        command = get_command(app)
        while words and words[0] in (inner := getattr(command, "commands", {})):
            command = inner[words.pop(0)]
        alone = not getattr(command, "commands", {})
        assert alone or (not words and command.name != "main"), line
        known = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_a_page_names_is_one(page: str) -> None:
    known = {*VARIABLES, *OF_THE_HOST, *HOSTS_OWN, "PATCHGATE_APP_KEY", "PATCHGATE_EVENT_KEY"}
    named = re.findall(r"`((?:PATCHGATE|AZURE|PYTHON|FUNCTIONS)_[A-Z_]+)`", PAGES[page])
    assert set(named) - set(CLOUDS) <= known


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    rules = of_type(usual(), "Microsoft.Insights/scheduledQueryRules")
    metrics = of_type(usual_events(), "Microsoft.Insights/metricAlerts")
    names = {one.name.removeprefix("patchgate-").rpartition("-")[0] for one in rules}
    names |= {one.properties["criteria"]["allOf"][0]["metricName"] for one in metrics}
    part = PAGES["docs/operating.md"].partition("<!-- alerts:")[2].partition("<!-- end of")[0]
    assert set(re.findall(r"^### `([\w-]+)`$", part, re.MULTILINE)) == names
    for section in part.split("\n### ")[1:]:
        assert [f"\n{step}. " in section for step in (1, 2, 3)] == [True] * 3, section[:40]


def test_the_endpoints_of_each_cloud_are_those_of_the_sdk() -> None:
    text = PAGES["docs/sovereign.md"]
    for cloud in CLOUDS:
        known = get_arm_endpoints(AzureClouds[cloud])
        assert f"`{known['resource_manager'].rstrip('/')}`" in text
        assert f"`{known['credential_scopes'][0]}`" in text
    for host in ("AZURE_PUBLIC_CLOUD", "AZURE_GOVERNMENT", "AZURE_CHINA"):
        assert f"`{getattr(AzureAuthorityHosts, host)}`" in text


def rows_of(mark: str) -> dict[str, list[str]]:
    """A table of the page of costs, by the first cell of each row."""
    part = PAGES["docs/costs.md"].partition(f"<!-- {mark}:")[2].partition("<!-- end -->")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return {head.strip(): [cell.strip() for cell in cells] for head, *cells in lines[2:]}


def test_the_figures_of_a_gate_are_those_of_the_story() -> None:
    checks = (spec("a"), spec("b"))
    no: dict[str, Reaction] = {"b": lambda _, __: says("b", Status.BLOCKED, 3)}
    told = rows_of("story")
    for column, site in enumerate((Site(checks=checks), Site(checks=checks, answers=no))):
        played = site.judge("02:22").instance
        steps = len(played.steps)
        looks = sum(name == "find_machines" for _, name, _ in played.steps)
        fired = sum(event["EventType"] == 11 for event in played.history)  # TimerFired
        replays = sum(event["EventType"] == 12 for event in played.history)  # OrchestratorStarted
        assert replays == 1 + steps + fired
        figures = [cells[column] for cells in told.values()]
        assert figures == [str(figure) for figure in (steps, looks, fired, replays)]


def test_the_sums_add_up() -> None:
    told = rows_of("sums")
    for column, schedules in enumerate((1, 50, 500)):
        runs = schedules * 4.345
        expected = [
            2 * 3600 * 730 * 0.000004,
            runs * 43 * (2 * 0.000016 + 0.40 / 1e6),
            2.5 * 2_628_000 * 0.004 / 1e4
            + 0.4 * 2_628_000 * 0.0044 / 1e4
            + (2 * 43_800 + runs * 200) * 0.004 / 1e4,
            0.0,
            1.50 + 3 * 0.50,
            schedules * 3 * 0.10,
        ]
        *shown, total = (cells[column].strip("*") for cells in told.values())
        assert shown == [f"{dollars:.2f}" for dollars in expected]
        assert total == f"{sum(map(float, shown)):.2f}"
