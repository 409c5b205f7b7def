"""Checks, merges, draws, publishes: pandas in the middle, no Excel and no screen."""
