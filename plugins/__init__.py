"""What checks and actions share: how they are marked, found, examined, configured and asked.

A check judges, an action changes; both are functions of whoever wrote them, so both come in by the
same three doors, and are asked by the same runner, which takes nothing but a clear answer for one.
"""
