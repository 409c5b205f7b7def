"""Two more implementations of the draw, held to ours: the citizen's page in a browser, and Perl written from docs/draw.md."""
