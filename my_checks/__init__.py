"""Your checks: every file here is loaded; see README.md."""
