"""What `patchgate actions new` writes: an action that works and can be undone, and its test.

NAME and CLASS are filled in.
"""

from __future__ import annotations

__all__ = ["files_of"]

_OF_MACHINE = '''"""NAME: say here what the action is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actions import Context, Machine, Result, action, done, nothing_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class CLASS:
    """What gate.toml may set under [actions.NAME.config]."""

    tag: str = "patching"
    value: str = "now"


def put_back(machine: Machine, ctx: Context[CLASS]) -> Result:
    """The tag is as it was, unless somebody has changed it since."""
    tag, value, before = ctx.memory["tag"], ctx.memory["value"], ctx.memory["before"]
    if _tags(machine, ctx).get(tag.lower()) != value:
        return nothing_to_do("is not tagged by us any more")
    if before is None:
        _change(machine, ctx, "Delete", {tag: value})
    else:
        _change(machine, ctx, "Merge", {tag: before})
    return done("is tagged as before")


@action(
    undo=put_back,
    needs=("Microsoft.Resources/tags/read", "Microsoft.Resources/tags/write"),
)
def NAME(machine: Machine, ctx: Context[CLASS]) -> Result:
    """Every machine is tagged while its run lasts (which tag is the site's choice).

    Asks: the machine's tags.

    Changes: that tag.

    Remembers: the value that it had before.

    Undo: gives it back.

    Fails when: never; what Azure refuses is UNKNOWN.
    """
    tag, value = ctx.config.tag, ctx.config.value
    before = _tags(machine, ctx).get(tag.lower())
    if before == value and not ctx.memory:
        return nothing_to_do("is tagged so already")
    # Nothing may be changed above this line: what stands there is done twice.
    ctx.remember(tag=tag, value=value, before=before)
    _change(machine, ctx, "Merge", {tag: value})
    return done(f"tagged {tag}={value}")


def _client(machine: Machine, ctx: Context[CLASS]) -> Any:
    from azure.mgmt.resource.resources import (  # imported when it is needed: it is large
        ResourceManagementClient,
    )

    return ctx.azure.client(ResourceManagementClient, machine.subscription)


def _tags(machine: Machine, ctx: Context[CLASS]) -> dict[str, str]:
    """Those that it has now, by their names in lower case."""
    found = _client(machine, ctx).tags.get_at_scope(machine.id.lstrip("/"))
    return {name.lower(): value for name, value in (found.properties.tags or {}).items()}


def _change(machine: Machine, ctx: Context[CLASS], how: str, tags: dict[str, str]) -> None:
    body = {"operation": how, "properties": {"tags": tags}}
    client = _client(machine, ctx)
    client.tags.begin_update_at_scope(machine.id.lstrip("/"), body, polling=False)
'''

_OF_MACHINE_TEST = '''"""NAME: what it does to which machine, and how that is put back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from actions.testing import FakeAzure, a_machine, try_action, try_undo
from my_actions.NAME import NAME

WEB = a_machine("web-01")


class Tags:
    """The tags of one machine, as Azure's client has them."""

    def __init__(self, **now: str) -> None:
        self.now = now

    def get_at_scope(self, scope: str) -> Any:
        return SimpleNamespace(properties=SimpleNamespace(tags=dict(self.now)))

    def begin_update_at_scope(self, scope: str, body: Any, *, polling: bool) -> None:
        for name, value in body["properties"]["tags"].items():
            if body["operation"] == "Merge":
                self.now[name] = value
            else:
                self.now.pop(name)


def azure(tags: Tags) -> FakeAzure:
    """An Azure with this machine."""
    return FakeAzure(ResourceManagementClient=SimpleNamespace(tags=tags))


def test_it_is_done_and_put_back() -> None:
    tags = Tags(patching="last week")
    tried = try_action(NAME, WEB, azure=azure(tags))
    assert [outcome.status for outcome in tried.outcomes] == ["passed"]
    assert tags.now == {"patching": "now"}
    assert tried.memory == {"tag": "patching", "value": "now", "before": "last week"}
    (undone,) = try_undo(NAME, WEB, tried.memories, azure=azure(tags))
    assert (undone.status, tags.now) == ("passed", {"patching": "last week"})


def test_a_tag_that_was_not_there_goes_away_again() -> None:
    tags = Tags()
    tried = try_action(NAME, WEB, azure=azure(tags))
    try_undo(NAME, WEB, tried.memories, azure=azure(tags))
    assert tags.now == {}


def test_what_somebody_has_changed_since_is_left_alone() -> None:
    tags = Tags()
    tried = try_action(NAME, WEB, azure=azure(tags))
    tags.now["patching"] = "theirs"
    (undone,) = try_undo(NAME, WEB, tried.memories, azure=azure(tags))
    assert (undone.status, tags.now) == ("skipped", {"patching": "theirs"})


def test_where_there_is_nothing_to_do_nothing_is_remembered() -> None:
    tried = try_action(NAME, WEB, azure=azure(Tags(patching="now")))
    assert [outcome.status for outcome in tried.outcomes] == ["skipped"]
    assert tried.memories == {}
'''

_OF_RUN = '''"""NAME: say here what the action is for."""

from __future__ import annotations

import json
from dataclasses import dataclass

from actions import CannotTell, Context, Result, Run, action, done, failed, nothing_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class CLASS:
    """What gate.toml may set under [actions.NAME.config]."""

    url: str = "https://status.example/maintenance"


def put_back(run: Run, ctx: Context[CLASS]) -> Result:
    """What was announced is taken back, if it is still there."""
    where = f"{ctx.memory['url']}/{run.name}"
    status = ctx.web.fetch(where, method="DELETE").status
    if status == 404:
        return nothing_to_do("is gone already")
    return done("taken back") if status < 300 else failed(f"answered {status}", status=status)


@action(undo=put_back)
def NAME(run: Run, ctx: Context[CLASS]) -> Result:
    """The maintenance of all machines is announced while it lasts.

    Asks: nobody.

    Changes: an entry of a web service, by the name of the run.

    Remembers: the service.

    Undo: takes the entry away.

    Fails when: the service does not take it.

    UNKNOWN when: the service does not answer.
    """
    url = ctx.config.url
    if not url.startswith("https://"):
        raise CannotTell(f"{url} is not https")
    # Nothing may be changed above this line: what stands there is done twice. What stands below
    # may be repeated, and this may: there is one entry for each run.
    ctx.remember(url=url)
    told = {"until": run.end.isoformat(), "machines": [machine.name for machine in run.machines]}
    headers = {"Content-Type": "application/json"}
    body = json.dumps(told).encode()
    status = ctx.web.fetch(f"{url}/{run.name}", method="PUT", body=body, headers=headers).status
    return done("announced") if status < 300 else failed(f"answered {status}", status=status)
'''

_OF_RUN_TEST = '''"""NAME: what it does for a run, and how that is put back."""

from __future__ import annotations

from actions import CannotTell
from actions.testing import FakeWeb, Page, Sent, a_run, try_action, try_undo
from my_actions.NAME import NAME

RUN = a_run("web-01", "web-02")
URL = "https://status.example/maintenance"


class Service:
    """The web service, with the entries that it has."""

    def __init__(self, answer: int = 200) -> None:
        self.answer = answer
        self.entries: set[str] = set()

    def __call__(self, sent: Sent) -> Page | CannotTell:
        status = self.answer
        if sent.method == "PUT":
            self.entries.add(sent.url)
        elif sent.url in self.entries:
            self.entries.remove(sent.url)
        else:
            status = 404
        return Page(url=sent.url, status=status, body=b"")


def test_it_is_done_and_put_back() -> None:
    service = Service()
    tried = try_action(NAME, RUN, web=FakeWeb(service))
    assert [outcome.status for outcome in tried.outcomes] == ["passed"]
    assert service.entries == {f"{URL}/{RUN.name}"}
    (undone,) = try_undo(NAME, RUN, tried.memories, web=FakeWeb(service))
    assert (undone.status, service.entries) == ("passed", set())


def test_nothing_is_sent_before_it_is_remembered() -> None:
    web = FakeWeb(Service())
    try_action(NAME, RUN, web=web)
    assert len(web.asked) == 1


def test_putting_back_twice_is_harmless() -> None:
    service = Service()
    tried = try_action(NAME, RUN, web=FakeWeb(service))
    try_undo(NAME, RUN, tried.memories, web=FakeWeb(service))
    (undone,) = try_undo(NAME, RUN, tried.memories, web=FakeWeb(service))
    assert undone.status == "skipped"


def test_a_service_that_refuses_fails_it() -> None:
    tried = try_action(NAME, RUN, web=FakeWeb(Service(answer=503)))
    assert [outcome.status for outcome in tried.outcomes] == ["blocked"]
'''


def files_of(name: str, *, of_run: bool) -> tuple[str, str]:
    """The text of the action's file, and of its test."""
    kind = "".join(word.capitalize() for word in name.split("_"))
    code, test = (_OF_RUN, _OF_RUN_TEST) if of_run else (_OF_MACHINE, _OF_MACHINE_TEST)
    return tuple(  # type: ignore[return-value]
        text.replace("NAME", name).replace("CLASS", kind) for text in (code, test)
    )
