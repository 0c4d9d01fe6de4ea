"""Secrets are masked, and nothing else is."""

from __future__ import annotations

import base64
import string
import time
import uuid

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import BadEvent, shorten
from core.masking import mask, names_secret
from tests.builders import RUN

KEY = base64.b64encode(bytes(range(64))).decode()
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl-_x"
GITHUB = "ghp_" + "a1" * 18
SLACK = "xoxb-" + "123456789012-abcdef"

CASES = {
    f"token {JWT} refused": "token eyJ(masked) refused",
    f"Authorization: Bearer {JWT}": "Authorization: (masked)",
    "'Authorization': 'Basic dXNlcjpwYXNz'}": "'Authorization': '(masked)'}",
    "sent Bearer abcdef123 to it": "sent Bearer (masked) to it",
    "BEARER abcdef123": "BEARER (masked)",
    "a bearer 0123456789abcdef, too": "a bearer (masked), too",
    "https://a.blob.core.windows.net/c?sv=2024&se=x&sig=a%2Fb%3D&sp=r": (
        "https://a.blob.core.windows.net/c?sv=2024&se=x&sig=(masked)&sp=r"
    ),
    "SharedAccessSignature sr=x&sig=abc%3d&skn=k": "SharedAccessSignature sr=x&sig=(masked)&skn=k",
    "https://p.logic.azure.com/x?SIG=abc": "https://p.logic.azure.com/x?SIG=(masked)",
    f"AccountName=a;AccountKey={KEY};EndpointSuffix=x": (
        "AccountName=a;AccountKey=(masked);EndpointSuffix=x"
    ),
    f"SharedAccessKeyName=n;SharedAccessKey={KEY}": (
        "SharedAccessKeyName=n;SharedAccessKey=(masked)"
    ),
    "User ID=u;Password=a b c;Database=d": "User ID=u;Password=(masked);Database=d",
    "Pwd='a b' then": "Pwd=(masked) then",
    "grant_type=x&client_secret=abc&scope=y": "grant_type=x&client_secret=(masked)&scope=y",
    '{"client_secret": "a\\"b", "id": 5}': '{"client_secret": "(masked)", "id": 5}',
    "{'dbPassword': 'abc'}": "{'dbPassword': '(masked)'}",
    "https://f.azurewebsites.net/api/x?code=abc==&y=1": (
        "https://f.azurewebsites.net/api/x?code=(masked)&y=1"
    ),
    "https://api/x?a=1&api-key=abc": "https://api/x?a=1&api-key=(masked)",
    "https://api/x?key=abc": "https://api/x?key=(masked)",
    "x-functions-key: abc": "x-functions-key: (masked)",
    "Ocp-Apim-Subscription-Key: abc": "Ocp-Apim-Subscription-Key: (masked)",
    "https://user:p@ss@host/path": "https://(masked)@host/path",
    "amqps://token@host:5671": "amqps://(masked)@host:5671",
    f"the key {KEY} is": "the key key(masked) is",
    f"cloned with {GITHUB}": "cloned with ghp_(masked)",
    "github_pat_11ABCDEFG_abcdefghij": "github_pat_(masked)",
    f"told {SLACK}.": "told xoxb-(masked).",
    "glpat-a1B2c3D4e5F6g7H8i9J0": "glpat-(masked)",
    "key AKIAIOSFODNN7EXAMPLE was": "key AKIA(masked) was",
    "https://x.webhook.office.com/webhookb2/5c0e@71b/IncomingWebhook/a1/b2 failed": (
        "https://x.webhook.office.com/(masked) failed"
    ),
    "https://outlook.office.com/webhook/5c0e@71b/IncomingWebhook/a1": (
        "https://outlook.office.com/webhook/(masked)"
    ),
    "https://p.logic.azure.com:443/workflows/w/triggers/manual/paths/invoke?sv=1.0&sig=a_b": (
        "https://p.logic.azure.com:443/workflows/w/triggers/manual/paths/invoke?sv=1.0&sig=(masked)"
    ),
    "password: hunter2, user: me": "password: (masked), user: me",
    "db_password : hunter2": "db_password : (masked)",
    "api_key: abc": "api_key: (masked)",
    "secretKey:abc": "secretKey:(masked)",
    'client_secret: "it\'s a b" # x': 'client_secret: "(masked)" # x',
    "'pwd': 12345}": "'pwd': (masked)",
    'secret   =   "x y"': "secret   =   (masked)",
    "token: 0a1b2c3d4e": "token: (masked)",
    "access token: 'abcdefgh1'": "access token: '(masked)'",
    "https://hooks.slack.com/services/T0/B0/abc": "https://hooks.slack.com/(masked)",
    "secret abc8Q~abcdefghijklmnopqrstuvwxyz0123456 here": "secret secret(masked) here",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----": (
        "-----BEGIN RSA PRIVATE KEY-----(masked)-----END RSA PRIVATE KEY-----"
    ),
    "-----BEGIN PRIVATE KEY-----\nMIIEv": "-----BEGIN PRIVATE KEY-----(masked)",
}


@pytest.mark.parametrize(("text", "shown"), CASES.items())
def test_a_secret_is_masked_and_the_rest_says_what_it_was(text: str, shown: str) -> None:
    """And what is masked stays as it is."""
    assert mask(text) == shown
    assert mask(shown) == shown


HARMLESS = [
    RUN,
    "is deallocated, not running",
    "tagged patch=never",
    "raised ValueError: no such key: 'x' (line 12 of my_check)",
    "my_checks/patch_pin.py:12",
    "2026-11-28T03:00:00.1234567Z",
    "answered about machines not of the run: /machines/x",
    "AuthorizationFailed: The client 'a@b.com' does not have authorization to perform action",
    'WWW-Authenticate: Bearer authorization_uri="https://login.microsoftonline.com/x"',
    "Bearer authentication is required; a bearer token is missing",
    "https://management.azure.com/subscriptions?api-version=2022-12-01&$top=5",
    "https://host:8443/path?from=2026-11-28T03:00:00Z, ask ops@example.com",
    "design=4 assigned=5 keys=3 tokens=7 monkey=1 code=404 key=5",
    "vault kv-prod-secrets-01, secret version 5",
    "xapp-backend-01 eyJ1 ghost_town q~a",
    "sha256 of it is 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "2 problems: a: 'b': c",
    "the password is wrong",
    "token: none was given; token: expired; token: invalid_grant",
    "password: must be 8 characters; secret: none; 'secret': null, secret: not found.",
    "secret: {'name': 'x'}, secret://kv-prod/x, tokens: 12345678, passwords: two",
    "secret:\n  name: x",
    "resources | where name =~ 'secret' | project id, key: string, token: string",
    "my_checks/password.py:12: no such secret",
    "https://office.com/webhook ASIA akia-1 glpat-1",
    "",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    """A reason that cannot be read is of no use."""
    assert mask(text) == text


NAME = st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=40)
ID = st.builds(
    "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines/{}".format,
    st.uuids(),
    NAME,
    NAME,
)
HARMLESS_VALUES = st.one_of(
    ID,
    st.uuids().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.builds("{}/{}.py:{}".format, NAME, NAME, st.integers(1, 9999)),
    st.integers(0, 10**14).map("{:014}".format),
)


@settings(max_examples=300)
@given(value=HARMLESS_VALUES, before=st.sampled_from(["", "about ", "machine=", "('", '{"id": "']))
def test_names_ids_times_and_places_are_never_masked(value: str, before: str) -> None:
    """Whatever they are."""
    # A name in the form of a token is masked: nobody can tell.
    forms = ("eyJ", "ghp_", "xox", "Q~", "_pat_", "glpat-", "AKIA", "ASIA")
    assume(not any(form in value for form in forms))
    assert mask(before + value) == before + value


SECRET = st.text(string.ascii_letters + string.digits, min_size=24, max_size=400)
PLACES = [
    "https://x/?sv=1&sig={}",
    "AccountKey={};EndpointSuffix=core.windows.net",
    "Server=tcp:x;Password={}",
    '{{"client_secret": "{}"}}',
    "Authorization: Bearer {}",
    "Bearer {}",
    "https://x/api?code={}",
    "eyJ{}.{}.x",
    "ghp_{}",
    "https://user:{}@host/",
    "password: {}",
    'api_key: "{}"',
    "https://x.webhook.office.com/webhookb2/{}",
    "glpat-{}",
    "-----BEGIN PRIVATE KEY-----{}",
]


@settings(max_examples=300)
@given(
    secret=SECRET,
    place=st.sampled_from(PLACES),
    before=st.text("ab /.", max_size=150).map(lambda text: text + " "),
    limit=st.integers(10, 300),
)
def test_a_secret_that_the_limit_cuts_in_two_is_masked(
    secret: str, place: str, before: str, limit: int
) -> None:
    """No eight characters of it are shown, wherever the line is cut."""
    # A user's name and password of more than 256 characters are none.
    text = before + place.format(*[secret[:200]] * 2)
    line = shorten(text, limit)
    shown = {secret[i : i + 8] for i in range(193)}
    assert len(line) <= limit
    assert not any(len(part) == 8 and part in line for part in shown)


@settings(max_examples=100)
@given(
    secret=SECRET,
    place=st.sampled_from(PLACES[:9]),
    cut=st.integers(0, 400),
)
def test_a_secret_that_came_without_its_end_is_masked(secret: str, place: str, cut: int) -> None:
    """Somebody else has cut it."""
    text = place.format(secret, secret)
    start = text.index(secret)
    line = mask(text[: start + 16 + cut])
    assert secret[:12] not in line


def test_many_secrets_leave_no_room_for_the_half_of_one() -> None:
    """What was cut off is not shown because masking made room for it."""
    for more in range(0, 200, 7):
        text = f"{'a=1&sig=' + 'x' * 90 + ' '} " * 11 + "b" * more + KEY
        line = shorten(text, 100)
        assert KEY[:8] not in line


@pytest.mark.parametrize("between", [" ", "; ", "\n", "&"])
def test_masking_twice_changes_nothing_more(between: str) -> None:
    """Texts pass several borders on their way out, with several secrets in them."""
    for first in CASES:
        for second in CASES:
            once = mask(first + between + second)
            assert mask(once) == once


@settings(max_examples=200)
@given(
    text=st.text()
    | st.lists(st.sampled_from([*"=:@/.;&'\" \n", *PLACES, KEY, "password", "0"])).map("".join)
)
def test_masking_any_text_twice_changes_nothing_more(text: str) -> None:
    """Whatever it is made of."""
    assert mask(mask(text)) == mask(text)


UGLY = [
    "eyJ", "://", "Password=", "'password", '"a', "Bearer ", "sig=", "x-", "x-key", "A", "==",
    "authorization: ", "-----BEGIN PRIVATE KEY-----", "-", "?key=", "a8Q~", "xoxb-", "ghp_", "@",
    "'password':'\\", "password=;", "password='", "api-", "/", "+", " ", "\n", "(masked)", "secret",
    "password: ", "password : '", "token: ", ".webhook.office.com/", "glpat-", "AKIA", '"', "=",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.sampled_from(UGLY), min_size=1, max_size=4), last=st.sampled_from(UGLY))
def test_masking_takes_time_in_proportion(parts: list[str], last: str) -> None:
    """A text of forty thousand characters, made to be hard, takes well under a second."""
    text = ("".join(parts) * 40_000)[:40_000] + last
    began = time.process_time()
    mask(text)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "name", ["password", "DB_PASSWORD", "dbPwd", "apiKey", "api_key", "account key", "token", "sig"]
)
def test_some_names_are_those_of_secrets(name: str) -> None:
    """Whatever stands under them."""
    assert names_secret(name)


@pytest.mark.parametrize("name", ["power", "key", "design", "tag", "monkey", "tokens_left", ""])
def test_other_names_are_not(name: str) -> None:
    """They say what was seen."""
    assert not names_secret(name)


def test_an_exception_shows_no_secret_of_what_it_is_about() -> None:
    """Every value from outside is shortened on its way out."""
    error = BadEvent("data.x", "https://x/?sig=" + uuid.uuid4().hex, "is no id")
    assert "sig=(masked)" in str(error)
