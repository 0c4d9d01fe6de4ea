"""Secrets in a text that is about to be shown: what looks like one is masked. Pure.

What a check, a web server or an error message says may hold a token, a signature or a connection
string. The visible part names what stood there: `sig=(masked)`. Most secrets are told by what
stands before them, so that one that was cut is masked as well. Facts:
https://learn.microsoft.com/azure/storage/common/storage-sas-overview and
https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

__all__ = ["mask", "names_secret"]

_NAMES = (
    r"(?:account|access|storage|primary|secondary|api|functions?|master|subscription|encryption|"
    r"signing|private)[-_ ]?key|shared[-_]?secret[-_]?value|secret|passwd|password|passphrase|pwd|"
    r"token|connection[-_]?string|client[-_]?assertion"
)
# In a connection string a value ends with `;` and may hold blanks; elsewhere it ends with a blank.
_VALUE = r"""(?:\(masked\)|"[^"]*"?|'[^']*'?|[^\s;&,"'<>]+(?:[^;\n]{0,128}(?=;))?)"""
# What is quoted may name the next secret, as a colon after it says: then this one is empty.
_NO_NAME = r"""(?!["'][\w.-]{0,40}["']\s?:)"""
_PROSE = r"(?!(?i:auth|realm|error|scope|token|certificate)[A-Za-z_]*\b)"
# What stands after a colon is one word, unless that goes on with a sentence about the secret.
_PLAIN = r"(?:api|access|account|client|secret)[-_ ]?key|secret|passw(?:or)?d|passphrase|pwd"
_ABOUT = (
    r"(?!(?:no|not|none|null|is|was|must|may|missing|required|invalid|expected|wrong|expired|"
    r"unknown|empty|should|cannot|field|value|input)(?![^\s.,;:!?)}\]\"']))"
)
_WORDS = ("key", "secret", "pass", "pwd", "token", "string", "assertion")


class _Rule(NamedTuple):
    """`hints`: one of these is in every text, in lower case, that the pattern is found in."""

    hints: tuple[str, ...]
    pattern: str
    shown: str = r"\1(masked)"
    flags: re.RegexFlag = re.NOFLAG


# A repetition is of single characters that can be read in one way only, or it is short: so the time
# is linear in the length of the text.
_RULES = (
    _Rule(
        ("private key",),
        r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)(?:[^-]|-(?!----END))*",
    ),
    _Rule(
        ("authorization",),
        rf"(?<!\w)(authorization[\"']?\s{{0,4}}[:=]\s{{0,4}}{_NO_NAME}[\"']?)(?!\(masked\))"
        r"(?:(?:basic|bearer|negotiate|digest|sharedkey)\s{1,4})?[^\s\"']+",
        flags=re.IGNORECASE,
    ),
    _Rule(("bearer",), rf"\b(B(?:earer|EARER)\s{{1,4}}){_PROSE}[\w.~+/=-]{{6,}}"),
    _Rule(("bearer",), rf"\b(bearer\s{{1,4}}){_PROSE}[\w.~+/=-]{{16,}}"),
    _Rule(("eyj",), r"(?<![A-Za-z0-9])(eyJ)[\w-]{8,}[\w.=-]*"),
    _Rule(
        ("sig=", "sig%3d"),
        r"(?<![A-Za-z0-9_])(sig(?:=|%3D))[^\s&;,\"'<>]+",
        flags=re.IGNORECASE,
    ),
    _Rule(_WORDS, rf"((?:{_NAMES})\s{{0,4}}=\s{{0,4}}){_NO_NAME}{_VALUE}", flags=re.IGNORECASE),
    _Rule(
        _WORDS,
        rf"(([\"'])[\w.-]{{0,40}}(?:{_NAMES})\2\s?:\s?([\"']))(?:(?!\3)[^\\]|\\.)*",
        flags=re.IGNORECASE | re.DOTALL,
    ),
    _Rule(
        _WORDS,
        rf"((?:{_PLAIN})[\"']?[ \t]{{0,4}}:[ \t]{{0,4}}([\"'])?)(?![{{\[/]){_ABOUT}"
        r"(?(2)(?:(?!\2)[^\\\n]|\\.)+|[^\s;&,\"'<>]+)",
        flags=re.IGNORECASE,
    ),
    _Rule(
        ("token",),
        r"(token[\"']?[ \t]{0,4}:[ \t]{0,4}[\"']?)(?=[A-Z_.~+=-]*\d)[\w.~+=-][\w.~+/=-]{7,}",
        flags=re.IGNORECASE,
    ),
    _Rule(
        ("key:", "token:"),
        r"((?:x|api|subscription)-[\w-]{0,30}?(?:key|token):\s?)\S+",
        flags=re.IGNORECASE,
    ),
    _Rule(
        ("key=", "code="),
        r"([?&](?:api[-_]?)?(?:key|code)=)[^\s&;,\"'<>]+",
        flags=re.IGNORECASE,
    ),
    _Rule(
        ("@",),
        r"(://)[^\s/?#@\"'<>][^\s/?#\"'<>]{0,255}@",
        r"\1(masked)@",
    ),
    _Rule(("hooks.slack",), r"(hooks\.slack(?:-gov)?\.com/)[\w/-]+"),
    _Rule(
        (".office",),
        r"(\.webhook\.office\.com/|outlook\.office(?:365)?\.com/webhook/)[^\s\"'<>]+",
        flags=re.IGNORECASE,
    ),
    _Rule(("==",), r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])", "key(masked)"),
    _Rule(
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"(?<![A-Za-z0-9])(gh[pousr]_|github_pat_)\w{10,}",
    ),
    _Rule(("glpat-",), r"(?<![A-Za-z0-9])(glpat-)[\w-]{10,}(?:\.\w{2,}){0,3}"),
    _Rule(("akia", "asia"), r"(?<![A-Za-z0-9])(A[KS]IA)[A-Z0-9]{12,}(?![A-Za-z0-9])"),
    _Rule(("xox", "xapp"), r"(?<![A-Za-z0-9])(xox[abeoprs]-|xapp-\d-)[A-Za-z0-9-]{10,}"),
    _Rule(("q~",), r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{20,}", "secret(masked)"),
)
_HINT = re.compile("|".join(re.escape(hint) for rule in _RULES for hint in rule.hints))


def mask(text: str) -> str:
    """The text without the secrets in it: tokens, signatures, keys and passwords.

    Takes time in proportion to the length. A secret whose beginning is there is masked although its
    end was cut off, and what was masked before stays as it is.
    """
    lower = text.lower()
    if _HINT.search(lower) is None:  # as most texts are
        return text
    for rule in _RULES:
        if any(hint in lower for hint in rule.hints):
            text = _compiled(rule.pattern, rule.flags).sub(rule.shown, text)
    return text


def names_secret(name: str) -> bool:
    """Things of that name are secrets: nothing of them may be shown."""
    lower = name.lower()
    if not any(word in lower for word in (*_WORDS, "sig")):
        return False
    pattern = rf"(?:{_NAMES}|(?<![a-z])sig)$"
    return _compiled(pattern, re.IGNORECASE).search(name) is not None


@cache
def _compiled(pattern: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """Compiled when first needed: it costs the cold start."""
    return re.compile(pattern, flags | re.ASCII)
