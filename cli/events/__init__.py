"""`patchgate events`: who is told of the runs of a maintenance configuration."""
