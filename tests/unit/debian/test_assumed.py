"""Modules that Python programs import without saying so."""

from tests.unit.debian.deb_files import file
from tests.unit.debian.package_store import Store

MODULES = "./usr/lib/python3/dist-packages"


def build(store: Store, text: bytes, *more: str) -> list[str]:
    """What a package with a module depends on that may import `imp` and what setuptools has."""
    store.build("imp", [store.deb(file(f"{MODULES}/imp/__init__.py"))])
    names = ("pkg_resources/__init__.py", "_distutils_hack/__init__.py", "x-1.dist-info/METADATA")
    store.build("setuptools", [store.deb(*(file(f"{MODULES}/{name}") for name in names))])
    module = store.deb(file(f"{MODULES}/m.py", text), *(file(path) for path in more))
    store.build("m", [module], modules=(store.path("imp"), store.path("setuptools")))
    found: list[str] = store.record("m").get("dependencies", [])
    return found


def test_imports_become_dependencies(store: Store) -> None:
    """What a file imports in any case is depended on; so are modules that another one makes importable."""
    text = b"import imp\nfrom distutils.core import setup\n"
    assert sorted(build(store, text)) == [store.path("imp"), store.path("setuptools")]


def test_attempts_do_not_count(store: Store) -> None:
    """An import that may fail brings nothing, nor does a name that only begins like the module."""
    text = b"import imported\ntry:\n    import pkg_resources\nexcept ImportError:\n    pass\n"
    assert build(store, text) == []


def test_imports_in_blocks_count(store: Store) -> None:
    """What is imported in a function or a condition is needed when that runs."""
    assert build(store, b"if True:\n    import imp\n") == [store.path("imp")]


def test_own_modules_come_first(store: Store) -> None:
    """A package that has a module of the same name needs no other."""
    assert build(store, b"import imp\n", "./usr/share/m/imp.py") == []
