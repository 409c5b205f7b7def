"""Vectorised rules: plain functions from a merged frame to issues; one module per area."""
