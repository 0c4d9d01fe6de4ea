"""`patchgate`: the operator's command line."""
