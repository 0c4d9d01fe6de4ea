"""What a command's exit code says. `demo`, `simulate` and `checks` have codes of their own."""

from __future__ import annotations

__all__ = ["BAD_INPUT", "DONE", "INTERRUPTED", "NO", "NO_ANSWER"]

DONE = 0  # it is as it should be, or has been done
NO = 1  # the answer is no: something is missing, wrong, or not confirmed
BAD_INPUT = 2  # the command, an id or a file is not legal; nothing was asked
NO_ANSWER = 3  # Azure refused, or could not be asked
INTERRUPTED = 130  # by Ctrl-C
