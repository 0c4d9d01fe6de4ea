"""An id: what is accepted is made of legal parts alone, and makes one path below its own parent."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from core.errors import BadId
from core.ids import ArmPath, ConfigurationId, MachineId, RunId, subscription_id
from core.kql import fill
from handlers.keys import is_key, key_of
from tests.fuzz.parts import is_short_line, text_of

# Written down once more, apart from the code under test.
_SUBSCRIPTION = r"/subscriptions/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_-])?"
_GROUPED = rf"{_SUBSCRIPTION}/resourceGroups/([^/]{{1,90}})/providers"
_CONFIGURATION = rf"{_GROUPED}/Microsoft\.Maintenance/maintenanceConfigurations/{_NAME}"
_RUN = rf"{_CONFIGURATION}/providers/Microsoft\.Maintenance/applyUpdates/({_NAME})"
_MACHINE = rf"{_GROUPED}/Microsoft\.(?:Compute/virtualMachines|HybridCompute/machines)/{_NAME}"
_KINDS: tuple[tuple[Any, str], ...] = (
    (RunId, _RUN),
    (ConfigurationId, _CONFIGURATION),
    (MachineId, _MACHINE),
)


def check(data: bytes) -> None:
    """The bytes as each kind of id: only `BadId` is raised, and it is one short printable line."""
    text = text_of(data)
    for kind, form in _KINDS:
        id_ = _parsed(kind.parse, text)
        if id_ is not None:
            _is_plain(str(id_), form)
            assert kind.parse(str(id_)) == id_
            assert str(id_).lower() == text.lower()
    run = _parsed(RunId.parse, text)
    if run is not None:
        strictly_a_run(str(run))
        assert is_key(key_of("gate", run))
        assert run.configuration == ConfigurationId.parse(str(run).rsplit("/", 4)[0])
    path = _parsed(ArmPath.parse, text)
    if path is not None:
        _is_one_path(str(path))
    subscription = _parsed(subscription_id, text)
    assert subscription is None or is_subscription(subscription)


def strictly_a_run(text: str) -> None:
    """The id is of the strict form, and of no other operation."""
    _is_plain(text, _RUN)
    assert text.rpartition("/")[2].lower() != "default"


def is_subscription(text: str) -> bool:
    """A GUID in lower case."""
    return re.fullmatch(_SUBSCRIPTION, f"/subscriptions/{text}") is not None


def _parsed(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except BadId as error:
        is_short_line(error, 800)
        return None


def _is_plain(text: str, form: str) -> None:
    found = re.fullmatch(form, text)
    assert found, text
    group = found[1]
    assert all(c.isalnum() or c in "_-()." for c in group)
    assert unicodedata.normalize("NFC", group) == group
    assert not group.endswith(".")
    assert ".." not in text
    assert fill("{id}", {"id": text}) == f"'{text}'"
    _is_one_path(text)


def _is_one_path(text: str) -> None:
    """As `arm.session` quotes it, the server sees just this path, with nothing before or after."""
    url = urlsplit("https://management.azure.com" + quote(text, safe="/()$"))
    assert (url.netloc, url.query, url.fragment) == ("management.azure.com", "", "")
    assert unquote(url.path) == text
    assert not {".", "..", ""} & set(url.path[1:].split("/"))
    assert url.path.isascii()
    assert url.path.isprintable()
