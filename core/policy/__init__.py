"""The site's policy file, `gate.toml`: what speaks against a run, and what happens then.

`values` is what a gate goes by, `file` a whole file that gives each configuration its own, and
`reading` makes one of TOML, or says everything that is wrong with it. What may stand at a key is
declared once, at its field in `values`; `schema` tells it to editors.
"""

from core.policy.values import CheckPolicy, Doubt, PluginTable, Policy, allowed_blocked, dotted

__all__ = ["CheckPolicy", "Doubt", "PluginTable", "Policy", "allowed_blocked", "dotted"]
