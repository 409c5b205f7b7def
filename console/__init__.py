"""What the commands have in common: reading what was typed, asking what is missing, telling how far it is and what went wrong."""
