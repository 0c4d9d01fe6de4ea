"""`patchgate doctor`: is everything in place for the next run?"""
