"""The workflows do what they say, with the least rights, and nothing that others can change."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.lock import COMPILED

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
WORKFLOWS = {path.name: path.read_text(encoding="utf-8") for path in GITHUB.glob("workflows/*")}
DEPENDABOT = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LONGEST = 60  # minutes
# What a job may do beside reading the code, and why: the comments in the files.
MAY_WRITE = {
    ("deploy.yml", "deploy"): {"id-token"},
    ("release.yml", "publish"): {"attestations", "contents", "id-token"},
}
_PINNED = re.compile(r"uses: ([\w-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")


def jobs(text: str) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow, by name."""
    parsed = yaml.safe_load(text)
    return dict(parsed["jobs"])


def runs(text: str) -> Iterator[str]:
    """What the steps of a workflow run."""
    for job in jobs(text).values():
        yield from (step["run"] for step in job.get("steps", ()) if "run" in step)


def problems(name: str, text: str) -> Iterator[str]:
    """What is wrong with a workflow, in a line each."""
    parsed = yaml.safe_load(text)
    if parsed.get("permissions") not in ({}, {"contents": "read"}):
        yield "permissions: more than reading the code, for every job"
    if "concurrency" not in parsed:
        yield "concurrency is missing"
    triggers = parsed[True]  # YAML 1.1 takes `on` for a truth
    if {"pull_request_target", "workflow_run"} & {*triggers}:
        yield "a trigger that gives rights to the code of others"
    for line in text.splitlines():
        used = re.search(r"\buses:(?! \./)", line)
        if used and not _PINNED.search(line):
            yield f"not pinned to a commit, with its version beside it: {line.strip()}"
    for job, told in jobs(text).items():
        yield from (f"{job}: {problem}" for problem in _job(name, job, told))


def _job(name: str, job: str, told: dict[str, Any]) -> Iterator[str]:
    rights = told.get("permissions", {})
    writes = {right for right, much in rights.items() if much == "write"}
    if writes - MAY_WRITE.get((name, job), set()):
        yield f"permissions: {', '.join(sorted(writes))}"
    if writes and "environment" not in told:
        yield "it may write, and no environment guards it"
    if "steps" in told and not 0 < told.get("timeout-minutes", 0) <= LONGEST:
        yield "timeout-minutes is missing, or longer than an hour"
    for step in told.get("steps", ()):
        if "${{" in step.get("run", ""):
            yield f"an expression in a script: {step['run']}"
        checkout = str(step.get("uses")).startswith("actions/checkout@")
        if checkout and step.get("with", {}).get("persist-credentials") is not False:
            yield "the checkout leaves the token behind for every later step"


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_a_workflow_has_no_more_rights_than_it_needs(name: str) -> None:
    assert list(problems(name, WORKFLOWS[name])) == []


@pytest.mark.parametrize(
    ("was", "becomes", "found"),
    [
        ("permissions:\n  contents: read\n", "permissions: write-all\n", "more than reading"),
        ("permissions:\n  contents: read\n", "", "more than reading"),
        ("concurrency:", "env:", "concurrency is missing"),
        ("  pull_request:", "  pull_request_target:", "a trigger"),
        ("  workflow_call:", "  workflow_run:", "a trigger"),
        (" # v6.0.2", "", "not pinned"),
        ("checkout@de0fac2e", "checkout@", "not pinned"),
        ("timeout-minutes: 45", "timeout-minutes: 360", "timeout-minutes"),
        ("    timeout-minutes: 45\n", "", "timeout-minutes"),
        ("persist-credentials: false", "fetch-depth: 0", "leaves the token"),
        ("run: make check", "run: make check ${{ github.event.pull_request.title }}", "script"),
        ("    strategy:", "    permissions:\n      issues: write\n    strategy:", "issues"),
    ],
)
def test_one_that_has_is_found(was: str, becomes: str, found: str) -> None:
    text = WORKFLOWS["ci.yml"]
    assert was in text
    assert any(found in problem for problem in problems("ci.yml", text.replace(was, becomes, 1)))


def test_an_action_is_of_one_version_everywhere() -> None:
    used = {match.groups() for text in WORKFLOWS.values() for match in _PINNED.finditer(text)}
    assert len(used) == len({action.lower() for action, _, _ in used})


def test_ci_runs_what_contributors_run_on_every_python() -> None:
    (job,) = jobs(WORKFLOWS["ci.yml"]).values()
    legal = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"])
    assert legal
    pythons = [f"3.{minor}" for minor in range(int(legal[1]), int(legal[2]))]
    assert job["strategy"]["matrix"]["python"] == pythons
    assert list(runs(WORKFLOWS["ci.yml"])) == ["make check", "make test"]
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.search(r"^    make test +# all tests, as CI runs them", contributing, re.MULTILINE)


def test_ci_has_what_the_tests_would_be_skipped_without() -> None:
    """Node, and a Python 3.13 for Azure's worker library, under the name that `make` looks for."""
    steps = jobs(WORKFLOWS["ci.yml"])["test"]["steps"]
    (node,) = (step["with"] for step in steps if "setup-node" in step.get("uses", ""))
    engines = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["engines"]
    assert int(node["node-version"]) >= int(engines["node"].removeprefix(">="))
    (runtime,) = (step for step in steps if step.get("id") == "runtime")
    assert runtime["with"]["python-version"] == "3.13"
    (test,) = (step for step in steps if step.get("run") == "make test")
    assert test["env"]["PATCHGATE_PYTHON313"] == "${{ steps.runtime.outputs.python-path }}"
    assert "PATCHGATE_PYTHON313" in (ROOT / "tools" / "find-python").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_what_a_workflow_runs_is_there(name: str) -> None:
    """Targets of the Makefile, files, and what is built on the way."""
    said = "\n".join(runs(WORKFLOWS[name]))
    for target in re.findall(r"\bmake ([\w.-]+)", said):
        assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE), target
    for file in re.findall(r"(?:--requirement|--pyproject) (\S+)", said):
        assert (ROOT / file).is_file(), file


@pytest.mark.parametrize("name", ["deploy.yml", "release.yml"])
def test_nothing_leaves_that_was_not_tested(name: str) -> None:
    told = jobs(WORKFLOWS[name])
    assert told.pop("test")["uses"] == "./.github/workflows/ci.yml"
    before: set[str] = {"test"}
    for job, its in told.items():
        assert its["needs"] in before
        before.add(job)


def test_a_deployment_takes_a_person_and_no_secret() -> None:
    text = WORKFLOWS["deploy.yml"]
    assert [*yaml.safe_load(text)[True]] == ["workflow_dispatch"]
    assert "secrets." not in text
    job = jobs(text)["deploy"]
    said = "\n".join(runs(text))
    assert said.index("make package") < said.index("--federated-credential-provider github")
    package = "build/patchgate.zip"
    assert f"azd deploy app --from-package {package} " in said
    assert "app" in yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))["services"]
    read = re.findall(
        r"readEnvironmentVariable\('(\w+)'",
        "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("infra/*.bicepparam")),
    )
    assert {*read} <= job["env"].keys()


def test_a_release_has_the_package_what_it_installs_and_a_word_for_both() -> None:
    text = WORKFLOWS["release.yml"]
    package, publish = jobs(text)["package"], jobs(text)["publish"]
    assert "permissions" in package
    assert not any("uses" in step and "attest" in step["uses"] for step in package["steps"])
    attested = [s["with"] for s in publish["steps"] if "actions/attest@" in s.get("uses", "")]
    assert attested == [
        {"subject-path": "dist/*"},
        {"subject-path": "dist/patchgate.zip", "sbom-path": "dist/patchgate.cdx.json"},
    ]
    made = "\n".join(runs(text))
    assert "cyclonedx-py requirements build/package/requirements.txt" in made
    # GitHub's attest action takes only lists that have a serial number, which this leaves out.
    assert "--output-reproducible" not in made


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_what_pip_installs_there_has_hashes(name: str) -> None:
    for line in "\n".join(runs(WORKFLOWS[name])).splitlines():
        if re.search(r"\bpip install\b", line):
            assert "--require-hashes" in line


def test_what_the_release_job_installs_is_locked() -> None:
    locked = (GITHUB / "release.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==\S+(.*)$", locked, re.MULTILINE)
    assert pins
    assert all(rest.endswith("\\") for _, rest in pins), "a package without hashes"
    asked = (GITHUB / "release.in").read_text(encoding="utf-8")
    wanted = re.findall(r"^[\w-]+", asked, re.MULTILINE)
    assert {*wanted} <= {name for name, _ in pins}
    assert "://" not in locked


def test_dependabot_looks_at_everything_that_is_pinned() -> None:
    seen: dict[str, set[str]] = {}
    for update in DEPENDABOT:
        places = update.get("directories", [update.get("directory")])
        seen.setdefault(update["package-ecosystem"], set()).update(places)
        assert [*update["groups"].values()] == [{"patterns": ["*"]}]
        assert update["schedule"]["interval"] == "weekly"
        assert update["cooldown"]["default-days"] >= 7
    folders = {f"/{Path(file).parent}".rstrip(".") for file in COMPILED}
    assert seen == {"pip": {*folders, "/.github"}, "github-actions": {"/"}, "npm": {"/"}}
