"""What is printed of a story can be played: by this test again, and by `patchgate simulate`."""

from __future__ import annotations

from pathlib import Path

from checks.discovery import discover
from core.policy.reading import parse_policy_file
from plugins.definition import Definition
from simulator import load_scenario
from tests.model.printing import story_json, story_of, told
from tests.model.saying import Phase
from tests.model.site_files import check_file
from tests.model.story import Death, ScriptedCheck, SitePolicy, SiteRule, Story, Stuck
from tests.model.world import play

_STORY = Story(
    lead=700.0,
    checks=(
        ScriptedCheck(phases=(Phase(says="pass", until=650.0), Phase(says="block")), odd="vm-01"),
        ScriptedCheck(name="c2", scope="run", phases=(Phase(says="each"),), is_async=True),
    ),
    policy=SitePolicy(rules={"c1": SiteRule(tolerance="10%", advisory=False)}, observed_if="prod"),
    deaths=(Death(hop=9),),
    stuck=(Stuck(),),
)


def test_a_story_is_read_back_as_it_was() -> None:
    assert story_of(story_json(_STORY)) == _STORY


def test_a_story_is_the_same_each_time() -> None:
    assert play(_STORY) == play(_STORY)


def test_the_check_file_has_the_checks_of_the_story(tmp_path: Path) -> None:
    (tmp_path / "scripted.py").write_text(check_file(_STORY.checks), "utf-8")

    found = {one.name: one for one in discover(tmp_path) if one.name in ("c1", "c2")}

    assert all(isinstance(one, Definition) for one in found.values())
    assert {name: getattr(one, "scope", "") for name, one in found.items()} == {
        "c1": "machine",
        "c2": "run",
    }


def test_all_files_that_are_told_of_are_legal() -> None:
    text = told(play(_STORY))

    command = next(line for line in text.splitlines() if "patchgate simulate" in line).split()
    files = dict(zip(command[3::2], map(Path, command[4::2]), strict=True))
    assert load_scenario(files["--scenario"].read_text("utf-8")) == _STORY.scenario
    parse_policy_file(files["--policy"].read_bytes())
    assert Path(command[2]).is_file()
