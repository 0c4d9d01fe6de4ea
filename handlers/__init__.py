"""What happens when an event arrives. The story of a pre event is `gate.py`."""
