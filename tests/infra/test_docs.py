"""The pages about deploying and permissions say what is so."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from typer.main import get_command

from cli.main import app
from tests.infra.bicep import INFRA, MARK, Bicep
from tests.infra.world import MAIN, SUBSCRIPTIONS, of_type, usual, usual_events

DOCS = INFRA.parent / "docs"
DEPLOYING = (DOCS / "deploying.md").read_text(encoding="utf-8")
PERMISSIONS = (DOCS / "permissions.md").read_text(encoding="utf-8")
PAGES = {"deploying.md": DEPLOYING, "permissions.md": PERMISSIONS}


def table(file: Bicep) -> str:
    """Its parameters, as the page has to have them."""
    rows = []
    for name, said in file.part("parameters").items():
        words = {one["type"]: one.get("argument") for one in said["decorators"]}
        meaning = str(words["description"]).replace("|", "\\|").replace("\\'", "'")
        if "allowed" in words:
            meaning += f" One of {', '.join(map(_shown, words['allowed']))}."
        if "max_value" in words:
            meaning += f" {words['min_value']} to {words['max_value']}."
        default = said.get("default")
        rows.append(f"| `{name}` | {'none' if default is None else _shown(default)} | {meaning} |")
    return "\n".join(("| parameter | default | meaning |", "|---|---|---|", *rows))


def _shown(value: object) -> str:
    text = value.removeprefix(MARK) if isinstance(value, str) else json.dumps(value)
    return f"`{text}`" if text else "empty"


@pytest.mark.parametrize("file", [MAIN, SUBSCRIPTIONS], ids=lambda file: file.name)
def test_every_parameter_is_in_the_page(file: Bicep) -> None:
    """With its default and its description: copy the table from the failure."""
    mark = f"<!-- parameters of {file.name}: held by tests/infra/test_docs.py -->\n"
    shown = DEPLOYING.partition(mark)[2].partition("\n<!-- end -->")[0]
    assert shown == table(file), f"\n{table(file)}\n"


def test_every_alert_is_in_the_page() -> None:
    rules = of_type(usual(), "Microsoft.Insights/scheduledQueryRules")
    metrics = of_type(usual_events(), "Microsoft.Insights/metricAlerts")
    names = {one.name.removeprefix("patchgate-").rpartition("-")[0] for one in rules}
    names |= {one.properties["criteria"]["allOf"][0]["metricName"] for one in metrics}
    alerts = DEPLOYING.partition("| alert | fires when |")[2].partition("\n\n")[0]
    first = "".join(re.findall(r"^\| (`.*?) \|", alerts, re.MULTILINE))
    assert set(re.findall(r"`([\w-]+)`", first)) == names


def test_every_action_of_the_roles_has_its_reason() -> None:
    roles = json.loads((INFRA / "roles.json").read_text(encoding="utf-8"))
    for role in roles.values():
        part = PERMISSIONS.partition(f"## {role['name']}\n")[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `([\w./]+)` \|", part, re.MULTILINE)) == set(role["actions"])


def test_every_built_in_role_that_is_given_has_its_reason() -> None:
    known = json.loads((INFRA / "built-in-roles.json").read_text(encoding="utf-8"))
    for name in known:
        assert re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) in PERMISSIONS


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page: str) -> None:
    """Files, headings, and commands of patchgate."""
    text = PAGES[page]
    for link, anchor in re.findall(r"\]\(((?!https?:)[^)#]*)(?:#([^)]*))?\)", text):
        path = (DOCS / link) if link else DOCS / page
        assert path.exists(), link
        heads = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE) if anchor else []
        slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in slugs, anchor
    for name in re.findall(r"(?<![\w/])(?:infra|tools)/[\w./-]+\.\w+", text):
        assert (DOCS.parent / name).exists(), name
    commands = getattr(get_command(app), "commands", {})
    for command in re.findall(r"patchgate ([a-z]+) --|`patchgate ([a-z]+)", text):
        assert "".join(command) in commands


def test_what_is_to_be_typed_is_shell() -> None:
    for block in re.findall(r"^```sh\n(.*?)^```$", DEPLOYING, re.MULTILINE | re.DOTALL):
        ran = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_that_nothing_was_deployed(page: str) -> None:
    assert "checked so far, not deployed from here" in PAGES[page].lower()
