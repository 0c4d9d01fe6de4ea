"""Azure as the operator's commands see it: one connection, and whatever goes wrong in words."""
