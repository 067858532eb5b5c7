"""The cheap twin of `typing.NamedTuple` does what classes here need of it."""

from __future__ import annotations

import copy
import pickle

import pytest

from neve.named_tuple import NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2
    """Down."""

    @property
    def total(self) -> int:
        """Both."""
        return self.x + self.y

    @classmethod
    def origin(cls) -> Point:
        """Nothing of both."""
        return cls(0, 0)


def test_fields_have_the_order_and_the_defaults_of_the_annotations() -> None:
    """A point is made from positions and names, is a tuple, and shows its fields."""
    assert Point(1) == (1, 2)
    assert Point(y=5, x=4) == (4, 5)
    assert repr(Point(1)) == "Point(x=1, y=2)"
    assert Point._fields == ("x", "y")
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]


def test_methods_and_replacement_work() -> None:
    """What the body defines beside its fields is there, also on a changed copy."""
    assert Point(1)._replace(y=7).total == 8
    assert Point.origin().total == 0
    assert Point.__doc__ == "A place."


def test_values_cannot_be_changed_and_survive_copies() -> None:
    """No attribute can be set; pickled and copied ones are equal."""
    with pytest.raises(AttributeError):
        Point(1).x = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Point(1).z = 3  # type: ignore[attr-defined]
    assert copy.copy(Point(1)) == Point(1)
    assert pickle.loads(pickle.dumps(Point)) is Point
