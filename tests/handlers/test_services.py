"""The policy file as the app finds it: whatever is wrong with it is a problem, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.policy import Policy
from core.settings import Settings
from handlers.services import Services
from tests.stories import pre_event

CONFIGURATION = pre_event().configuration


def policy(root: Path, **environment: str) -> Policy:
    """What is in force."""
    services = Services(settings=Settings.from_environment(environment), root=root)
    return services.policy_for(CONFIGURATION)[0]


def test_no_file_means_the_safe_defaults(tmp_path: Path) -> None:
    """Every check is required, and whatever is unknown cancels."""
    assert policy(tmp_path) == Policy()


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    """A slip in PATCHGATE_POLICY_FILE must not fall back to other rules in silence."""
    assert "does not exist" in str(policy(tmp_path, PATCHGATE_POLICY_FILE="gaet.toml").problem)


@pytest.mark.parametrize("text", [b"mode = ", b"mode = 'maybe'", b"\xff\xfe", b"x = 1"])
def test_a_file_that_cannot_be_used_is_a_problem(tmp_path: Path, text: bytes) -> None:
    """Nothing in it is in force then: not even a mode that would let runs pass."""
    (tmp_path / "gate.toml").write_bytes(b'on_gap = "proceed"\n' + text)
    broken = policy(tmp_path)
    assert broken.problem
    assert (broken.mode, broken.on_gap) == ("enforce", "cancel")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Whatever the operating system says is a problem too."""
    (tmp_path / "gate.toml").mkdir()
    assert policy(tmp_path).problem


def test_a_link_that_leads_nowhere_is_no_missing_file(tmp_path: Path) -> None:
    """Somebody meant a file to be there."""
    (tmp_path / "gate.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert "does not exist" in str(policy(tmp_path).problem)


def test_until_its_tags_are_read_a_configuration_may_be_one_that_is_enforced(
    tmp_path: Path,
) -> None:
    """So whoever cannot read them, or even start the story, does not let the run pass."""
    text = 'mode = "observe"\n[[for]]\ntags = { env = "prod" }\nmode = "enforce"\n'
    (tmp_path / "gate.toml").write_text(text, encoding="utf-8")
    assert policy(tmp_path).mode == "enforce"


def test_the_file_that_is_shipped_says_what_the_defaults_say() -> None:
    """gate.toml is a template: it spells out what would be in force without it."""
    shipped = policy(Path(__file__).parents[2])
    assert shipped.problem is None
    assert (shipped.mode, shipped.reserve, shipped.on_unknown, shipped.on_gap) == (
        "enforce",
        120,
        "cancel",
        "cancel",
    )
    assert shipped.of("opt_out_tag").config == {"tag": "patch", "value": "never"}


def test_a_broken_file_proceeds_only_if_the_environment_says_so(tmp_path: Path) -> None:
    """Nothing in the file is in force, so only a setting can say it."""
    (tmp_path / "gate.toml").write_text('on_unknown = "proceed"\nmode = 1', encoding="utf-8")
    assert policy(tmp_path).on_unknown is None
    assert policy(tmp_path, PATCHGATE_ON_UNKNOWN="proceed").on_unknown == "proceed"


def test_many_mistakes_are_told_on_one_line_and_counted(tmp_path: Path) -> None:
    text = "\n".join(f"slip_{n} = 1" for n in range(9))
    (tmp_path / "gate.toml").write_text(text, encoding="utf-8")
    problem = str(policy(tmp_path).problem)
    assert "\n" not in problem
    assert problem.startswith("gate.toml:1: slip_0")
    assert "gate.toml:4: slip_3" in problem
    assert problem.endswith("; and 5 more: `patchgate checks list` tells all")


def test_a_block_for_this_configuration_is_in_force(tmp_path: Path) -> None:
    """By its name; one that goes by tags comes with the whole file, for whoever reads them."""
    text = """
        [[for]]
        configurations = ["weekly-*"]
        reserve = 300

        [[for]]
        tags = { env = "prod" }
        mode = "observe"
        """
    (tmp_path / "gate.toml").write_text(text, encoding="utf-8")
    settings = Settings.from_environment({})
    known, by_tags = Services(settings=settings, root=tmp_path).policy_for(CONFIGURATION)
    assert (known.reserve, known.mode) == (300, "enforce")
    assert by_tags is not None
    assert by_tags.of(CONFIGURATION, {"env": "prod"}).mode == "observe"
