"""Synthetic offices: people, clerks, dirt and arrivals; used by the demo, the tests and the bench."""
