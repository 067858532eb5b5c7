"""Which derivations a value stands for: itself, or those in a set or list that asks to be searched."""

from __future__ import annotations

from neve.errors import (
    AssertionFailedError,
    EvaluationError,
    NeveError,
    ThrownError,
    WrongTypeError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Final, TypeVar

    from neve._core import Surveyed, Value

    Found = TypeVar("Found")

_BATCH: Final = 1000
"""Attributes that are looked at in one call: between calls what is shown so far appears, and memory is collected."""


class FoundDerivation:
    """A derivation and the output that was chosen; `attr_path` is where it was found."""

    __slots__ = ("attr_path", "drv_path", "output_name", "value")

    def __init__(self, attr_path: str, value: Value) -> None:
        self.attr_path = attr_path
        self.value = value
        drv_path = value.attr("drvPath")
        if drv_path is None:
            raise EvaluationError("derivation does not have a 'drvPath' attribute")
        self.drv_path = drv_path.coerce_to_string()
        output_name = value.attr("outputName")
        self.output_name = "" if output_name is None else output_name.coerce_to_string()


class _Search:
    """One walk through a value; a set that is reachable under several names is found once."""

    def __init__(
        self,
        auto_arguments: Mapping[str, Value],
        make: Callable[[str, Value, Sequence[str | None]], Any],
        *,
        texts: Sequence[Sequence[str]],
        skips_failed_assertions: bool,
    ) -> None:
        self._auto_arguments = auto_arguments
        self._make = make
        self._texts = texts
        self._skipped: tuple[type[Exception], ...] = (
            (AssertionFailedError, ThrownError) if skips_failed_assertions else ()
        )
        self._seen: set[int] = set()

    def walk(self, value: Value, attr_path: str) -> Iterator[Any]:
        value = value.auto_call(self._auto_arguments)
        if value.is_derivation:
            yield from self._take(value, attr_path)
        elif value.type == "set":
            yield from self._walk_set(value, attr_path)
        elif value.type == "list":
            for index in range(len(value)):
                item, path = value.item(index), _join(attr_path, str(index))
                yield from self._take(item, path) if item.is_derivation else self.walk(item, path)
        else:
            raise WrongTypeError(
                "expression does not evaluate to a derivation (or a set or list of those)"
            )

    def _walk_set(self, value: Value, attr_path: str) -> Iterator[Any]:
        combines_channels = value.attr("_combineChannels") is not None
        names = [name for name in value.attr_names() if _is_component(name)]
        if self._texts and not combines_channels:
            yield from self._walk_surveyed(value, names, attr_path)
            return
        for name in names:
            yield from self._walk_item(value, name, attr_path, combines=combines_channels)

    def _walk_surveyed(self, value: Value, names: list[str], attr_path: str) -> Iterator[Any]:
        for name, (kind, identity, item, texts) in survey(value, names, self._texts):
            if kind == "failed":  # it fails again, and is skipped or tells how
                yield from self._walk_item(value, name, attr_path, combines=False)
            elif kind == "searched" and item is not None:
                yield from self.walk(item, _join(attr_path, name))
            elif kind == "derivation" and item is not None and identity not in self._seen:
                self._seen.add(identity)
                yield self._make(_join(attr_path, name), item, texts)

    def _walk_item(
        self, value: Value, name: str, attr_path: str, *, combines: bool
    ) -> Iterator[Any]:
        try:
            yield from self._walk_found(value, name, attr_path, combines=combines)
        except self._skipped:
            return

    def _walk_found(
        self, value: Value, name: str, attr_path: str, *, combines: bool
    ) -> Iterator[Any]:
        item = value.attr(name)
        if item is None:
            return
        path = _join(attr_path, name)
        if combines:
            yield from self.walk(item, path)
        elif item.is_derivation:
            yield from self._take(item, path)
        elif item.type == "set" and _wants_search(item):
            yield from self.walk(item, path)

    def _take(self, value: Value, attr_path: str) -> Iterator[Any]:
        identity = value.identity
        if identity not in self._seen:
            self._seen.add(identity)
            yield self._make(attr_path, value, ())


def survey(
    value: Value, names: Sequence[str], texts: Sequence[Sequence[str]]
) -> Iterator[tuple[str, tuple[Surveyed, int, Value | None, list[str | None]]]]:
    """Attribute name → what `Value.survey` says of it, for many names."""
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        yield from zip(batch, value.survey(batch, texts), strict=True)


def find_derivations(
    value: Value, auto_arguments: Mapping[str, Value], attr_path: str = ""
) -> Iterator[FoundDerivation]:
    """The derivations in a value, in the order of attribute names.

    A set is searched one level deep, and deeper where `recurseForDerivations` is true; functions are called with the
    automatic arguments. Raises `WrongTypeError` for a value that could not hold any.
    """

    def make(attr_path: str, value: Value, _: Sequence[str | None]) -> FoundDerivation:
        return FoundDerivation(attr_path, value)

    return search(value, auto_arguments, make, attr_path)


def search(
    value: Value,
    auto_arguments: Mapping[str, Value],
    make: Callable[[str, Value, Sequence[str | None]], Found],
    attr_path: str = "",
    *,
    texts: Sequence[Sequence[str]] = (),
    skips_failed_assertions: bool = False,
) -> Iterator[Found]:
    """The same, with what `make` makes of attribute path and value; those that throw may be skipped.

    With `texts`, many attributes are evaluated at a time, and `make` is given the strings at these attribute paths of
    the derivation, as far as they are known already.
    """
    walk = _Search(
        auto_arguments, make, texts=texts, skips_failed_assertions=skips_failed_assertions
    )
    return walk.walk(value, attr_path)


def _wants_search(value: Value) -> bool:
    wish = value.attr("recurseForDerivations")
    if wish is None:
        return False
    answer = wish.as_python()
    if not isinstance(answer, bool):
        raise WrongTypeError(
            f"expected a Boolean for 'recurseForDerivations', but found a {wish.type}"
        )
    return answer


def _is_component(name: str) -> bool:
    """Whether a name can be written in an attribute path without quotes."""
    first = name[:1]
    return (
        name.isascii()
        and (first.isalpha() or first == "_")
        and all(character.isalnum() or character in "-_+" for character in name)
    )


def _join(attr_path: str, name: str) -> str:
    return f"{attr_path}.{name}" if attr_path else name


def find_package_position(value: Value, name: str) -> tuple[str, int]:
    """File and line of a package's definition; `name` is what it is called in the `NeveError` when it does not say."""
    meta = value.attr("meta") if value.type == "set" else None
    position = meta.attr("position") if meta is not None and meta.type == "set" else None
    if position is not None:
        text = position.coerce_to_string()
        file, _, line = text.rpartition(":")
        if not line.isdecimal():
            raise NeveError(f"cannot parse 'meta.position' attribute '{text}'")
        return file, int(line)
    named = value.attr_position("name") if value.is_derivation else None
    if named is None:
        raise NeveError(f"package '{name}' has no source location information")
    return named[0], named[1]
