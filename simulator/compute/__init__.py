"""What can be done to machines: power, scripts in the guest, disks and their snapshots.

Everything here is a function of the story's time: what an operation will change is written down
with its moment when the operation begins, and whoever looks sees what has come by then.
"""
