"""Neve: an independent implementation of Nix and NixOS.

From Python, expressions are evaluated with `evaluate` and `evaluate_file`; see `neve.api`. Everything is imported when
it is first used: the commands need little of it, and need it fast.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.api import (
        AttributeSet,
        Derivation,
        Evaluator,
        Function,
        List,
        NixString,
        evaluate,
        evaluate_file,
        to_python,
    )
    from neve.errors import (
        AbortError,
        AssertionFailedError,
        EvaluationError,
        ImportFromDerivationError,
        InfiniteRecursionError,
        MissingAttributeError,
        NeveError,
        ParseError,
        RestrictedError,
        StackOverflowError,
        ThrownError,
        UndefinedVariableError,
        WrongTypeError,
    )

_API = (
    "AttributeSet",
    "Derivation",
    "Evaluator",
    "Function",
    "List",
    "NixString",
    "evaluate",
    "evaluate_file",
    "to_python",
)

__all__ = [
    "AbortError",
    "AssertionFailedError",
    "AttributeSet",
    "Derivation",
    "EvaluationError",
    "Evaluator",
    "Function",
    "ImportFromDerivationError",
    "InfiniteRecursionError",
    "List",
    "MissingAttributeError",
    "NeveError",
    "NixString",
    "ParseError",
    "RestrictedError",
    "StackOverflowError",
    "ThrownError",
    "UndefinedVariableError",
    "WrongTypeError",
    "__version__",
    "evaluate",
    "evaluate_file",
    "to_python",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from neve.version import NEVE_VERSION

        return NEVE_VERSION
    if name not in __all__:
        raise AttributeError(f"module 'neve' has no attribute '{name}'")
    from importlib import import_module

    value: object = getattr(import_module("neve.api" if name in _API else "neve.errors"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
