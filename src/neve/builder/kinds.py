"""Kinds of derivations, told by their outputs."""

from enum import Enum

from neve._core import Derivation


class Kind(Enum):
    """When the paths of a derivation's outputs are known."""

    INPUT_ADDRESSED = "input-addressed"
    """From the start, made from what the derivation says."""
    FIXED = "fixed"
    """From the start, made from a hash that the outputs must have."""
    FLOATING = "floating"
    """After the build, made from the outputs' contents."""
    DEFERRED = "deferred"
    """When the paths of floating inputs are known."""
    IMPURE = "impure"
    """After the build, which is another one each time."""

    @property
    def has_realisations(self) -> bool:
        """Whether the paths of its outputs are kept once they are known."""
        return self in {Kind.FLOATING, Kind.DEFERRED}

    @property
    def may_use_network(self) -> bool:
        """Whether its builder shares the network of the host."""
        return self in {Kind.FIXED, Kind.IMPURE}


def output_path_name(derivation_name: str, output: str) -> str:
    """The name in an output's store path."""
    return derivation_name if output == "out" else f"{derivation_name}-{output}"


def is_builtin(derivation: Derivation) -> bool:
    """Whether it is built inside this process."""
    return derivation.builder.startswith("builtin:")
