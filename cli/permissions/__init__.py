"""`patchgate permissions`: the least that the app's identity must be allowed to do."""
