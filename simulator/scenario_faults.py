"""What a scenario file can say about requests that go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from simulator.scenario_types import STRICT, HttpStatus, Seconds

__all__ = ["Fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with requests: the `first` N of a kind, these `calls`, or `always`.

    `on` is a kind: a `cancel`, the `read` of the run, a `graph` query, any other request to Azure
    Resource Manager (`arm`), or `any` of these. `delay` comes before anything else. `status` or
    `redirect` (a 307) replace the answer, and then nothing takes effect unless `effect = true`;
    `body` replaces the text of the answer. `drop` closes the connection with no answer, before or
    after the effect. `effect = false` answers a cancel as if it had worked. With a `path`, in which
    a star is anything, or a `method` only such requests are hit, and counted.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    on: Literal["cancel", "read", "graph", "arm", "any"] = "any"
    first: Annotated[int, Field(ge=1)] | None = None
    calls: tuple[Annotated[int, Field(ge=1)], ...] = ()
    always: bool = False
    status: HttpStatus | None = None
    retry_after: Annotated[int, Field(ge=0, le=3600)] | None = None
    delay: Seconds = 0.0
    drop: Literal["before", "after"] | None = None
    effect: bool | None = None
    body: str | None = None
    redirect: str | None = None
    path: Annotated[str, Field(min_length=1)] | None = None
    method: Annotated[str, Field(pattern=r"^[A-Z]+$")] | None = None

    def __post_init__(self) -> None:
        problems = [text for wrong, text in self._problems() if wrong]
        if problems:
            raise ValueError("; ".join(problems))

    def _problems(self) -> tuple[tuple[bool, str], ...]:
        chosen = [self.first is not None, bool(self.calls), self.always].count(True)
        answers = self.status is not None or self.redirect is not None or self.body is not None
        harmless = not (answers or self.delay or self.drop or self.effect is False)
        return (
            (chosen != 1, "say which requests: first = N, or calls = [1, 3], or always = true"),
            (self.effect is False and self.on != "cancel", 'effect = false needs on = "cancel"'),
            (answers and self.drop is not None, "a dropped connection answers nothing"),
            (
                self.redirect is not None and (self.status is not None or self.body is not None),
                "a redirect is a 307 without a body: no status or body beside it",
            ),
            (self.retry_after is not None and self.status is None, "retry_after needs a status"),
            (harmless, "say what goes wrong: status, delay, drop, redirect, body, effect = false"),
        )

    @property
    def narrow(self) -> bool:
        """Only some requests of a kind are meant, which are counted by themselves."""
        return self.path is not None or self.method is not None

    def means(self, method: str, path: str) -> bool:
        """A request of this method, for this path, is one of those that are meant."""
        if self.method is not None and self.method != method:
            return False
        return self.path is None or fnmatchcase(path.lower(), self.path.lower())

    @property
    def takes_effect(self) -> bool:
        """The request does what it asks for, whatever is then answered."""
        if self.effect is not None:
            return self.effect
        return not self.refuses and self.drop != "before"

    @property
    def refuses(self) -> bool:
        """The answer is neither yes nor what was asked for."""
        return self.redirect is not None or (self.status is not None and self.status >= 300)

    def hits(self, number: int) -> bool:
        """The request with this number, among those of its kind, is one that goes wrong."""
        return self.always or number in self.calls or number <= (self.first or 0)
