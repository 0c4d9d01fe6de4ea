"""`patchgate runs` and `patchgate cancel`: what has been, what is to come, and stopping it."""
