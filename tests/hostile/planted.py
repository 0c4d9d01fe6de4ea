"""Secrets to plant, each in a form in which it is met, and a net for all that comes out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "BEARER",
    "CONNECTION",
    "CORE",
    "JWT",
    "SAS",
    "USERINFO",
    "everything",
    "in_json",
    "with_secrets",
]

CORE = "n0tF0rAnyb0dy"  # in every one of them
JWT = f"eyJhbGciOiJSUzI1NiJ9.{CORE}.c2ln"
BEARER = f"Authorization: Bearer {JWT}"
SAS = f"https://store.blob.core.windows.net/a?sv=2023-01-03&sig={CORE}%3D&se=2030-01-01"
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=store;AccountKey={CORE}+/w==;x=y"
USERINFO = f"https://service:{CORE}@proxy.example:8443/"


def in_json(*secrets: str) -> str:
    """An error as Azure writes it, whose message repeats them."""
    message = f"refused; you sent {' and '.join(secrets)}"
    return json.dumps({"error": {"code": "AuthorizationFailed", "message": message}})


class _Net(logging.Handler):
    """Every record of every logger, as text."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
        self.lines += [f"{name}={value!r}" for name, value in vars(record).items()]


@contextmanager
def everything() -> Iterator[list[str]]:
    """Whatever is logged meanwhile, by whomever, at any level."""
    net, root = _Net(), logging.getLogger()
    known: list[Any] = [root, *map(logging.getLogger, logging.Logger.manager.loggerDict)]
    before = [(one, one.level, one.disabled, getattr(one, "propagate", True)) for one in known]
    for logger in known:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
        logger.propagate = True  # which the command line takes from the loggers of checks
    root.addHandler(net)
    try:
        yield net.lines
    finally:
        root.removeHandler(net)
        for logger, level, disabled, propagate in before:
            logger.setLevel(level)
            logger.disabled, logger.propagate = disabled, propagate


def with_secrets(out: str) -> list[str]:
    """The lines in which one of them can be read."""
    return [line for line in out.splitlines() if CORE in line]
