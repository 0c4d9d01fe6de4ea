"""A deployment on paper: which resources there would be, with which names and properties.

What Azure alone can tell (outputs of modules, properties of resources) is an `Unknown`. A name, a
scope, a condition or the list of a loop that needs one of these cannot be deployed: `NotYetKnown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.arm_functions import FUNCTIONS, OPERATORS, Unknown, known
from tests.infra.bicep import MARK, Bicep, tokens
from tests.infra.symbols import inner, is_expression

_PLACE = re.compile(r"\$\{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of a deployment."""

    type: str
    name: str
    where: str
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """What Azure is asked to make it like."""
        found: dict[str, Any] = self.body["properties"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A resource or a module, as other expressions see it."""

    kind: str
    id: str = ""
    name: str = ""


@cache
def _file(path: Path) -> Bicep:
    return Bicep.read(path)


@cache
def _tree(expression: str) -> Any:
    file = Bicep(path=Path("in a text"), text=f"var it = {expression}\n")
    return file.part("variables")["it"]["value"]


def rehearse(file: Bicep, where: str, parameters: Mapping[str, Any]) -> list[Resource]:
    """Every resource that would be made there, those of modules too."""
    return list(_Deployment(file, where, parameters).resources())


class _Deployment:
    def __init__(self, file: Bicep, where: str, parameters: Mapping[str, Any]) -> None:
        self._file, self._where = file, where
        self._names: dict[str, Any] = {}
        for name, said in file.part("parameters").items():
            default = said.get("default")
            if name not in parameters and default is None:
                raise AssertionError(f"{file.name} needs {name}")
            given = name in parameters
            self._names[name] = parameters[name] if given else self._of(default)
            _in_range(name, self._names[name], said["decorators"])

    def resources(self) -> Iterator[Resource]:
        for name, resource in self._file.part("resources").items():
            if resource["existing"]:
                continue
            for body, local in self._bodies(resource["config"]):
                id_, own = self._resource(name, body, local)
                plain = {k: self._of(v, local) for k, v in body.items() if k not in _OURS}
                yield Resource(type=resource["type"], name=own, where=id_, body=plain)
        for module in self._file.part("modules").values():
            path = (self._file.path.parent / module["detail"]["path"]).resolve()
            for body, local in self._bodies(module["config"]):
                own = known(self._of(body["name"], local), "the name of a module")
                scope = body.get("scope")
                where = self._where if scope is None else self._scope(scope, local)
                assert len(own) <= 64, f"{own} is longer than a deployment's name may be"
                given = {k: _by_then(self._of(v, local)) for k, v in body.get("params", {}).items()}
                yield from _Deployment(_file(path), where, given).resources()

    def _bodies(self, config: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """The body, as often as its loop or condition has it, with the names of the loop."""
        if "loop_type" in config:
            detail = config["loop_type"]["detail"]
            listed = known(self._of(detail["array_name"]), "the list of a loop")
            for number, one in enumerate(listed):
                local = {detail["item_name"]: one}
                if "index_name" in detail:
                    local[detail["index_name"]] = number
                yield inner(config), local
        elif "condition" not in config or known(self._of(config["condition"]), "a condition"):
            yield inner(config), {}

    def _resource(self, name: str, body: dict[str, Any], local: dict[str, Any]) -> tuple[str, str]:
        """The id and the name of one resource."""
        kind = str(self._file.part("resources")[name]["type"])
        own = known(self._of(body["name"], local), f"the name of {name}")
        if "parent" in body:
            parent = self._of(body["parent"], local)
            return f"{parent.id}/{kind.rpartition('/')[2]}/{own}", own
        if kind == "Microsoft.Resources/resourceGroups":
            return f"{self._where}/resourceGroups/{own}", own
        where = self._scope(body["scope"], local) if "scope" in body else self._where
        return f"{where}/providers/{kind}/{own}", own

    def _scope(self, scope: Any, local: dict[str, Any]) -> str:
        found = self._of(scope, local)
        return str(known(found.id if isinstance(found, Symbol) else found["id"], "a scope"))

    def _of(self, value: Any, local: Mapping[str, Any] | None = None) -> Any:
        """What a value of pycep's tree comes to."""
        local = local or {}
        if isinstance(value, str):
            return self._word(value, local)
        if isinstance(value, list):
            return [self._of(one, local) for one in value]
        return self._object(value, local) if isinstance(value, dict) else value

    def _object(self, value: dict[str, Any], local: Mapping[str, Any]) -> Any:
        """An expression of several parts, a loop, or an object as it is."""
        if is_expression(value, "function"):
            return self._function(value["function"], local)
        if is_expression(value, "operator"):
            return self._operator(value["operator"], local)
        if "loop_type" in value:
            bodies = self._bodies(value)
            return [self._of(body, {**local, **own}) for body, own in bodies]
        return {self._key(k, local): self._of(v, local) for k, v in value.items()}

    def _key(self, key: str, local: Mapping[str, Any]) -> str:
        text = key.strip("'")
        return self._filled(text, local) if "${" in text else text

    def _word(self, value: str, local: Mapping[str, Any]) -> Any:
        if value.startswith(MARK):
            return self._filled(value.removeprefix(MARK), local)
        if value in ("null", "None"):
            return None
        if value in local:
            return local[value]
        if value in self._names:
            return self._names[value]
        if value in self._file.part("variables"):
            return self._of(self._file.part("variables")[value]["value"], local)
        return self._symbol(value, local)

    def _symbol(self, name: str, local: Mapping[str, Any]) -> Any:
        if name in self._file.part("modules"):
            return Symbol(kind=f"module {name}")
        config = self._file.part("resources")[name]["config"]
        if "loop_type" in config:
            return [self._one(name, body, own) for body, own in self._bodies(config)]
        return self._one(name, inner(config), dict(local))

    def _one(self, name: str, body: dict[str, Any], local: dict[str, Any]) -> Symbol:
        id_, own = self._resource(name, body, local)
        return Symbol(kind=f"resource {name}", id=id_, name=own)

    def _filled(self, text: str, local: Mapping[str, Any]) -> str:
        """A text with what stands in it."""
        found, at, unknown = "", 0, False
        while place := _PLACE.search(text, at):
            inside = tokens(text, place.end(), nested=True)
            end = text.index("}", inside[-1].end)
            value = self._of(_tree(text[place.end() : end]), local)
            unknown = unknown or isinstance(value, Unknown)
            found += text[at : place.start()] + str(value)
            at = end + 1
        found = (found + text[at:]).replace("\\'", "'")
        return Unknown(found) if unknown else found

    def _operator(self, operator: dict[str, Any], local: Mapping[str, Any]) -> Any:
        kind, operands = operator["type"], operator["operands"]
        if kind == "conditional":
            chosen = known(self._of(operands["condition"], local), "a condition")
            return self._of(operands["true_value" if chosen else "false_value"], local)
        if kind == "property_accessor":
            return self._property(operands, local)
        values = [self._of(one, local) for one in operands.values()]
        return OPERATORS[kind](*values)

    def _property(self, operands: dict[str, Any], local: Mapping[str, Any]) -> Any:
        found, path = self._of(operands["operand_1"], local), operands["operand_2"]
        while path is not None:
            step, path = path, None
            if isinstance(step, dict):
                path, step = (step["operator"]["operands"][f"operand_{n}"] for n in (2, 1))
            found = _step(found, str(step))
        return found

    def _function(self, called: dict[str, Any], local: Mapping[str, Any]) -> Any:
        kind = called["type"]
        if kind in ("resource_group", "subscription"):
            return {"id": self._at(kind, called.get("parameters") or {}, local)}
        given = [one for one in (called.get("parameters") or {}).values() if one is not None]
        if kind in ("load_json_content", "load_text_content"):
            text = (self._file.path.parent / self._of(given[0])).read_text(encoding="utf-8")
            return json.loads(text) if kind == "load_json_content" else text
        if kind == "map":
            what = given[1]["detail"]
            listed = known(self._of(given[0], local), "a list")
            return [self._of(what["expression"], {**local, what["var_1"]: one}) for one in listed]
        if kind == "resource_id":
            return self._resource_id([self._of(one, local) for one in given])
        values = [self._of(one, local) for one in given]
        return FUNCTIONS[kind](*values)

    def _at(self, kind: str, given: dict[str, Any], local: Mapping[str, Any]) -> str:
        """The id of a resource group or subscription, named or that of the deployment."""
        parts = [None, None, *self._where.split("/"), None, None]
        said = [
            parts[place] if given.get(name) is None else self._of(given[name], local)
            for name, place in (("subscription_id", 4), ("resource_group_name", 6))
        ]
        subscription, group = known(said, "a scope")
        found = f"/subscriptions/{subscription}"
        return found if kind == "subscription" else f"{found}/resourceGroups/{group}"

    def _resource_id(self, given: list[str]) -> str:
        kinds = given[0].split("/")
        pairs = "/".join(f"{k}/{n}" for k, n in zip(kinds[1:], given[1:], strict=True))
        return f"{self._where}/providers/{kinds[0]}/{pairs}"


_OURS = ("parent", "scope", "dependsOn")


def _step(found: Any, name: str) -> Any:
    if isinstance(found, Unknown):
        return Unknown(f"{found}.{name}")
    if isinstance(found, Symbol):
        known = name in ("id", "name") and found.id
        return getattr(found, name) if known else Unknown(f"{found.kind}.{name}")
    return found[name]


def _by_then(value: Any) -> Any:
    """A module is deployed when its parameters are known, so inside of it they are."""
    return f"<{value}>" if isinstance(value, Unknown) else value


def _in_range(name: str, value: Any, decorators: list[dict[str, Any]]) -> None:
    """What a parameter's decorators say of its value holds."""
    if isinstance(value, Unknown):
        return
    size = value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 0
    for one in decorators:
        said, kind = one.get("argument", 0), one["type"]
        least = kind in ("min_value", "min_length") and size < said
        most = kind in ("max_value", "max_length") and size > said
        if least or most:
            raise AssertionError(f"{name} is {value!r}: {kind} is {said}")
