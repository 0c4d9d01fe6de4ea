"""Your actions: every file here is loaded; see README.md."""
