"""What the steps of the stories do: the work behind `activities.py`."""
