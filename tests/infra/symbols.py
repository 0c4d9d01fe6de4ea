"""Do the names in a Bicep file resolve? What a compiler would say, as far as tokens tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.infra.bicep import MARK, Bicep, Token, closing

# https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions: those in use here.
FUNCTIONS = {
    "cidrSubnet",
    "concat",
    "contains",
    "empty",
    "environment",
    "guid",
    "items",
    "join",
    "length",
    "loadJsonContent",
    "loadTextContent",
    "map",
    "replace",
    "resourceGroup",
    "resourceId",
    "split",
    "subscription",
    "subscriptionResourceId",
    "take",
    "toLower",
    "trim",
    "union",
    "uniqueString",
}
IN_PARAMETERS = {"readEnvironmentVariable", "split", "empty", "filter"}
DECORATORS = {"description", "allowed", "minLength", "maxLength", "minValue", "maxValue", "secure"}
_WORDS = {"true", "false", "null", "if", "for", "in", "existing", "string", "int", "bool", "object"}
_HEADS = ("param", "var", "resource", "module", "output", "targetScope", "using")


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A name that is known between two tokens: of a loop, or of a function in place."""

    name: str
    first: int
    last: int


def heads(file: Bicep) -> dict[str, tuple[str, int]]:
    """What is declared: name → (kind, the index of its token)."""
    found: dict[str, tuple[str, int]] = {}
    for number, token in enumerate(file.tokens[:-1]):
        begins = number == 0 or file.tokens[number - 1].kind == "line"
        if begins and token.text in _HEADS[:5] and file.tokens[number + 1].kind == "word":
            found[f"{token.text == 'output'}{file.tokens[number + 1].text}"] = (
                token.text,
                number + 1,
            )
    return {name.removeprefix("False"): head for name, head in found.items()}


def problems(file: Bicep) -> Iterator[str]:
    """All that does not resolve within the file."""
    listed = file.tokens
    declared = heads(file)
    local = list(_locals(listed))
    functions = IN_PARAMETERS if file.is_parameters else FUNCTIONS
    used: set[str] = set()
    for number, token in enumerate(listed):
        if token.kind != "word" or not _is_use(listed, number):
            continue
        name = token.text
        if name in {one.name for one in local if one.first <= number <= one.last}:
            continue
        if listed[number + 1 : number + 2] and listed[number + 1].text == "(":
            known = DECORATORS if listed[number - 1].text == "@" else functions
            if name not in known and name not in _WORDS:
                yield f"there is no function {name}"
        elif name in declared:
            used.add(name)
        elif name not in _WORDS:
            yield f"nothing is called {name}"
    for name, (kind, _) in declared.items():
        idle = kind == "var" or (kind == "param" and not file.is_parameters)
        if (idle or _is_existing(file, name, kind)) and name not in used:
            yield f"{kind} {name} is used by nothing"


def _is_existing(file: Bicep, name: str, kind: str) -> bool:
    return kind == "resource" and bool(file.part("resources")[name]["existing"])


def _is_use(listed: list[Token], number: int) -> bool:
    """Not the beginning of a statement, what it declares, a property, or a key."""
    before = listed[number - 1] if number else None
    after = listed[number + 1].text if number + 1 < len(listed) else ""
    if before is None or before.text in (".", "::", *_HEADS[:5]):
        return False
    fresh = before.kind == "line" or before.text in ("{", ",")
    if fresh and after == ":":
        return False
    return not (before.kind == "line" and listed[number].text in _HEADS)


def _locals(listed: list[Token]) -> Iterator[Local]:
    opened: list[int] = []
    for number, token in enumerate(listed):
        if token.text in ("[", "(", "{"):
            opened.append(number)
        elif token.text in ("]", ")", "}"):
            opened.pop()
        if token.text == "for" and token.kind == "word":
            last = closing(listed, opened[-1])
            names = _until(listed, number + 1, "in")
            yield from (Local(name=name, first=number, last=last) for name in names)
        if token.text == "=>":
            last = closing(listed, opened[-1])
            name = listed[number - 1].text
            yield Local(name=name, first=number - 1, last=last)


def _until(listed: list[Token], number: int, stop: str) -> Iterator[str]:
    while listed[number].text != stop:
        if listed[number].kind == "word":
            yield listed[number].text
        number += 1


def of_modules(file: Bicep, files: Mapping[str, Bicep]) -> Iterator[str]:
    """What is wrong between a file and the modules that it uses."""
    for name, module in file.part("modules").items():
        path = (file.path.parent / module["detail"]["path"]).resolve()
        target = files.get(str(path))
        if target is None:
            yield f"{name}: there is no {module['detail']['path']}"
            continue
        body = inner(module["config"])
        given, wanted = body.get("params", {}), target.part("parameters")
        yield from (f"{name}: {one} is no parameter of it" for one in given.keys() - wanted.keys())
        yield from (
            f"{name}: its parameter {one} is missing"
            for one, said in wanted.items()
            if one not in given and said.get("default") is None
        )
        yield from (
            f"{name}: {one} is a {said['type']}, and gets {given[one]!r}"
            for one, said in wanted.items()
            if one in given and not _fits(given[one], said["type"])
        )
        here = _scope(body.get("scope"), file)
        if here != target.scope:
            yield f"{name}: it is for a {target.scope}, and is deployed to a {here}"
        outputs = target.part("outputs").keys()
        yield from (
            f"{name}: it has no output {one}" for one in _outputs(file, name) if one not in outputs
        )


def inner(config: dict[str, Any]) -> dict[str, Any]:
    """The body of a resource or module, without its loop or condition."""
    body: dict[str, Any] = config.get("config", config)
    return body


def is_expression(value: object, kind: str) -> bool:
    """A "function" or an "operator", and no object of Azure's that has a property of that name."""
    return isinstance(value, dict) and isinstance(value.get(kind), dict)


def _fits(value: object, kind: object) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind == "int"
    if isinstance(value, list):
        return kind == "array" or isinstance(kind, dict)
    if isinstance(value, str) and value.startswith(MARK):
        return kind == "string"
    return True


def _scope(scope: object, file: Bicep) -> str:
    if scope is None:
        return file.scope
    if isinstance(scope, str):
        kind = file.part("resources").get(scope, {}).get("type")
        return "resourceGroup" if kind == "Microsoft.Resources/resourceGroups" else f"{scope}?"
    assert isinstance(scope, dict)
    return {"resource_group": "resourceGroup", "subscription": "subscription"}[
        scope["function"]["type"]
    ]


def _outputs(file: Bicep, module: str) -> Iterator[str]:
    text = re.sub(r"//[^\n]*", "", file.text)
    for found in re.finditer(rf"\b{module}(?:\[[^\]]*\])?!?\.outputs\.(\w+)", text):
        yield found[1]
