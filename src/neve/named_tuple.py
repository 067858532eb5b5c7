"""`typing.NamedTuple` without the import of `typing`, which costs a short command a tenth of its time."""

from __future__ import annotations

from collections import namedtuple

__all__ = ["NamedTuple"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _FieldsFromAnnotations(type):
        """Makes of a subclass what `collections.namedtuple` makes of its annotated names and their values."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            fields = list(body.pop("__annotations__", ()))
            defaults = [body.pop(field) for field in fields if field in body]
            plain = namedtuple(  # noqa: PYI024 - this is what replaces the other one
                name, fields, defaults=defaults, module=body["__module__"]
            )
            return type(name, (plain,), {**body, "__slots__": ()})

    class NamedTuple(metaclass=_FieldsFromAnnotations):
        """Base of classes whose annotated names are the fields of a tuple; for modules of postponed annotations."""
