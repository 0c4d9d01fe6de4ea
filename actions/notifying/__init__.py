"""How people are told: channels, what each of them is sent, and the sending."""
