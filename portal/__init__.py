"""The public edition's face: page templates, style and the offline verifier, read as package data from `HOME`."""

from importlib.resources import files

HOME = files(__name__)
