"""Dirt of every catalogued kind, put into sound workbooks, with what must come of it; the way in is `proof`."""
