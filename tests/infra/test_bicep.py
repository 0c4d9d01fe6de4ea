"""What a compiler would say of infra/, as far as it can be told without one; and that it is told.

Each check is shown to fail on the same files with one thing changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.infra import azure, symbols
from tests.infra.bicep import FILES, INFRA, PARAMETERS, Bicep

ALL = {str(path): Bicep.read(path) for path in FILES}
GIVEN = [Bicep.read(path) for path in PARAMETERS]


def problems(file: Bicep) -> list[str]:
    """All that is wrong with it, among the others."""
    if file.is_parameters:
        return [*symbols.problems(file), *of_parameters(file)]
    return [
        *symbols.problems(file),
        *symbols.of_modules(file, {**ALL, str(file.path): file}),
        *azure.problems(file),
        *undescribed(file),
        *outside(file),
    ]


def undescribed(file: Bicep) -> Iterator[str]:
    """Parameters and outputs that nobody has said anything about."""
    for part in ("parameters", "outputs"):
        for name, said in file.part(part).items():
            if not any(one["type"] == "description" for one in said["decorators"]):
                yield f"{name} has no description"


def outside(file: Bicep) -> Iterator[str]:
    """Defaults that the parameter's own limits do not allow."""
    for name, said in file.part("parameters").items():
        default = said.get("default")
        for one in said["decorators"]:
            limit = one.get("argument")
            if default is None:
                continue
            plain = default.removeprefix("§") if isinstance(default, str) else default
            choices = (
                [c.removeprefix("§") if isinstance(c, str) else c for c in limit or []]
                if (one["type"] == "allowed")
                else [plain]
            )
            less = one["type"] == "min_value" and plain < limit
            more = one["type"] == "max_value" and plain > limit
            if plain not in choices or less or more:
                yield f"the default of {name} is not allowed"


def of_parameters(file: Bicep) -> Iterator[str]:
    """What a file of parameters gives, against what its Bicep file takes."""
    used = re.search(r"^using '([^']+)'$", file.text, re.MULTILINE)
    target = ALL.get(str((file.path.parent / used[1]).resolve())) if used else None
    if target is None:
        yield "it is for no file that there is"
        return
    wanted, given = target.part("parameters"), file.part("variables")
    yield from (f"{name} is no parameter" for name in given.keys() - wanted.keys())
    yield from (
        f"{name} is missing"
        for name, said in wanted.items()
        if said.get("default") is None and name not in given
    )
    for guid in re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", file.text):
        if set(guid.replace("-", "")[:-1]) != {"0"}:
            yield f"{guid} looks like a real id"


@pytest.mark.parametrize("file", [*ALL.values(), *GIVEN], ids=lambda file: file.name)
def test_it_parses_and_everything_in_it_resolves(file: Bicep) -> None:
    """Its names, its modules with their parameters and outputs, and its resources' properties."""
    assert file.tree
    assert problems(file) == []


def test_every_file_of_modules_is_used() -> None:
    used = {
        str((file.path.parent / module["detail"]["path"]).resolve())
        for file in ALL.values()
        for module in file.part("modules").values()
    }
    assert set(ALL) - used == {str(INFRA / "main.bicep"), str(INFRA / "subscriptions.bicep")}


# file, what is changed, into what, and what must be found
BROKEN = [
    ("main.bicep", "scope: group\n", "scope: grop\n", "nothing is called grop"),
    ("main.bicep", "uniqueString(", "uniquString(", "there is no function uniquString"),
    ("main.bicep", "${token}", "${tokn}", "nothing is called tokn"),
    ("main.bicep", "@minLength(1)", "@minLenght(1)", "there is no function minLenght"),
    (
        "main.bicep",
        "@description('Tags of every resource.')\n",
        "",
        "tags has no description",
    ),
    (
        "main.bicep",
        "    alwaysReadyInstances: alwaysReadyInstances\n",
        "",
        "app: its parameter alwaysReadyInstances is missing",
    ),
    (
        "main.bicep",
        "    alwaysReadyInstances: alwaysReadyInstances\n",
        "",
        "param alwaysReadyInstances is used by nothing",
    ),
    ("main.bicep", "    closed: privateNetwork\n", "", "storage: its parameter closed is missing"),
    ("main.bicep", "    closed: ", "    shut: ", "storage: shut is no parameter of it"),
    ("main.bicep", "    closed: privateNetwork", "    closed: 'no'", "closed is a bool"),
    ("main.bicep", "outputs.appClientId", "outputs.clientId", "it has no output clientId"),
    ("main.bicep", "network!.outputs.appSubnetId", "network!.outputs.x", "it has no output x"),
    ("main.bicep", "'modules/app.bicep'", "'modules/ap.bicep'", "there is no modules/ap.bicep"),
    ("main.bicep", "scope: subscription(id)", "scope: group", "it is for a subscription"),
    ("main.bicep", "Instances int = 1\n", "Instances int = 21\n", "alwaysReadyInstances is not"),
    ("main.bicep", "string = '3.13'", "string = '3.9'", "the default of pythonVersion"),
    ("modules/app.bicep", "param planName", "param unused string\n\nparam planName", "unused"),
    ("modules/app.bicep", "httpsOnly:", "httpOnly:", "httpOnly: there is no such property"),
    ("modules/app.bicep", "httpsOnly: true", "httpsOnly: 'yes'", "httpsOnly: yes is not bool"),
    ("modules/app.bicep", "ftpsState: 'Disabled'", "ftpsState: 'Off'", "ftpsState: Off is not"),
    (
        "modules/app.bicep",
        "    serverFarmId: plan.id\n",
        "    state: 'Running'\n",
        "only Azure sets",
    ),
    ("modules/app.bicep", "  location: location\n", "", "location is missing"),
    ("modules/app.bicep", "sites@2024-11-01'", "sites@2022-03-01'", "as of 2024-11-01"),
    ("modules/app.bicep", "'Microsoft.Web/sites@", "'Microsoft.Web/site@", "nothing is known of"),
    ("modules/storage.bicep", "defaultAction: closed ?", "default: closed ?", "default: there is"),
    ("modules/storage.bicep", "? 'Deny' :", "? 'Refuse' :", "Refuse is not"),
    ("modules/storage.bicep", "days: 7", "days: '7'", "days: 7 is not int"),
    ("modules/network.bicep", "    subnets: [", "    subnet: [", "subnet: there is no such"),
    ("modules/topic.bicep", "    filter: {", "    filters: {", "filters: there is no such"),
    ("modules/topic.bicep", "'AzureFunction'", "'Function'", "endpointType: Function is none"),
    (
        "modules/topic.bicep",
        "        resourceId: functionId",
        "        id: functionId",
        ".id: there",
    ),
    ("modules/topic.bicep", "maxDeliveryAttempts", "maxAttempts", "maxAttempts: there is no such"),
    ("modules/topic.bicep", "          operator: 'GreaterThan'\n", "", "operator is missing"),
    ("modules/alerts.bicep", "timeAggregation: 'Count'", "timeAggregation: 'Counts'", "Counts is"),
    ("modules/alerts.bicep", "windowSize:", "window:", "window: there is no such property"),
    ("modules/canceller.bicep", "    type: 'CustomRole'", "    kind: 'CustomRole'", "kind: there"),
    ("main.bicepparam", "param location", "param region", "region is no parameter"),
    ("main.bicepparam", "readEnvironmentVariable", "readVariable", "no function readVariable"),
    ("main.bicepparam", "using './main.bicep'", "using './other.bicep'", "for no file"),
    ("main.bicepparam", "/00000000-0000", "/1f3c0a77-9e21", "looks like a real id"),
]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    BROKEN,
    ids=[f"{name}-{number}" for number, (name, *_) in enumerate(BROKEN)],
)
def test_what_is_wrong_is_found(name: str, old: str, new: str, expected: str) -> None:
    path = INFRA / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    found = problems(Bicep(path=path, text=text.replace(old, new)))
    assert any(expected in problem for problem in found), found


@pytest.mark.parametrize(
    "text",
    ["param name string =\n", "var x = {\n  a: 1\n", "var x = 'a\n", "resource x = {}\n"],
)
def test_what_is_no_bicep_does_not_parse(text: str) -> None:
    with pytest.raises(Exception, match=r"Unexpected|closed|No terminal"):
        _ = Bicep(path=INFRA / "new.bicep", text=text).tree
