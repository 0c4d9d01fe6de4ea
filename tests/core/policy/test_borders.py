"""The borders of what is legal in a policy file belong to it."""

from __future__ import annotations

import pytest

from core.errors import BadPolicy
from core.policy.reading import parse_policy_file

LEGAL = [
    "defaults.memory = 64",
    "defaults.memory = 8192",
    "defaults.tolerance = 0",
    "defaults.tolerance = 1_000_000",
    'defaults.tolerance = "0%"',
    'defaults.tolerance = "100%"',
    "defaults.patience = 15\ndefaults.every = 15",
    'for = [{ configurations = ["/sub*/weekly"] }]',
    'for = [{ configurations = ["/subscriptions/1*"] }]',
    'for = [{ configurations = ["/subscriptions/*"] }]',
]
ILLEGAL = [
    ("defaults.memory = 63", "from 64 to 8192"),
    ("defaults.memory = 8193", "from 64 to 8192"),
    ("defaults.tolerance = -1", "a number of machines from 0"),
    ("defaults.tolerance = 1_000_001", "a number of machines from 0"),
    ('defaults.tolerance = "101%"', 'a share from "0%" to "100%"'),
    ('defaults.tolerance = "5%$"', 'a share from "0%" to "100%"'),
    ("defaults.patience = 15\ndefaults.every = 16", "less often"),
    ('for = [{ configurations = ["/groups/*"] }]', "matches no id"),
]


@pytest.mark.parametrize("text", LEGAL)
def test_what_lies_on_the_border_is_legal(text: str) -> None:
    """The first and the last value that the sentence names are meant."""
    assert len(parse_policy_file(text).each()) == 1 + text.startswith("for")


@pytest.mark.parametrize(("text", "why"), ILLEGAL)
def test_what_lies_beyond_it_is_not(text: str, why: str) -> None:
    """The next one is told, with what would be legal."""
    with pytest.raises(BadPolicy, match=why):
        parse_policy_file(text)
