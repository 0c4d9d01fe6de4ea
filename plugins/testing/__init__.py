"""What the authors' kits share: see `checks.testing` and `actions.testing`."""
