"""`patchgate preview`: the next run before its event exists, and what the checks say now."""
