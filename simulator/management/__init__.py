"""The management plane: ARM resources that can be read, made, changed and removed.

`plane.Management` asks its desks in turn, and the first that knows a path answers. A resource that
only has to be read needs no desk of its own: put it on the `store`, and the shelf answers for it.
"""
