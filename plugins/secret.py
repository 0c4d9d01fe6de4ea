"""A secret out of an app setting, or why there is none."""

from __future__ import annotations

import os

from plugins.answers import CannotTell

__all__ = ["secret_of"]

# What the app is given in place of a value when the vault gives none: the reference itself.
# Source: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
_UNRESOLVED = "@microsoft.keyvault("


def secret_of(setting: str, shortest: int) -> str:
    """The value of that setting, of at least so many characters. Raises `CannotTell`."""
    value = os.environ.get(setting, "")
    if not value:
        raise CannotTell(f"the environment has no {setting}, which must hold the secret")
    if value.lower().startswith(_UNRESOLVED):
        raise CannotTell(f"the reference to Key Vault in {setting} has not been resolved")
    if len(value) < shortest:
        raise CannotTell(f"the secret in {setting} is shorter than {shortest} characters")
    return value
