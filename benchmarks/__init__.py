"""What Patchgate costs, each figure beside its floor: `make bench`.

A floor is the same work as a straight-line script, measured in turn with ours, so that a busy
machine slows both down. No test asserts a time: see `tests/benchmarks`.
"""
