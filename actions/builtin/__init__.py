"""The shipped actions, one file each; all are off until `gate.toml` names them."""
