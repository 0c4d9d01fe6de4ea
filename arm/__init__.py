"""One way to talk to Azure Resource Manager: where it is, who we are, and one bounded request."""
