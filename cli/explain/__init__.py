"""`patchgate explain`: a report for people, from a file or from the app that made it."""
