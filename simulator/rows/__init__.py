"""The rows that Resource Graph would hold, in the letter cases it holds them in.

Ids come in mixed case on purpose: maintenance rows carry lower-case resource types and groups, the
machines' own rows the published case, availability sets are written in capitals, and the
configuration's name is whatever the caller typed.
"""
