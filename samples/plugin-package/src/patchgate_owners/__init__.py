"""Checks about who owns a machine."""
