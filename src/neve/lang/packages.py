"""Packages as `nix-env` sees them: derivations of an expression, elements of a profile, store paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from neve.errors import EvaluationError, NeveError
from neve.lang.derivations import search
from neve.lang.package_names import PackageName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from neve._core import Value

DEFAULT_OUTPUT: Final = "out"
_KNOWN: Final = (("name",), ("system",), ("meta", "description"))


class Package:
    """One package. What is asked of it is evaluated then; `value` is missing for a bare store path."""

    def __init__(
        self,
        attr_path: str,
        value: Value | None,
        *,
        name: str = "",
        drv_path: str | None = None,
        out_path: str = "",
        known: Sequence[str | None] = (),
    ) -> None:
        self.attr_path: Final = attr_path
        self._value: Final = value
        self._known: Final = dict(zip(_KNOWN, known, strict=False))
        """Some attributes, evaluated before."""
        self.name: str = (
            name if value is None else self._known.get(("name",)) or _text(value, "name")
        )
        self._drv_path: Final = drv_path
        self._out_path: Final = out_path
        self.flags: Final[dict[str, str]] = {}
        """Meta attributes that were set on it."""

    @property
    def parts(self) -> PackageName:
        """The name in its parts."""
        return PackageName(self.name)

    @property
    def system(self) -> str:
        """The platform it is for; nothing for a store path."""
        if self._value is None:
            return ""
        known = self._known.get(("system",))
        if known is not None:
            return known
        system = self._value.attr("system")
        return "unknown" if system is None else system.coerce_to_string()

    @property
    def drv_path(self) -> str | None:
        """The derivation, as far as it is known."""
        if self._value is None:
            return self._drv_path
        found = self._value.attr("drvPath")
        return None if found is None else found.coerce_to_string()

    @property
    def out_path(self) -> str:
        """The path of the output that stands for the package."""
        return self._out_path if self._value is None else _text(self._value, "outPath")

    @property
    def output_name(self) -> str:
        """The name of that output, as far as it is known."""
        found = None if self._value is None else self._value.attr("outputName")
        return "" if found is None else found.coerce_to_string()

    def output_names(self, *, only_installed: bool = False) -> list[str]:
        """The outputs it has, or those that are installed; raises `NeveError` for nonsense in `meta`."""
        names = self._all_outputs()
        if not only_installed or self._value is None:
            return names
        specified = self._value.attr("outputSpecified")
        if specified is not None and specified.as_python() is True:
            return [self.output_name] if self.output_name in names else []
        wanted = self.meta("outputsToInstall")
        if wanted is None:
            return names
        if wanted.type != "list":
            raise NeveError("this derivation has bad 'meta.outputsToInstall'")
        chosen = [wanted.item(index).coerce_to_string() for index in range(len(wanted))]
        if not set(chosen) <= set(names):
            raise NeveError("this derivation has bad 'meta.outputsToInstall'")
        return sorted(set(chosen))

    def _all_outputs(self) -> list[str]:
        listed = None if self._value is None else self._value.attr("outputs")
        if listed is None:
            return [DEFAULT_OUTPUT]
        names = {listed.item(index).coerce_to_string() for index in range(len(listed))}
        return sorted(names)

    def output_path(self, name: str) -> str:
        """The path of an output."""
        output = None if self._value is None else self._value.attr(name)
        if output is None or self._value is None or self._value.attr("outputs") is None:
            return self.out_path
        return _text(output, "outPath")

    # -- meta attributes

    def meta_names(self) -> list[str]:
        """Their names, those of flags included."""
        names = set(self.flags)
        meta = self._meta()
        if meta is not None:
            names.update(meta.attr_names())
        return sorted(names)

    def meta(self, name: str) -> Value | None:
        """A meta attribute, unless it holds what does not belong there."""
        meta = self._meta()
        found = None if meta is None else meta.attr(name)
        return found if found is not None and _is_plain(found) else None

    def _meta(self) -> Value | None:
        meta = None if self._value is None else self._value.attr("meta")
        return meta if meta is not None and meta.type == "set" else None

    def meta_text(self, name: str) -> str:
        """A meta attribute that is a text; else nothing."""
        if name in self.flags:
            return self.flags[name]
        known = self._known.get(("meta", name))
        if known is not None:
            return known
        found = self.meta(name)
        return found.coerce_to_string() if found is not None and found.type == "string" else ""

    @property
    def priority(self) -> int:
        """The smaller, the more it counts."""
        found = self.flags.get("priority")
        value = self.meta("priority")
        if found is None and value is not None:
            plain = value.as_python()
            found = str(plain) if isinstance(plain, int | str) else None
        try:
            return int(found or 0)
        except ValueError:
            return 0

    @property
    def is_kept(self) -> bool:
        """Whether it is never replaced nor upgraded."""
        text = self.meta_text("keep")
        if text:
            return text == "true"
        found = self.meta("keep")
        return found is not None and found.as_python() is True


def find_packages(
    value: Value, auto_arguments: Mapping[str, Value], attr_path: str = "", *, tolerant: bool = True
) -> Iterator[Package]:
    """The packages in a value; `tolerant` skips those that throw."""

    def make(attr_path: str, value: Value, known: Sequence[str | None]) -> Package:
        return Package(attr_path, value, known=known)

    return search(
        value, auto_arguments, make, attr_path, texts=_KNOWN, skips_failed_assertions=tolerant
    )


def _text(value: Value, name: str) -> str:
    found = value.attr(name)
    if found is None:
        raise EvaluationError(f"derivation has no '{name}' attribute")
    return found.coerce_to_string()


def _is_plain(value: Value) -> bool:
    """Whether a meta attribute holds texts, numbers, truth values, and lists and sets of such only."""
    kind = value.type
    if kind == "list":
        return all(_is_plain(value.item(index)) for index in range(len(value)))
    if kind == "set":
        items = [value.attr(name) for name in value.attr_names()]
        is_path = "outPath" in value.attr_names()
        return not is_path and all(item is not None and _is_plain(item) for item in items)
    return kind in {"int", "bool", "string", "float"}
