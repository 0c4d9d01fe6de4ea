"""What events can be sent to, and where lost ones are kept: ids and URLs that a person gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import BadId, shorten
from core.ids import ArmPath, subscription_id

__all__ = ["Container", "Function", "Webhook", "subscription_name", "topic_name"]

_FUNCTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")
_SUBSCRIPTION = re.compile(r"[A-Za-z0-9-]{3,64}")
_HEAD = ("subscriptions", "resourcegroups")
_SITE = ("providers", "microsoft.web", "sites")
_ACCOUNT = ("providers", "microsoft.storage", "storageaccounts")
_CONTAINERS = ("blobservices", "default", "containers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of a function app."""

    app: str
    name: str

    @classmethod
    def parse(cls, app: str, name: str) -> Function:
        """`app` is the id of the function app. Raises `BadId`."""
        what = "function app id"
        form = "/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Web/sites/{name}"
        _parts(what, app, form, {range(4, 7): _SITE}, 8)
        if not _FUNCTION.fullmatch(name):
            raise BadId(
                "function name", name, "must begin with a letter, then letters, digits, _ -"
            )
        return cls(app=app, name=name)

    @property
    def id(self) -> str:
        """What Event Grid calls it."""
        return f"{self.app}/functions/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A URL. Its query may be a secret, so it is never shown."""

    url: str

    @classmethod
    def parse(cls, url: str) -> Webhook:
        """Event Grid takes https only. Raises `BadId`."""
        bare = url.partition("?")[0]
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError as error:
            raise BadId("webhook", bare, f"is no URL: {error}") from error
        if parts.scheme != "https" or not host or "@" in parts.netloc or not url.isprintable():
            raise BadId("webhook", bare, "must be an https URL with a host and no user: https://…")
        return cls(url=url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A blob container, for events that could not be delivered."""

    account: str
    name: str

    @classmethod
    def parse(cls, value: str) -> Container:
        """Take its resource id apart. Raises `BadId`."""
        form = "{storage account id}/blobServices/default/containers/{name}"
        expected = {range(4, 7): _ACCOUNT, range(8, 11): _CONTAINERS}
        parts = _parts("dead-letter container id", value, form, expected, 12)
        return cls(account="/" + "/".join(parts[:8]), name=parts[11])


def subscription_name(value: str) -> str:
    """A name that an event subscription may have. Raises `BadId`."""
    if not _SUBSCRIPTION.fullmatch(value):
        raise BadId("event subscription name", value, "must be 3 to 64 letters, digits, hyphens")
    return value


def topic_name(configuration: str) -> str:
    """A legal name for the topic of a configuration, that tells whose it is."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", configuration).strip("-")
    return f"{plain[:43] or 'configuration'}-events"


def _parts(
    what: str, value: str, form: str, expected: Mapping[range, tuple[str, ...]], count: int
) -> list[str]:
    """The parts of a resource id, the fixed ones as expected. Raises `BadId`."""
    parts = ArmPath.parse(value, what).text[1:].split("/")
    if len(parts) != count or (parts[0].lower(), parts[2].lower()) != _HEAD:
        raise BadId(what, value, f"must have the form {form}")
    subscription_id(parts[1], f"{what}: subscription")
    for places, words in expected.items():
        if tuple(parts[place].lower() for place in places) != words:
            found = shorten("/".join(parts[place] for place in places), 80)
            raise BadId(what, value, f"has {found!r} where {'/'.join(words)!r} must stand")
    return parts
