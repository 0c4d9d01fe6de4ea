"""Cancel a run: ask, read back, and repeat until it is confirmed or the time is over."""
