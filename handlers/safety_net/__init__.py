"""Below the gates: what keeps a run from starting when its gate does not answer."""
