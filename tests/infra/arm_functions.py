"""What the functions and operators of Bicep come to, those that infra/ uses.

Source: https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any


class NotYetKnown(AssertionError):
    """It has to be known before the deployment begins, and is not."""


class Unknown(str):
    """What only Azure can tell, by the words that ask for it."""

    __slots__ = ()


def known(value: Any, what: str) -> Any:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Unknown):
            raise NotYetKnown(f"{what} needs {one}")
    return value


def _union(*given: Any) -> Any:
    if isinstance(given[0], dict):
        return {key: value for one in given for key, value in one.items()}
    return list(dict.fromkeys(value for one in given for value in one))


def _unique(*given: str) -> str:
    """As long as Azure's, and of letters and digits like it."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "".join(given)).hex[:13]


def _subscription_id(kind: str, name: str) -> str:
    return f"/subscriptions/…/providers/{kind}/{name}"


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cidrSubnet": lambda prefix, size, number: f"{prefix.split('/')[0]}#{number}/{size}",
    "concat": lambda *lists: [one for listed in lists for one in listed],
    "contains": lambda where, what: what in where,
    "empty": lambda value: len(value) == 0,
    "environment": lambda: {"name": "AzureCloud", "suffixes": {"storage": "core.windows.net"}},
    "guid": lambda *given: str(uuid.uuid5(uuid.NAMESPACE_URL, "".join(given))),
    "items": lambda value: [{"key": k, "value": v} for k, v in sorted(value.items())],
    "join": lambda values, between: between.join(values),
    "replace": lambda text, old, new: text.replace(old, new),
    "split": lambda text, at: text.split(at),
    "subscription_resource_id": _subscription_id,
    "take": lambda value, number: value[:number],
    "to_lower": lambda text: text.lower(),
    "trim": lambda text: text.strip(),
    "union": _union,
    "unique_string": _unique,
}
OPERATORS: dict[str, Callable[..., Any]] = {
    "add": lambda one, other: one + other,
    "equals": lambda one, other: one == other,
    "greater_than": lambda one, other: one > other,
    "index_accessor": lambda of, at: of[at] if not isinstance(of, Unknown) else Unknown(of),
    "not": lambda value: not value,
}
