"""Policy files for the tests: legal ones, and each way to be wrong with the key that is told."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from core.ids import ConfigurationId
from tests.builders import SUBSCRIPTION

__all__ = ["BAD", "BEYOND_SCHEMA", "FULL", "LEGAL", "ROOT", "VALUES", "configuration"]

ROOT = Path(__file__).parents[3]

FULL = """
mode = "observe"
on_unknown = "proceed"
on_gap = "proceed"
reserve = 300

[defaults]
timeout = 60
patience = 600
every = 30
tolerance = 2
isolation = "thread"
memory = 256
advisory = false

[checks.disk_space]
enabled = false
advisory = true
on_unknown = "cancel"
timeout = 12.5
patience = 120.5
every = 20
tolerance = "5%"
isolation = "process"
memory = 1024
config = { limit = 10, paths = ["/", "/var"], since = 2026-01-01, "a.b" = { c = 1.5 } }

[[for]]
configurations = ["weekly-*", "/subscriptions/*/resourceGroups/rg-patching/*"]
tags = { env = "prod*", "Owner Team" = "dba" }
mode = "enforce"
reserve = 0

[for.defaults]
timeout = 3600

[for.checks.disk_space]
enabled = true
"""

LEGAL = [
    "",
    FULL,
    "[checks.x]",
    "[checks.x]\ntolerance = 3",
    'checks.x.tolerance = "100%"',
    'checks.x.tolerance = "0.25%"',
    "checks.x.timeout = 0.001",
    "checks.x.patience = 0\nchecks.x.every = 15",
    "checks.x.patience = 15\nchecks.x.every = 15",
    "checks.x.every = 30",
    "checks.x.config = {}",
    "reserve = 1500.0",
    "for = []",
    "[[for]]\nconfigurations = ['*']",
    "[[for]]\nconfigurations = ['/*', '/sub*', '/SUBSCRIPTIONS/?', '/subscription[s]/x']",
    "[[for]]\ntags.env = 'x'\n[for.checks.y]",
    f"""[[for]]
configurations = ["/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers\
/Microsoft.Maintenance/maintenanceConfigurations/weekly"]""",
]

BAD = {
    'mode = "enforced"': "mode",
    "mode = 1": "mode",
    "mode = {}": "mode",
    'on_unknown = "ignore"': "on_unknown",
    "on_gap = false": "on_gap",
    "on_gap = 2026-11-28": "on_gap",
    'reserve = "120"': "reserve",
    "reserve = true": "reserve",
    "reserve = -1": "reserve",
    "reserve = 1501": "reserve",
    "reserve = inf": "reserve",
    "reserve = 1e400": "reserve",
    "colour = 1": "colour",
    'problem = "none"': "problem",
    "sources = {}": "sources",
    "timeout = 5": "timeout",
    "defaults = 1": "defaults",
    "defaults.enabled = true": "defaults.enabled",
    'defaults.on_unknown = "cancel"': "defaults.on_unknown",
    "defaults.config = {}": "defaults.config",
    "defaults.timeout = 0": "defaults.timeout",
    "checks = 1": "checks",
    "checks = []": "checks",
    "checks.x = 1": "checks.x",
    "[[checks.x]]": "checks.x",
    '[checks."weird name"]': 'checks."weird name"',
    "[checks.Upper]": "checks.Upper",
    "checks.x.enable = true": "checks.x.enable",
    "checks.x.reserve = 1": "checks.x.reserve",
    'checks.x.enabled = "false"': "checks.x.enabled",
    "checks.x.enabled = 0": "checks.x.enabled",
    'checks.x.advisory = "no"': "checks.x.advisory",
    'checks.x.on_unknown = "skip"': "checks.x.on_unknown",
    "checks.x.timeout = 0": "checks.x.timeout",
    "checks.x.timeout = -1.0": "checks.x.timeout",
    "checks.x.timeout = 3601": "checks.x.timeout",
    'checks.x.timeout = "5"': "checks.x.timeout",
    "checks.x.patience = -1": "checks.x.patience",
    "checks.x.patience = 07:32:00": "checks.x.patience",
    "checks.x.every = 0": "checks.x.every",
    "checks.x.every = 3601": "checks.x.every",
    'checks.x.isolation = "container"': "checks.x.isolation",
    "checks.x.memory = 63": "checks.x.memory",
    "checks.x.memory = 8193": "checks.x.memory",
    "checks.x.memory = 512.5": "checks.x.memory",
    "checks.x.tolerance = -1": "checks.x.tolerance",
    "checks.x.tolerance = 1.5": "checks.x.tolerance",
    "checks.x.tolerance = true": "checks.x.tolerance",
    "checks.x.tolerance = [1]": "checks.x.tolerance",
    'checks.x.tolerance = "5"': "checks.x.tolerance",
    'checks.x.tolerance = "101%"': "checks.x.tolerance",
    'checks.x.tolerance = "100.5%"': "checks.x.tolerance",
    'checks.x.tolerance = "-1%"': "checks.x.tolerance",
    'checks.x.tolerance = "nan%"': "checks.x.tolerance",
    'checks.x.tolerance = "five%"': "checks.x.tolerance",
    'checks.x.tolerance = "5%%"': "checks.x.tolerance",
    'checks.x.tolerance = "\\u0665%"': "checks.x.tolerance",
    'checks.x.tolerance = "%"': "checks.x.tolerance",
    "checks.x.config = 1": "checks.x.config",
    "[for]": "for",
    "for = 1": "for",
    "for = [1]": "for",
    "[[for]]": "for",
    "[[for]]\nconfigurations = '*'": "for.configurations",
    "[[for]]\nconfigurations = []": "for.configurations",
    "[[for]]\nconfigurations = [1]": "for.configurations",
    "[[for]]\nconfigurations = ['']": "for.configurations",
    "[[for]]\nconfigurations = ['*/weekly']": "for.configurations",
    "[[for]]\ntags = {}": "for.tags",
    "[[for]]\ntags = 'env'": "for.tags",
    "[[for]]\ntags.env = 1": "for.tags.env",
    "[[for]]\ntags.env = '*'\nmode = 1": "for.mode",
    "[[for]]\ntags.env = '*'\nfor = []": "for.for",
    "[[for]]\ntags.env = '*'\nchecks.x.timeout = 0": "for.checks.x.timeout",
}

# Wrong in ways that a JSON Schema does not say, or that JSON has no word for.
BEYOND_SCHEMA = {
    "reserve = nan": "reserve",
    "checks.x.timeout = nan": "checks.x.timeout",
    "checks.x.memory = 512.0": "checks.x.memory",
    "checks.x.config.limit = inf": "checks.x.config.limit",
    "checks.x.config.limit = [1, { a = nan }]": "checks.x.config.limit.a",
    "checks.x.config.limit = 9223372036854775808": "checks.x.config.limit",
    "checks.x.config.__class__ = 1": "checks.x.config.__class__",
    "checks.x.config.a = [{ __class__ = 1 }]": "checks.x.config.a.__class__",
    "checks.x.patience = 10\nchecks.x.every = 20": "checks.x.every",
    "checks.x.patience = 10\ndefaults.every = 20": "checks.x.patience",
    "defaults.patience = 10\nchecks.x.every = 20": "checks.x.every",
    "[[for]]\nconfigurations = ['/subscriptions/x']": "for.configurations",
    "[[for]]\nconfigurations = ['/subscription/*']": "for.configurations",
    "[[for]]\nconfigurations = ['weekly-* ']": "for.configurations",
    "[[for]]\ntags.__class__ = 'x'": "for.tags.__class__",
}

# Values of every kind that TOML has, as a file would write them.
VALUES = st.one_of(
    st.sampled_from(
        ["true", "false", '"cancel"', '"proceed"', '"enforce"', '"process"', '"5%"', '"101%"']
    ),
    st.sampled_from(["inf", "-inf", "1e400", "0.5", "1979-05-27T07:32:00Z", "1979-05-27"]),
    st.sampled_from(["[]", "{}", "{ x = 1 }", '["weekly-*"]', '{ env = "prod" }', '"/"', '"a/b"']),
    st.integers(-10, 10_000).map(str),
    st.integers(-100, 100_000).map(lambda number: f"{number}.5"),
    st.text("ab%/*[", max_size=3).map(lambda text: f"'{text}'"),
)


def configuration(name: str = "weekly-prod", group: str = "rg-patching") -> ConfigurationId:
    """A maintenance configuration of that name."""
    return ConfigurationId(subscription=SUBSCRIPTION, resource_group=group, name=name)
