"""`patchgate timeline`: the times that matter of a run, or of a configuration's next ones."""
