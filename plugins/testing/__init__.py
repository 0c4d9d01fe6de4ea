"""What the authors' kits of checks and of actions share: see `checks.testing`, `actions.testing`."""
