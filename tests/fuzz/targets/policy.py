"""gate.toml: whatever its bytes, it is a policy for any configuration, or refused with reasons."""

from __future__ import annotations

import json

from core import wire
from core.errors import BadPolicy
from core.ids import ConfigurationId
from core.policy import Policy
from core.policy.file import PolicyFile
from core.policy.reading import parse_policy_file
from tests.builders import CONFIGURATION
from tests.fuzz.parts import is_short_line

_OURS = ConfigurationId.parse(CONFIGURATION)


def check(data: bytes) -> None:
    """Nothing is raised but `BadPolicy`; a policy crosses a border unchanged."""
    try:
        file = parse_policy_file(data)
    except BadPolicy as error:
        is_short_line(error.problems[0], 2000)
        for problem in error.problems[1:]:
            is_short_line(problem, 2000)
        return
    assert wire.load(PolicyFile, _through_json(wire.dump(file))) == file
    for policy in (file.of(_OURS, {}), file.of(_OURS, {"env": "prod"}), file.in_doubt(_OURS)):
        assert wire.load(Policy, _through_json(wire.dump(policy))) == policy


def _through_json(value: object) -> object:
    return json.loads(json.dumps(value, allow_nan=False))
