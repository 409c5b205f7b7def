"""Measurements against named baselines: ratios within one run, medians of several; never a timed test."""
