"""The one exception of this package: the protocol forbids what was asked."""

from __future__ import annotations


class DrawRefused(ValueError):
    """The procedure or the data forbid the step; `code` is stable, `params` fill the gaps of a message.

    The text of the message is looked up by the caller (`docs/draw.md` lists every code), never here.
    """

    def __init__(self, code: str, **params: object) -> None:
        """Keep `code` (lower-case words joined by `_`) and its parameters."""
        shown = ", ".join(f"{name}={value!r}" for name, value in sorted(params.items()))
        super().__init__(f"{code}({shown})" if shown else code)
        self.code = code
        self.params = params
