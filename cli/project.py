"""Where the files are: the user's project, and what Patchgate brings along."""

from __future__ import annotations

from pathlib import Path

__all__ = ["HOME", "SAMPLES", "project_root"]

HOME = Path(__file__).resolve().parent.parent
SAMPLES = HOME / "samples"


def project_root(here: Path) -> Path:
    """The Functions project that `here` is in; Patchgate's own when it is in none."""
    return next((p for p in (here, *here.parents) if (p / "host.json").is_file()), HOME)
