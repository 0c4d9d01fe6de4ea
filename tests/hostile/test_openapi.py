"""The HTTP functions do what docs/openapi.json says, whatever they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi import checks

from handlers.keys import is_key
from tests.hostile.http_shell import KEY, Wsgi, shell
from tests.hostile.known_gates import INSTANCES
from tools.openapi import FILE, current

_CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            generation=GenerationConfig(max_examples=50, deterministic=True, database="none")
        )
    )
)
_DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
schema = schemathesis.openapi.from_dict(_DOCUMENT, config=_CONFIG)
# What the host answers to other methods is its own affair.
_OF_THE_HOST = [checks.unsupported_method]
Case = schemathesis.Case[Any]


@pytest.fixture(scope="module")
def app() -> Iterator[Wsgi]:
    """The functions over gates that have ended, failed, and are at work."""
    with shell(INSTANCES) as wsgi:
        yield wsgi


def test_the_document_is_that_of_the_code() -> None:
    """If this fails, run: python tools/openapi.py (in the virtual environment, from the root)."""
    assert FILE.read_text(encoding="utf-8") == current(), "out of date: run python tools/openapi.py"


def _asked(case: Case, app: Wsgi) -> Any:
    """The answer, which has been held against the document."""
    headers = {"x-functions-key": KEY}
    case.operation.schema.app = case.operation.app = app  # some checks ask once more by themselves
    return case.call_and_validate(app=app, headers=headers, excluded_checks=_OF_THE_HOST)


@schema.parametrize()
def test_the_functions_do_what_the_document_says(case: Case, app: Wsgi) -> None:
    """Whatever is sent: status, type and body are those of the document, and no error is ours."""
    _asked(case, app)


@pytest.mark.parametrize("key", INSTANCES, ids=range(len(INSTANCES)))
def test_every_known_story_is_told_as_the_document_says(key: str, app: Wsgi) -> None:
    """Ended, failed, at work, or not begun."""
    assert is_key(key)
    case = schema["/api/gates/{key}"]["GET"].Case(path_parameters={"key": key})
    told = _asked(case, app)
    assert told.status_code == 200
    assert told.json()["state"] == INSTANCES[key]["runtimeStatus"]


def test_all_stories_are_listed(app: Wsgi) -> None:
    """Each with its key, its state and how it stands."""
    case = schema["/api/gates"]["GET"].Case(query={"hours": 2160})
    told = _asked(case, app)
    assert {one["key"] for one in told.json()["gates"]} == set(INSTANCES)
