"""Write docs/configuration.md: all settings, keys of gate.toml, and why host.json is as it is.

What is legal and what is in force without a word is taken from the code that reads it. Only what a
setting is for, and why a value of host.json was chosen, is said here: leaving one out is an error.

python -m tools.configuration      (in the virtual environment, from the root)
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from actions.kind import ACTIONS
from checks.kind import CHECKS
from core.policy.keys import Key
from core.policy.reading import CHECK_KEYS, DEFAULT_KEYS, TOP_KEYS
from core.settings import VARIABLES, Settings
from plugins.definition import Definition
from plugins.discovery import discover
from plugins.kinds import Kind

__all__ = ["HOST", "OF_THE_HOST", "PAGE", "SETTINGS", "leaves", "page"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "configuration.md"

# What each setting of `core.settings` is for.
SETTINGS = {
    "AZURE_SDK_CLOUD_CONF": "The cloud that the app is in: see [sovereign clouds](sovereign.md).",
    "PATCHGATE_SIMULATOR": "A simulator instead of Azure, for trying things out. It gets no token.",
    "PATCHGATE_CANCEL_API_VERSION": "The api-version of the cancel call, should Azure retire one.",
    "PATCHGATE_CONFIGURATIONS": (
        "Whose runs are ours. Events of others are refused. A bare `*` takes every event; only"
        " what another glob names is watched for events that never come."
    ),
    "PATCHGATE_POLICY_FILE": (
        "The policy file, from the app's folder on. Only `gate.toml` may be missing: then the"
        " defaults are in force."
    ),
    "PATCHGATE_ON_UNKNOWN": (
        "What UNKNOWN comes to while the policy file cannot be used. Unset, it cancels."
    ),
    "PATCHGATE_CHECKS_FOLDER": "The folder of your checks. Without it every run has a gap.",
    "PATCHGATE_ACTIONS_FOLDER": "The folder of your actions.",
    "PATCHGATE_PROCESS_VARIABLES": (
        "Variables that look like secrets, and that checks in processes of their own see"
        " all the same."
    ),
    "PATCHGATE_RESULTS_WAIT_MINUTES": "How long the results of a run that has ended are awaited.",
}

# Settings that others read: the host, its worker, the Azure SDK. name → (value, why).
OF_THE_HOST = {
    "AzureWebJobsStorage__blobServiceUri": ("the account", "Where the state of stories is."),
    "AzureWebJobsStorage__queueServiceUri": ("the account", "The same, for its queues."),
    "AzureWebJobsStorage__tableServiceUri": ("the account", "The same, for its tables."),
    "AzureWebJobsStorage__credential": ("`managedidentity`", "No key of the account is used."),
    "AzureWebJobsStorage__clientId": ("the identity", "Which identity reads the account."),
    "APPLICATIONINSIGHTS_CONNECTION_STRING": (
        "the component",
        "Where telemetry goes. It is no secret: keys are switched off.",
    ),
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": ("the identity", "Who sends telemetry."),
    "AZURE_CLIENT_ID": ("the identity", "Which identity asks Azure, and cancels."),
    "AZURE_AUTHORITY_HOST": (
        "unset",
        "Who gives tokens outside the public cloud, to anything but a managed identity.",
    ),
    "PYTHON_THREADPOOL_THREAD_COUNT": (
        "`128`",
        "Steps wait for Azure on threads; too few would make the cancel call wait for a check.",
    ),
    "FUNCTIONS_WORKER_PROCESS_COUNT": (
        "unset",
        (
            "On plans that take it (Flex Consumption does not), 2 or more: a check that seizes one"
            " process leaves another to cancel."
        ),
    ),
    "AzureWebJobs.watchdog.Disabled": (
        "unset",
        "`true` in a deployment slot, so that two watchdogs do not gate the same runs.",
    ),
    "PYTHON_ENABLE_OPENTELEMETRY": (
        "unset",
        "`true` sends traces and metrics to Azure Monitor, if the packages for it are installed.",
    ),
}

# Secrets that shipped checks and actions read. name → (whose, where gate.toml names it, what).
_SECRETS = (
    (
        "WEBHOOK_…",
        "[`webhook`](checks.md#webhook)",
        "`secret_env`",
        "signs the question; at least 16 characters",
    ),
    ("NOTIFY_…", "[`notify`](actions.md#notify)", "`url_env`", "the URL of a channel"),
    (
        "RUN_COMMAND_…",
        "[`run_command`](actions.md#run_command)",
        "`secrets`",
        "a value for a script in a guest, which nobody sees",
    ),
)

# Why host.json says what it says, by path.
HOST = {
    "version": "The runtime that all supported hosts have.",
    "functionTimeout": (
        "A gate is many short steps; the trigger and the watchdog may hold on to a run from T-40"
        " until its start. Ends a step that hangs, with its worker."
    ),
    "logging.logLevel.default": "The line of each report is INFO: less would hide runs that pass.",
    "logging.logLevel.Host.Aggregator": "Its counts of calls tell nothing about runs.",
    "logging.logLevel.Azure.Core": "It tells of every request.",
    "logging.logLevel.DurableTask.AzureStorage": "It tells of every look at a queue.",
    "logging.logLevel.DurableTask.Core": "It tells of every replay.",
    "logging.applicationInsights.samplingSettings.isEnabled": "Requests may be sampled.",
    "logging.applicationInsights.samplingSettings.maxTelemetryItemsPerSecond": "Azure's usual.",
    "logging.applicationInsights.samplingSettings.excludedTypes": (
        "Traces are what alerts read: none of them may be left out."
    ),
    "extensionBundle.id": "The bundle with Event Grid and Durable Functions.",
    "extensionBundle.version": "Any of version 4; 5 has not been tried.",
    "extensions.durableTask.tracing.distributedTracingEnabled": (
        "The host's spans lie in the trace of the event."
    ),
    "extensions.durableTask.tracing.version": "The one that is kept up.",
    "extensions.durableTask.hubName": (
        "The name of the stories in the storage account. Changing it forgets all that is under way."
    ),
    "extensions.durableTask.storageProvider.maxQueuePollingInterval": (
        "A step waits that long at the most before it is taken up. Longer costs less storage, and"
        " time of each gate."
    ),
    "extensions.durableTask.storageProvider.controlQueueVisibilityTimeout": (
        "Work of an instance that died is handed on after that: a minute, not five."
    ),
    "extensions.durableTask.storageProvider.workItemQueueVisibilityTimeout": (
        "The same, for a step."
    ),
    "extensions.durableTask.maxConcurrentActivityFunctions": (
        "Steps mostly wait, so many may run at once; a cancel call must never queue behind checks."
    ),
    "extensions.durableTask.maxConcurrentOrchestratorFunctions": (
        "Replays compute, so few at once are faster than many."
    ),
    "extensions.durableTask.overridableExistingInstanceStates": (
        "A story that is at work is never started again over its own head."
    ),
    "extensions.http.routePrefix": "The reports are under `/api/gates`.",
}

_HEAD = """# Configuration

<!-- Written by tools/configuration.py from the code that reads it: change that, run it again. -->

Three places: *app settings* say where the app runs and what it may touch,
[`gate.toml`](../gate.toml) says what speaks against a run, and [`host.json`](../host.json) how the
host drives it. Whatever is not legal is named, all of it together: settings when the app starts,
`gate.toml` in every report and by `patchgate checks list`. A `gate.toml` that is not legal is not
in force at all, and every check is UNKNOWN until it is mended, which cancels every run unless
`PATCHGATE_ON_UNKNOWN` says otherwise.
"""


def page() -> str:
    """The whole page, as it has to be today."""
    parts = (_HEAD, *_settings(), *_policy(), *_host(), *_own())
    return "\n".join(parts)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a JSON object that is no object itself, with its path."""
    if not isinstance(value, Mapping):
        yield path, value
        return
    for name, inner in value.items():
        yield from leaves(inner, f"{path}.{name}" if path else name)


def _settings() -> Iterator[str]:
    yield "## App settings\n\n### Of Patchgate\n"
    rows = ((f"`{name}`", _default(name), VARIABLES[name][1], SETTINGS[name]) for name in VARIABLES)
    yield _table(("setting", "default", "legal", "what it is for"), rows)
    yield (
        "A setting that begins with `PATCHGATE_` and is none of these is refused, with the name"
        " that it is nearest to. An empty one counts as unset.\n"
    )
    yield "### Of the host, its worker and the Azure SDK\n"
    yield "As `infra/modules/app.bicep` sets them; those that are unset are for you to set.\n"
    of_host = ((f"`{name}`", value, why) for name, (value, why) in OF_THE_HOST.items())
    yield _table(("setting", "value", "why"), of_host)
    yield (
        "Secrets, for checks and actions that are shipped and on. `gate.toml` names the setting and"
        " never holds the value; a [reference to Key Vault]"
        "(https://learn.microsoft.com/azure/app-service/app-service-key-vault-references) does.\n"
    )
    secrets = ((f"`{name}`", whose, key, what) for name, whose, key, what in _SECRETS)
    yield _table(("setting", "read by", "named by its key", "what it holds"), secrets)
    yield (
        "On an operator's machine, for the command line alone: `PATCHGATE_APP_KEY`, a function key"
        " of the app, and `PATCHGATE_EVENT_KEY`, its system key `eventgrid_extension`"
        " ([commands](commands.md)).\n"
    )


def _policy() -> Iterator[str]:
    yield "## gate.toml\n"
    yield (
        "Editors complete it from [its schema](gate.schema.json). Where no default is named, the"
        " author of the check has chosen: `patchgate checks show NAME` says what, and which line"
        " of the file set what is in force.\n"
    )
    yield "### At the top\n"
    yield _table(("key", "default", "legal", "meaning"), map(_key, TOP_KEYS.items()))
    yield (
        "### In `[checks.NAME]` and `[actions.NAME]`\n\nThe table turns the check, or the action,"
        " on. `config` holds what it wants to know itself; it is checked before it is asked.\n"
    )
    yield _table(("key", "default", "legal", "meaning"), map(_key, CHECK_KEYS.items()))
    shared = ", ".join(f"`{name}`" for name in DEFAULT_KEYS)
    yield (
        "### In `[defaults]`\n\nFor every check, and no action, that does not say otherwise:"
        f" {shared}.\n"
    )
    yield (
        "### In `[[for]]`\n\nAll of the above again, for some maintenance configurations:"
        " `configurations` holds globs on their names (on their ids, if they begin with `/`),"
        " `tags` globs on the values of their tags. Of the blocks that match, the most specific one"
        " that sets a value wins. While tags that count cannot be read, `mode`, `on_unknown` and"
        " `on_gap` are the strictest that any block could set.\n"
    )


def _key(named: tuple[str, Key]) -> tuple[str, ...]:
    name, key = named
    default = "" if key.default is None else f"`{_toml(key.default)}`"
    return f"`{name}`", default, key.kind.legal, key.says


def _toml(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _host() -> Iterator[str]:
    yield "## host.json\n"
    found = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    rows = ((f"`{path}`", f"`{json.dumps(value)}`", HOST[path]) for path, value in leaves(found))
    yield _table(("value", "is", "why"), rows)


def _own() -> Iterator[str]:
    yield "## What shipped checks and actions want to know\n"
    yield (
        "In `[checks.NAME.config]` and `[actions.NAME.config]`;"
        " their pages say what each key means.\n"
    )
    rows = [row for kind in (CHECKS, ACTIONS) for row in _configs(kind)]
    yield _table(("name", "keys of its config"), rows)


def _configs(kind: Kind) -> Iterator[tuple[str, str]]:
    for found in discover(kind, None, plugins=()):
        if isinstance(found, Definition):
            link = f"[`{found.name}`]({kind.table}.md#{found.name})"
            config: Any = found.config_type
            names = () if config is None else (one.name for one in dataclasses.fields(config))
            yield link, ", ".join(f"`{name}`" for name in names) or "none"


def _default(name: str) -> str:
    value = getattr(Settings(), VARIABLES[name][0])
    if isinstance(value, float):  # minutes, in seconds
        return f"`{value / 60:g}`"
    text = ",".join(value) if isinstance(value, tuple) else value
    return f"`{text}`" if text else "none"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
