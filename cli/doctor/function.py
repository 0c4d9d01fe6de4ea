"""Questions about the app: is it there, does it answer, and is it set up for this configuration?"""

from __future__ import annotations

import contextlib
import io
import shlex

import typer

from cli.azure.app import AppClient
from cli.azure.doctor_site import is_disabled
from cli.doctor.facts import FUNCTION, Facts
from cli.doctor.finding import Finding, Unanswered, asking, failure, ok, warning
from core.errors import BadSettings
from core.settings import PREFIX, Settings

__all__ = ["app_answers", "claims", "function", "said_by", "workers"]

_CLOUD = "AZURE_SDK_CLOUD_CONF"
_THREADS, _PROCESSES = "PYTHON_THREADPOOL_THREAD_COUNT", "FUNCTIONS_WORKER_PROCESS_COUNT"
_LEAST = {_THREADS: 128, _PROCESSES: 2}


def function(question: str, facts: Facts) -> Finding:
    """The function that events go to is there, and the app runs."""
    app = facts.app.get()
    name = app.function.name
    if app.state != "Running":
        says = f"the app is {app.state or 'in a state that it does not tell'}"
        return failure(question, says, f"az functionapp start {app.named}")
    with asking("read the function", role="Reader", scope=app.function.app):
        disabled = is_disabled(facts.azure, app.function)
    if disabled is None:
        publish = f"func azure functionapp publish {app.function.app.rpartition('/')[2]}"
        return failure(question, f"the app has no function {name}: not indexed", publish)
    if disabled:
        return failure(question, f"{name} is switched off", _set(facts, _switch(name), "false"))
    if name != FUNCTION:
        says = f"events go to {name}, and Patchgate's function is {FUNCTION}"
        mend = f"patchgate events edit NAME {facts.option} --function {FUNCTION}"
        return warning(question, says, mend)
    return ok(question, f"{name} of {app.host or app.function.app} is indexed")


def app_answers(question: str, facts: Facts, app: AppClient | None) -> Finding:
    """The app itself answers, with the key that is given."""
    again = f"patchgate doctor {facts.option} --app"
    if app is None:
        url = "URL"
        with contextlib.suppress(Unanswered):
            url = f"https://{facts.app.get().host or 'NAME.azurewebsites.net'}"
        return warning(question, "not asked: no --app", f"{again} {url} --key KEY")
    problem = io.StringIO()
    try:
        with contextlib.redirect_stderr(problem):
            told = app.recent(1)
    except typer.Exit:
        keys = "az functionapp keys list -g GROUP -n NAME"
        with contextlib.suppress(Unanswered):
            keys = f"az functionapp keys list {facts.app.get().named}"
        return failure(question, said_by(problem), f"{keys}; {again} {app.base} --key KEY")
    if not isinstance(told.get("gates"), list):
        says = f"{app.base} answers, and not as Patchgate does"
        return failure(question, says, "func azure functionapp publish NAME")
    return ok(question, f"{app.base} answers")


def claims(question: str, facts: Facts) -> Finding:
    """The configuration is named in the app's settings, so that the watchdog looks after it."""
    told = facts.settings.get()
    own = {k: v for k, v in told.items() if k.startswith(PREFIX) or k == _CLOUD}
    name = "PATCHGATE_CONFIGURATIONS"
    mend = _set(facts, name, f"{own.get(name, '').strip('*, ')},{facts.id}".strip(","))
    try:
        settings = Settings.from_environment(own)
    except BadSettings as error:
        return failure(question, f"the app's settings are not legal: {error}", mend)
    if settings.simulator is not None:
        says = "the app asks a simulator instead of Azure: PATCHGATE_SIMULATOR is set"
        return failure(question, says, _set(facts, "PATCHGATE_SIMULATOR", ""))
    if not settings.accepts(facts.id):
        return failure(question, f"the app refuses its events: {name} does not name it", mend)
    if not settings.names(facts.id):
        says = f"{name} is *: the watchdog does not look for events that never come"
        return warning(question, says, mend)
    return ok(question, f"{name} names it")


def workers(question: str, facts: Facts) -> Finding:
    """There are threads for the checks, and a second process if one of them hangs."""
    try:
        told = facts.settings.get()
    except Unanswered as lost:
        raise Unanswered(lost.says, lost.mend, "warning") from lost
    # Flex Consumption has no such setting, and other plans one process without it.
    asked = {name: least for name, least in _LEAST.items() if name == _THREADS or name in told}
    few = {name: least for name, least in asked.items() if _number(told.get(name)) < least}
    if few:
        says = ", ".join(f"{name} is {told.get(name) or 'not set'}" for name in few)
        return warning(question, says, _set_all(facts, few))
    return ok(question, ", ".join(f"{name} is {told[name]}" for name in asked))


def said_by(problem: io.StringIO) -> str:
    """What a command said when it left."""
    return problem.getvalue().rpartition("patchgate: ")[2].strip() or "it left without a word"


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0


def _switch(name: str) -> str:
    return f"AzureWebJobs.{name}.Disabled"


def _set(facts: Facts, name: str, value: str) -> str:
    return f"{_setting(facts)} {shlex.quote(f'{name}={value}')}"


def _set_all(facts: Facts, values: dict[str, int]) -> str:
    return " ".join([_setting(facts), *(f"{name}={value}" for name, value in values.items())])


def _setting(facts: Facts) -> str:
    named = "-g GROUP -n NAME"
    with contextlib.suppress(Unanswered):
        named = facts.app.get().named
    return f"az functionapp config appsettings set {named} --settings"
