"""`patchgate checks`: what is in force, from where, and a workbench for those who write checks."""
