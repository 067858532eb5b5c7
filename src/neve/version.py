"""Neve's own version, and that of Nix whose behaviour it has."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

NEVE_VERSION: "Final" = "0.1.0"
NIX_VERSION: "Final" = "2.34.8"
