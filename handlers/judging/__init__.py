"""The middle of a story: find the machines, ask the checks, decide, cancel. `hearing.py` first."""
