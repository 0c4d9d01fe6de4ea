"""What is said of a mistake in gate.toml: the key, what is legal there, and what stands there."""

from __future__ import annotations

import pytest

from core.errors import BadPolicy
from core.policy.reading import CHECK_KEYS, DEFAULT_KEYS, TOP_KEYS, parse_policy_file
from tests.core.policy.files import BAD, BEYOND_SCHEMA

DOUBT = 'must be "cancel" or "proceed"'
LONG = "x" * 80

# What is legal, for each kind of value.
LEGAL = {
    "mode": 'must be "enforce" or "observe"',
    "on_unknown": DOUBT,
    "on_gap": DOUBT,
    "reserve": "must be 0 to 1500 seconds",
    "grace": "must be 0 to 86400 seconds",
    "enabled": "must be true or false",
    "advisory": "must be true or false",
    "timeout": "must be above 0 and at most 3600 seconds",
    "patience": "must be 0 to 3600 seconds",
    "every": "must be 1 to 3600 seconds",
    "tolerance": 'must be a number of machines from 0, or a share from "0%" to "100%"',
    "isolation": 'must be "thread" or "process"',
    "memory": "must be a whole number of megabytes from 64 to 8192",
}

# A value that is legal nowhere, and how it is shown.
SHOWN = {
    "[]": "an array",
    "{}": "a table",
    "1979-05-27": "1979-05-27",
    "07:32:00": "07:32:00",
    "1979-05-27T07:32:00Z": "1979-05-27T07:32:00+00:00",
    "-5": "-5",
    "nan": "nan",
    "9999999.5": "9999999.5",
    "'a\"b'": '"a"b"',
    '"a\\nb"': '"a\\nb"',
    f"'{LONG}'": f'"{LONG[:59]}…"',
}

SENTENCES = {
    "mode = true": f"mode: {LEGAL['mode']} (is true)",
    "reserve = false": f"reserve: {LEGAL['reserve']} (is false)",
    "colour = 1": (
        "colour: there is no such key; there are actions, checks, defaults, for, grace, mode,"
        " on_gap, on_unknown, reserve"
    ),
    "moed = 1": "moed: there is no such key; did you mean mode?",
    "timeout = 5": "timeout: there is no such key; it belongs in [defaults] or [checks.NAME]",
    "enabled = true": "enabled: there is no such key; it belongs in [checks.NAME]",
    "configurations = []": (
        "configurations: there is no such key; it belongs directly under [[for]]"
    ),
    "required = true": (
        "required: there is no such key; there are actions, checks, defaults, for, grace, mode,"
        " on_gap, on_unknown, reserve"
    ),
    "defaults = 1": "defaults: must be a table (is 1)",
    "defaults.mode = 'observe'": (
        "defaults.mode: there is no such key; it belongs at the top, or directly under [[for]]"
    ),
    "defaults.enabled = true": (
        "defaults.enabled: there is no such key; it belongs in [checks.NAME]"
    ),
    "defaults.required = true": (
        "defaults.required: there is no such key; write advisory = false, which is the default"
    ),
    "defaults.required = 1": (
        "defaults.required: there is no such key; there are advisory, every, isolation, memory,"
        " patience, timeout, tolerance"
    ),
    "defaults.config = {}": (
        "defaults.config: there is no such key; there are advisory, every, isolation, memory,"
        " patience, timeout, tolerance"
    ),
    "checks = []": "checks: must be a table (is an array)",
    "checks.x = 1": "checks.x: must be a table (is 1)",
    "[checks.Upper]": (
        "checks.Upper: a check's name is a lower-case word of letters, digits and _"
    ),
    "checks.x.enable = true": "checks.x.enable: there is no such key; did you mean enabled?",
    "checks.x.tag = 'a'": (
        "checks.x.tag: there is no such key; what is the check's own belongs in [checks.x.config]"
    ),
    "checks.x.tags = {}": (
        "checks.x.tags: there is no such key; it belongs directly under [[for]]"
    ),
    "checks.x.config = 1": "checks.x.config: must be a table (is 1)",
    "checks.x.config.a = inf": "checks.x.config.a: must be finite (is inf)",
    "checks.x.config.a = 9223372036854775808": (
        "checks.x.config.a: must be a number of 64 bits (is 9223372036854775808)"
    ),
    "checks.x.config.a = -9223372036854775809": (
        "checks.x.config.a: must be a number of 64 bits (is -9223372036854775809)"
    ),
    "checks.x.config.__a = 1": "checks.x.config.__a: a key may not begin with two _",
    "checks.x.config.a = [1, { b = [nan] }]": "checks.x.config.a.b: must be finite (is nan)",
    "checks.x.patience = 10\nchecks.x.every = 20": (
        "checks.x.every: every 20 seconds is less often than a patience of 10 allows"
    ),
    "checks.x.every = 2.5\ndefaults.patience = 1.5": (
        "checks.x.every: every 2.5 seconds is less often than a patience of 1.5 allows"
    ),
    "defaults.patience = 10\ndefaults.every = 20": (
        "defaults.every: every 20 seconds is less often than a patience of 10 allows"
    ),
    "[for]": "for: must be an array of tables: write [[for]], in two brackets",
    "for = [1]": "for: must be a table (is 1)",
    "[[for]]": 'for: needs configurations = ["weekly-*"], or tags = { env = "prod" }',
    "[[for]]\nconfigurations = '*'": 'for.configurations: must be an array of globs (is "*")',
    "[[for]]\nconfigurations = []": ("for.configurations: must be an array of globs (is an array)"),
    "[[for]]\nconfigurations = [1]": (
        "for.configurations: must be a glob on a configuration's name, or from / on its id (is 1)"
    ),
    "[[for]]\nconfigurations = ['']": (
        'for.configurations: must be a glob on a configuration\'s name, or from / on its id (is "")'
    ),
    "[[for]]\nconfigurations = ['*/weekly']": (
        'for.configurations: is for a name, which holds no /: begin it with / (is "*/weekly")'
    ),
    "[[for]]\nconfigurations = [' w']": (
        "for.configurations: begins or ends with a blank, which nothing that it could match does"
        ' (is " w")'
    ),
    "[[for]]\nconfigurations = ['/subscription/*']": (
        'for.configurations: matches no id: each begins with /subscriptions/ (is "/subscription/*")'
    ),
    "[[for]]\nconfigurations = ['/x?']": (
        'for.configurations: matches no id: each begins with /subscriptions/ (is "/x?")'
    ),
    "[[for]]\nconfigurations = ['/subscriptions/x']": (
        "for.configurations: must have the form /subscriptions/{guid}/resourceGroups/{group}"
        "/providers/Microsoft.Maintenance/maintenanceConfigurations/{name}"
        ' (is "/subscriptions/x")'
    ),
    "[[for]]\nconfigurations = ['/subscriptions/X']": (
        "for.configurations: must have the form /subscriptions/{guid}/resourceGroups/{group}"
        "/providers/Microsoft.Maintenance/maintenanceConfigurations/{name}"
        ' (is "/subscriptions/X")'
    ),
    "[[for]]\ntags = {}": (
        'for.tags: must be a table of tags, such as { env = "prod*" } (is a table)'
    ),
    "[[for]]\ntags.env = 1": "for.tags.env: must be a glob on the tag's value (is 1)",
    "[[for]]\ntags.__env = 'x'": "for.tags.__env: a key may not begin with two _",
    "[[for]]\ntags.env = '*'\nfor = []": (
        "for.for: there is no such key; there are actions, checks, configurations, defaults, grace,"
        " mode, on_gap, on_unknown, reserve, tags"
    ),
    "[[for]]\ntags.env = '*'\nchecks.x.required = false": (
        "for.checks.x.required: there is no such key; write advisory = true"
    ),
    "[[for]]\ntags.env = '*'\nchecks.x.limit = false": (
        "for.checks.x.limit: there is no such key; what is the check's own belongs in"
        " [for.checks.x.config]"
    ),
}


def problems_of(text: str) -> list[str]:
    """What is said of that file, without its name and lines."""
    with pytest.raises(BadPolicy) as refusal:
        parse_policy_file(text)
    return [problem.split(": ", 1)[1] for problem in refusal.value.problems]


@pytest.mark.parametrize("text", SENTENCES)
def test_each_mistake_has_its_sentence(text: str) -> None:
    """Which says the key, what would be legal, and what is there; or where it belongs."""
    assert problems_of(text) == [SENTENCES[text]]


@pytest.mark.parametrize("value", SHOWN)
@pytest.mark.parametrize(
    ("table", "keys"),
    [("", TOP_KEYS), ("defaults.", DEFAULT_KEYS), ("checks.x.", CHECK_KEYS)],
    ids=["top", "defaults", "check"],
)
def test_a_value_that_is_legal_nowhere_is_shown(
    table: str, keys: dict[str, object], value: str
) -> None:
    """As the file would write it, cut to a sane size, beside what is legal at that key."""
    text = "\n".join(f"{table}{key} = {value}" for key in keys)
    assert problems_of(text) == [f"{table}{key}: {LEGAL[key]} (is {SHOWN[value]})" for key in keys]


def test_every_mistake_of_a_value_is_told_with_what_is_legal() -> None:
    """Whatever is wrong with it, and wherever it stands."""
    for text, path in (BAD | BEYOND_SCHEMA).items():
        key = path.split(".")[-1]
        (problem,) = problems_of(text)
        if "must be" in problem and key in LEGAL:
            assert problem.startswith(f"{path}: {LEGAL[key]} (is ")


def test_two_mistakes_in_one_list_are_two_problems() -> None:
    """Each of the globs, and each of the tags."""
    globs = "[[for]]\nconfigurations = ['a/b', 'ok', ' ']\ntags = { a = 1, __b = 'x', c = '*' }"
    assert [problem.split(": ")[0] for problem in problems_of(globs)] == [
        "for.configurations",
        "for.configurations",
        "for.tags.__b",
        "for.tags.a",
    ]


def test_a_mistake_of_the_configurations_does_not_hide_one_of_the_values() -> None:
    """And the other way round, in every block."""
    blocks = "[[for]]\nconfigurations = 1\nmode = 1\n[[for]]\ntags = 1\nreserve = -1"
    assert [problem.split(": ")[0] for problem in problems_of(blocks)] == [
        "for.configurations",
        "for.mode",
        "for.tags",
        "for.reserve",
    ]


@pytest.mark.parametrize("key", ["a", "a.b", "_a", "a__"])
@pytest.mark.parametrize(
    "value",
    ["-9223372036854775808", "9223372036854775807", "-1.5", "''", "[]", "{}", "true", "07:32:00"],
)
def test_whatever_json_can_carry_is_a_checks_own(key: str, value: str) -> None:
    """The check looks at it; the file only sees to it that it gets there."""
    assert parse_policy_file(f"checks.x.config.{key} = {value}").each()
