"""What several questions are about, asked of Azure once, all of it side by side."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.azure.app import FUNCTION
from cli.azure.assignments import Scopes, scopes_of
from cli.azure.configurations import Configuration, read_configuration
from cli.azure.connection import Connection
from cli.azure.doctor_site import FunctionApp, app_settings, function_app
from cli.azure.event_grid import EventGrid
from cli.azure.event_grid_ids import Function
from cli.azure.event_grid_values import PRE, EventSubscription, Topic
from cli.doctor.finding import Unanswered, asking
from cli.doctor.once import Once
from core.errors import BadId
from core.ids import ConfigurationId

if TYPE_CHECKING:
    from cli.plugins.site import Site

__all__ = ["FUNCTION", "Events", "Facts", "Who", "events_of", "facts_of", "function_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Who is told of the configuration's runs. `add` is the command that makes a subscription."""

    topic: Topic | None
    everyone: tuple[EventSubscription, ...]
    add: str

    @property
    def ours(self) -> tuple[EventSubscription, ...]:
        """Those that send to where Patchgate is, by the best guess; raises `Unanswered` if none."""
        gate = next(
            iter(sorted((one for one in self.everyone if one.takes(PRE)), key=_unlike)), None
        )
        if gate is None:
            raise Unanswered("no event subscription takes pre events", self.add)
        return tuple(one for one in self.everyone if one.endpoint.lower() == gate.endpoint.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whose rights count: the app's `principal`, or, if it is None, whoever is signed in."""

    principal: str | None
    why: str = ""  # why it is not the app's


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of them; each raises `Unanswered` if Azure did not tell. `site`: None, if not legal."""

    azure: Connection
    id: ConfigurationId
    site: Site | None
    configuration: Once[Configuration]
    events: Once[Events]
    app: Once[FunctionApp]
    settings: Once[Mapping[str, str]]
    who: Once[Who]
    scopes: Once[Scopes]

    @property
    def option(self) -> str:
        """The configuration, as our commands take it."""
        return f"--configuration {shlex.quote(str(self.id))}"


def facts_of(azure: Connection, id_: ConfigurationId, site: Site | None) -> Facts:
    """Begin to ask for all of it."""
    events = Once(lambda: events_of(azure, id_))
    option = f"--configuration {shlex.quote(str(id_))}"
    function = Once(lambda: function_of(events.get(), option))
    app = Once(lambda: _app(azure, function.get()))
    settings = Once(lambda: _settings(azure, function.get()))
    return Facts(
        azure=azure,
        id=id_,
        site=site,
        configuration=Once(lambda: _configuration(azure, id_)),
        events=events,
        app=app,
        settings=settings,
        who=Once(lambda: _who(app, settings)),
        scopes=Once(lambda: scopes_of(azure.graph, id_, azure.soon())),
    )


def _configuration(azure: Connection, id_: ConfigurationId) -> Configuration:
    with asking("read the configuration", role="Reader", scope=str(id_)):
        return read_configuration(azure, id_)


def events_of(azure: Connection, id_: ConfigurationId) -> Events:
    """Its subscriptions. Raises `Unanswered`."""
    grid = EventGrid(azure, id_)
    whole = f"/subscriptions/{id_.subscription}"
    with asking("list the system topics", role="Reader", scope=whole):
        topic = grid.topic()
    with asking("list the event subscriptions", role="Reader", scope=whole):
        found = grid.subscriptions(topic)
    add = f"patchgate events add --configuration {shlex.quote(str(id_))} --to FUNCTION_APP_ID"
    return Events(topic=topic, everyone=found, add=add)


def _unlike(one: EventSubscription) -> tuple[bool, bool, str]:
    """Least for the subscription that is most likely the gate's."""
    to_function = one.endpoint_type == "AzureFunction"
    return not one.endpoint.lower().endswith(f"/{FUNCTION}"), not to_function, one.name.lower()


def function_of(events: Events, option: str) -> Function:
    """Where its pre events go to; `option` is the configuration, as our commands take it.

    Raises `Unanswered` if that is no function that can be looked at.
    """
    one = events.ours[0]
    app, _, name = one.endpoint.rpartition("/functions/")
    why = f"{one.name} sends to {one.endpoint_type or 'something unknown'}"
    if one.endpoint_type != "AzureFunction":
        mend = "--app URL asks the app itself; az cannot tell which app is behind it"
        raise Unanswered(f"{why}: what runs there cannot be seen through Azure", mend, "warning")
    production, found, slot = app.partition("/slots/")
    if found:
        # Event Grid takes them, and has no full support for them:
        # https://github.com/Azure/azure-cli-extensions/issues/2184
        mend = (
            f"patchgate events edit {one.name} {option} --to {shlex.quote(production)}"
            f" --function {shlex.quote(name)}"
        )
        says = f"{one.name} sends to the deployment slot {slot}, which is not looked at"
        raise Unanswered(says, mend, "warning")
    try:
        return Function.parse(app, name)
    except BadId as error:
        raise Unanswered(f"{why} that is not understood: {error}", events.add) from error


def _app(azure: Connection, function: Function) -> FunctionApp:
    with asking("read the function app", role="Reader", scope=function.app):
        return function_app(azure, function)


def _settings(azure: Connection, function: Function) -> Mapping[str, str]:
    with asking(
        "list the app's settings",
        role="Website Contributor",
        scope=function.app,
        right="Microsoft.Web/sites/config/list/action",
    ):
        return app_settings(azure, function)


def _who(app: Once[FunctionApp], settings: Once[Mapping[str, str]]) -> Who:
    """As `DefaultAzureCredential` chooses in Functions: AZURE_CLIENT_ID, else the app's own."""
    try:
        found = app.get()
        chosen = settings.get().get("AZURE_CLIENT_ID", "").lower() if found.by_client else ""
    except Unanswered as lost:
        return Who(principal=None, why=lost.says)
    principal = found.by_client.get(chosen) if chosen else found.system
    if not principal:
        raise Unanswered(
            "the app has no identity of its own, or AZURE_CLIENT_ID names none of its own",
            f"az functionapp identity assign {found.named}",
        )
    return Who(principal=principal)
