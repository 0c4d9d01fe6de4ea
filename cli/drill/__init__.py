"""`patchgate drill`: an event for a run that does not exist, and what the app makes of it."""
