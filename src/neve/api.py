"""Nix expressions from Python.

    import neve

    service = neve.evaluate("{ port ? 80 }: { ports = [ port ]; }", args={"port": 8080})
    service["ports"][0]

Values come back as Python's own where there is one (`None`, `bool`, `int`, `float`, `str`, `pathlib.Path`), else as
lazy views: `AttributeSet` is a mapping, `List` a sequence, `Function` is callable, `Derivation` a mapping with its
paths. A part is evaluated when it is asked for, so an error in one part does not hide the others. All errors are
`neve.NeveError`; those of an expression are `neve.EvaluationError`, with message, position and trace.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, overload

from typing_extensions import override

from neve.errors import MissingAttributeError, WrongTypeError
from neve.lang.attr_path import parse_attr_path
from neve.lang.fetching import Fetching
from neve.lang.host import Effects
from neve.lang.session import Session, resolve_expression_path
from neve.settings import Settings

if TYPE_CHECKING:
    from neve._core import Value
    from neve.cache.opening import StoreOpener

_LOG: Final = logging.getLogger("neve")
_LEVELS: Final = {"trace": logging.INFO, "warning": logging.WARNING, "notice": logging.INFO}


def evaluate(
    expression: str,
    *,
    attr: str | None = None,
    args: Mapping[str, object] | None = None,
    **options: Any,
) -> Any:
    """The value of an expression.

    `attr` selects a part by its path (`"a.b.0"`). `args` are arguments for a function that the expression is, or that
    lies on the way. `options` are those of `Evaluator`.
    """
    return Evaluator(**options).evaluate(expression, attr=attr, args=args)


def evaluate_file(
    path: str | os.PathLike[str],
    *,
    attr: str | None = None,
    args: Mapping[str, object] | None = None,
    **options: Any,
) -> Any:
    """The value of a file, or of a folder's `default.nix`; arguments as for `evaluate`."""
    return Evaluator(**options).evaluate_file(path, attr=attr, args=args)


class Evaluator:
    """Evaluates expressions that share imported files and settings.

    `search_path` is what `<name>` is looked up in before `NIX_PATH`: a mapping of prefixes to paths, or entries as `-I`
    takes them. `settings` override those of `nix.conf`, by the same names. `pure` forbids all that is not declared.
    `store` is the address of the store that paths are named after and, unless `read_only`, derivations and sources are
    written to. `on_message(level, text)` gets what `builtins.trace` (`"trace"`) and `builtins.warn` (`"warning"`) say;
    by default it goes to the logger `neve`.

    May be used from several threads, which take turns. Memory is freed with the last value and the evaluator.
    """

    def __init__(
        self,
        *,
        search_path: Mapping[str, str | os.PathLike[str]] | Sequence[str] = (),
        settings: Mapping[str, str | int | bool] | None = None,
        pure: bool = False,
        store: str | None = None,
        read_only: bool = True,
        on_message: Callable[[str, str], None] | None = None,
    ) -> None:
        chosen = Settings.load(os.environ, warn=_LOG.warning)
        chosen.set("pure-eval", str(pure).lower())
        for name, value in (settings or {}).items():
            chosen.set(name, str(value).lower() if isinstance(value, bool) else str(value))
        chosen.warn_unknown()
        self._is_read_only: Final = read_only
        fetching = Fetching(chosen, lambda: _open_stores(chosen), store)
        self._session: Final = Session(
            chosen,
            includes=_includes(search_path),
            store_uri=store,
            is_read_only=read_only,
            say=on_message or _say_to_log,
            effects=Effects(fetch=fetching.fetch, substitute=fetching.substitute),
        )

    def evaluate(
        self,
        expression: str,
        *,
        attr: str | None = None,
        args: Mapping[str, object] | None = None,
    ) -> Any:
        """See `neve.evaluate`."""
        return self._finish(self._session.evaluate(expression), attr, args)

    def evaluate_file(
        self,
        path: str | os.PathLike[str],
        *,
        attr: str | None = None,
        args: Mapping[str, object] | None = None,
    ) -> Any:
        """See `neve.evaluate_file`."""
        file = resolve_expression_path(os.path.abspath(os.fspath(path)))
        return self._finish(self._session.evaluator.import_file(file), attr, args)

    def _finish(self, value: Value, attr: str | None, args: Mapping[str, object] | None) -> Any:
        evaluator = self._session.evaluator
        arguments = {
            name: evaluator.from_python(_unwrap_whole(item)) for name, item in (args or {}).items()
        }
        value = value.select_path(parse_attr_path(attr or ""), auto_call=arguments)
        if args is not None:
            value = value.auto_call(arguments)
        if not self._is_read_only:
            evaluator.flush()
        return _wrap(value, self._session)


class NixString(str):
    """A string that refers to store paths; `context` holds them as the keys of `builtins.getContext` do."""

    __slots__ = ("context", "raw")

    context: frozenset[str]
    raw: Value

    @classmethod
    def from_value(cls, value: Value, text: str) -> NixString:
        """A string value and its text."""
        made = cls(text)
        made.context = frozenset(value.string_context())
        made.raw = value
        return made

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    @override
    def __reduce_ex__(self, _protocol: object) -> tuple[type[str], tuple[str]]:
        """Elsewhere it is a plain string, since what it refers to stays here."""
        return str, (str(self),)


class View:
    """A value of the evaluator, seen from Python; its parts are evaluated when they are asked for.

    It never changes, so a copy is the view itself. It cannot be pickled, and no other evaluator takes it: `to_python`
    makes something of it that can. `raw` is the evaluator's own handle (`neve._core.Value`).
    """

    __slots__ = ("_session", "raw")

    def __init__(self, raw: Value, session: Session) -> None:
        self.raw: Final = raw
        self._session: Final = session

    @override
    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.raw.print(max_depth=1, multiline=False, force=False)}>"
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    @override
    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be pickled, as it lives in its evaluator; pickle neve.to_python(value)"
        )

    def to_json(self) -> str:
        """The value as JSON, as `builtins.toJSON` writes it; evaluates all of it."""
        return self.raw.to_json()


class AttributeSet(View, Mapping[str, Any]):
    """An attribute set as a mapping, in the order of names."""

    __slots__ = ()

    @override
    def __getitem__(self, name: str) -> Any:
        """The value of an attribute; raises `KeyError` when there is none."""
        item = self.raw.attr(name)
        if item is None:
            raise KeyError(name)
        return _wrap(item, self._session)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.raw.attr_names())

    @override
    def __len__(self) -> int:
        return len(self.raw.attr_names())

    @override
    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.raw.attr(name) is not None

    @override
    def __eq__(self, other: object) -> bool:
        """Equal to a mapping of equal parts; evaluates as much as it takes."""
        if not isinstance(other, Mapping) or self.keys() != other.keys():
            return False
        return all(self[name] == other[name] for name in self)

    __hash__ = None  # type: ignore[assignment]

    def select(self, attr_path: str) -> Any:
        """What a path such as `"a.b.0"` leads to; raises `MissingAttributeError` where it ends."""
        selected = self.raw.select_path(parse_attr_path(attr_path))
        return _wrap(selected, self._session)

    def position(self, name: str) -> tuple[str, int, int] | None:
        """File, line and column at which an attribute is defined, where that is known."""
        return self.raw.attr_position(name)


class Derivation(AttributeSet):
    """A derivation: a mapping of its attributes, with the usual ones as properties."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name, version included."""
        return self._text("name")

    @property
    def system(self) -> str:
        """The system type that it is built on."""
        return self._text("system")

    @property
    def drv_path(self) -> str:
        """The store path of the derivation; the file exists unless the evaluator is read-only."""
        return self._text("drvPath")

    @property
    def out_path(self) -> str:
        """The store path of the output that this value stands for, which exists once it is built."""
        return self._text("outPath")

    @property
    def output_name(self) -> str:
        """The output that this value stands for."""
        return self._text("outputName")

    @property
    def outputs(self) -> dict[str, str]:
        """Output names and their store paths, which exist once they are built."""
        return {name: os.fspath(self[name]) for name in self.get("outputs", ["out"])}

    def __fspath__(self) -> str:
        """The store path of the output."""
        return self._text("outPath")

    @override
    def __repr__(self) -> str:
        return f"<Derivation {self.drv_path}>"

    def _text(self, name: str) -> str:
        item = self.raw.attr(name)
        if item is None:
            raise MissingAttributeError(f"the derivation has no attribute '{name}'")
        return item.coerce_to_string()


class List(View, Sequence[Any]):
    """A list as a sequence."""

    __slots__ = ()

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    @override
    def __getitem__(self, index: int | slice) -> Any:
        """An element, or a Python list of several."""
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f"a list of {size} elements has none at {index}")
        return _wrap(self.raw.item(index % size), self._session)

    @override
    def __len__(self) -> int:
        return len(self.raw)

    @override
    def __eq__(self, other: object) -> bool:
        """Equal to a sequence of equal elements; evaluates as much as it takes."""
        if not isinstance(other, Sequence) or isinstance(other, str) or len(self) != len(other):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


class Function(View):
    """A function. Arguments are Python values; keyword arguments make the one set that `{ a, b }: …` takes."""

    __slots__ = ()

    def __call__(self, *arguments: object, **attributes: object) -> Any:
        """The result for one argument after the other, then for a set of the keyword arguments."""
        given = [*arguments, attributes] if attributes or not arguments else list(arguments)
        make = self._session.evaluator.from_python
        result = self.raw.call(*(make(_unwrap_whole(item)) for item in given))
        return _wrap(result, self._session)

    @property
    def arguments(self) -> dict[str, bool] | None:
        """For `{ a, b ? 1 }: …`: the names, and whether each has a default; otherwise `None`."""
        return self.raw.function_args()

    @property
    def documentation(self) -> str | None:
        """What a builtin's manual or the function's documentation comment says."""
        found = self.raw.documentation()
        return None if found is None else found[2]


def to_python(value: object) -> Any:
    """A value with all its parts as plain Python: dictionaries, lists and scalars.

    A derivation becomes the store path of its output, as in `builtins.toJSON`. Raises `WrongTypeError` for a function
    and for what is nested too deeply or contains itself, and whatever evaluating a part raises.
    """
    try:
        return _to_python(value)
    except RecursionError as error:
        raise WrongTypeError("the value is nested too deeply or contains itself") from error


def _to_python(value: object) -> Any:
    if isinstance(value, Derivation):
        return os.fspath(value)
    if isinstance(value, AttributeSet):
        return {name: _to_python(item) for name, item in value.items()}
    if isinstance(value, List):
        return [_to_python(item) for item in value]
    if isinstance(value, Function):
        raise WrongTypeError("cannot convert a function to a Python value")
    return str(value) if isinstance(value, NixString) else value


def _wrap(value: Value, session: Session) -> Any:
    kind = value.type
    if kind == "set":
        return (Derivation if value.is_derivation else AttributeSet)(value, session)
    if kind == "list":
        return List(value, session)
    if kind == "lambda":
        return Function(value, session)
    plain = value.as_python()
    if kind == "path":
        return Path(str(plain))
    if kind == "string" and isinstance(plain, str) and value.string_context():
        return NixString.from_value(value, plain)
    return plain


def _unwrap_whole(value: object) -> object:
    """The same as `_unwrap`; raises `WrongTypeError` for a value that contains itself."""
    try:
        return _unwrap(value)
    except RecursionError as error:
        raise WrongTypeError("a Python value is nested too deeply or contains itself") from error


def _unwrap(value: object) -> object:
    """What the evaluator takes: views become the values behind them again."""
    if isinstance(value, (View, NixString)):
        return value.raw
    if isinstance(value, Mapping):
        return {name: _unwrap(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_unwrap(item) for item in value]
    return value


def _includes(search_path: Mapping[str, str | os.PathLike[str]] | Sequence[str]) -> list[str]:
    if isinstance(search_path, Mapping):
        return [f"{prefix}={os.fspath(path)}" for prefix, path in search_path.items()]
    return list(search_path)


def _open_stores(settings: Settings) -> StoreOpener:
    from neve.cache.opening import StoreOpener
    from neve.cache.settings import CacheSettings

    return StoreOpener(CacheSettings.from_settings(settings))


def _say_to_log(level: str, text: str) -> None:
    _LOG.log(_LEVELS.get(level, logging.INFO), "%s", text)
