"""What programs in machine code and Java's archives are told of places in the store."""

import os
import zipfile
from pathlib import Path

import pytest
from tests.unit.debian.deb_files import file
from tests.unit.debian.package_store import Store, content

from neve.debian.elf import Dynamic


@pytest.fixture
def linked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The libraries that every program is said to be linked against."""
    needed: list[str] = []
    monkeypatch.setattr(
        "neve.debian.programs.read_dynamic", lambda _path, _machine: Dynamic(None, needed)
    )
    return needed


def with_bash(store: Store) -> tuple[str, ...]:
    """A dependency whose shell wrappers run in."""
    store.build("bash", [store.deb(file("./usr/bin/bash", b"", 0o755))])
    return (store.path("bash"),)


def test_programs_know_modules_of_the_language_in_them(store: Store, linked: list[str]) -> None:
    """A program linked against an interpreter's library finds its modules and those of the dependencies."""
    linked.append("libguile-3.0.so.1")
    store.build(
        "guile",
        [store.deb(file("./usr/share/guile/3.0/x.scm"), file("./usr/lib/guile/3.0/ccache/x.go"))],
    )
    program = store.deb(file("./usr/bin/run", b"\x7fELF", 0o755))
    store.build("p", [program], dependencies=(store.path("guile"), *with_bash(store)))
    text = content(f"{store.path('p')}/bin/run")
    assert (
        f'GUILE_SYSTEM_PATH="${{GUILE_SYSTEM_PATH:+$GUILE_SYSTEM_PATH:}}{store.path("guile")}/share/guile/3.0"'
        in text
    )
    assert f"{store.path('guile')}/lib/guile/3.0/ccache" in text
    assert text.endswith(f'exec -a "$0" {store.path("p")}/bin/.run-wrapped "$@"\n')


def test_single_places_are_set_unless_the_user_did(store: Store, linked: list[str]) -> None:
    """Tcl's library is in one place, its packages in many."""
    linked += ["libtcl8.6.so", "libmpi.so.40"]
    files = ("tcltk/tcl8.6/init.tcl", "openmpi/help.txt")
    store.build("tcl", [store.deb(*(file(f"./usr/share/{name}") for name in files))])
    program = store.deb(file("./usr/bin/run", b"\x7fELF", 0o755))
    store.build("p", [program], dependencies=(store.path("tcl"), *with_bash(store)))
    place = f"{store.path('tcl')}/share/tcltk"
    lines = content(f"{store.path('p')}/bin/run").splitlines()
    assert f'export TCL_LIBRARY="${{TCL_LIBRARY-{place}/tcl8.6}}"' in lines
    assert f'export TCLLIBPATH="${{TCLLIBPATH:+$TCLLIBPATH }}{place}"' in lines
    data = f"{store.path('tcl')}/share/openmpi"
    assert f'export OPAL_PKGDATADIR="${{OPAL_PKGDATADIR-{data}}}"' in lines


def test_compiled_paths_lead_to_data(store: Store, linked: list[str]) -> None:
    """A directory of data that a program names is open when it starts; what is named in part or shared stays."""
    assert not linked
    store.build("data", [store.deb(file("./usr/share/games/wing/x"), file("./usr/share/icons/i"))])
    names = b"\x7fELF\0/usr/share/games/wing/x\0/usr/share/games/wing-2\0/usr/share/icons\0/usr/share/none\0"
    program = store.deb(file("./usr/bin/run", names, 0o755))
    dependencies = (store.path("data"), *with_bash(store))
    store.build("p", [program], dependencies=dependencies, has_compiled_paths=True)
    root = store.path("p")
    assert f"exec 98<{store.path('data')}/share/games/wing\n" in content(f"{root}/bin/run")
    changed = Path(root, "bin/.run-wrapped").read_bytes()
    assert changed == names.replace(b"/usr/share/games/wing/", b"/dev/fd/98////////////")
    store.build("q", [program], dependencies=dependencies)
    assert Path(store.path("q"), "bin/run").read_bytes() == names


def test_python_asks_no_host_for_libraries(store: Store) -> None:
    """A search by the loader's cache becomes the library that a dependency has; one that none has stays."""
    store.build("crypt", [store.deb(file("./usr/lib/x86_64-linux-gnu/libcrypt.so.1"))])
    text = b'a = ctypes.util.find_library("crypt")\nb = find_library("none")\n'
    module = file("./usr/lib/python3/dist-packages/m.py", text)
    store.build("p", [store.deb(module)], dependencies=(store.path("crypt"),))
    assert content(f"{store.path('p')}/lib/python3/dist-packages/m.py") == (
        f"a = '{store.path('crypt')}/lib/libcrypt.so.1'\nb = find_library(\"none\")\n"
    )


def test_lua_and_tcl_scripts_get_their_modules(store: Store) -> None:
    """Lua looks in the directories of its own version, Tcl in all."""
    for name in ("lua5.3", "wish"):
        store.build(name, [store.deb(file(f"./usr/bin/{name}", b"", 0o755))])
    modules = [f"./usr/{kind}/lua/5.{minor}/m" for kind in ("share", "lib") for minor in (3, 4)]
    store.build(
        "modules", [store.deb(*map(file, modules), file("./usr/share/tcltk/m/pkgIndex.tcl"))]
    )
    scripts = [
        file(f"./usr/bin/{name}-tool", f"#!/usr/bin/{name}\n".encode(), 0o755)
        for name in ("lua5.3", "wish")
    ]
    names = ("modules", "lua5.3", "wish")
    store.build("app", [store.deb(*scripts)], dependencies=tuple(map(store.path, names)))
    private, place = f"{store.path('app')}/libexec/neve/app/bin", store.path("modules")
    lua = content(f"{private}/lua")
    assert f"{place}/share/lua/5.3/?.lua;{place}/share/lua/5.3/?/init.lua;;" in lua
    assert f"{place}/lib/lua/5.3/?.so;;" in lua
    assert "5.4" not in lua
    assert f"TCLLIBPATH }}{place}/share/tcltk" in content(f"{private}/wish")
    assert content(f"{store.path('app')}/bin/wish-tool") == f"#!{private}/wish\n"


def test_php_knows_extensions(store: Store, linked: list[str]) -> None:
    """A program and a script load the extensions of their packages by whole paths, those of a low priority first."""
    assert not linked
    settings = "./usr/share/php8.4-common/common"
    store.build(
        "common",
        [
            store.deb(
                file(f"{settings}/a.ini", b"; priority=20\nextension=a.so\n"),
                file(f"{settings}/opcache.ini", b"; priority=10\nzend_extension=opcache.so\n"),
                file(f"{settings}/none.ini", b"extension=none.so\n"),
                *(file(f"./usr/lib/php/20240924/{name}.so") for name in ("a", "opcache")),
                file("./usr/share/php/Lib.php"),
            )
        ],
    )
    common = (store.path("common"), *with_bash(store))
    store.build(
        "php", [store.deb(file("./usr/bin/php8.4", b"\x7fELF", 0o755))], dependencies=common
    )
    private = f"{store.path('php')}/libexec/neve/php/php.d"
    assert f'PHP_INI_SCAN_DIR-{private}}}"\n' in content(f"{store.path('php')}/bin/php8.4")
    libraries = f"{store.path('common')}/lib/php/20240924"
    assert content(f"{private}/extensions.ini") == (
        f"zend_extension={libraries}/opcache.so\nextension={libraries}/a.so\n"
    )
    script = store.deb(file("./usr/bin/tool", b"#!/usr/bin/php8.4\n", 0o755))
    store.build("tool", [script], dependencies=(store.path("php"), *common))
    text = content(f"{store.path('tool')}/libexec/neve/tool/bin/php")
    assert f"-dinclude_path=.:{store.path('common')}/share/php " in text
    assert "PHP_INI_SCAN_DIR" in text


def test_guile_and_r_scripts_get_their_modules(store: Store) -> None:
    """Guile looks for sources and compiled files apart; R's libraries are in two places."""
    for name in ("guile", "Rscript"):
        store.build(name, [store.deb(file(f"./usr/bin/{name}", b"", 0o755))])
    places = ("share/guile/site/3.0", "lib/guile/3.0/site-ccache", "lib/R/site-library")
    store.build("modules", [store.deb(*(file(f"./usr/{place}/m") for place in places))])
    scripts = [
        file(f"./usr/bin/{name}-tool", f"#!/usr/bin/{name}\n".encode(), 0o755)
        for name in ("guile", "Rscript")
    ]
    names = ("modules", "guile", "Rscript")
    store.build("app", [store.deb(*scripts)], dependencies=tuple(map(store.path, names)))
    private = f"{store.path('app')}/libexec/neve/app/bin"
    source, compiled, libraries = (f"{store.path('modules')}/{place}" for place in places)
    guile = content(f"{private}/guile")
    assert f'GUILE_LOAD_PATH="${{GUILE_LOAD_PATH:+$GUILE_LOAD_PATH:}}{source}:' in guile
    assert f':}}{compiled}"\n' in guile
    assert f'R_LIBS_SITE:}}{libraries}"\n' in content(f"{private}/Rscript")


def make_archive(path: Path, class_path: str) -> bytes:
    """An archive of Java's."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        text = f"Manifest-Version: 1.0\r\nClass-Path: {class_path}\r\nMain-Class: a.B\r\n\r\n"
        archive.writestr("META-INF/MANIFEST.MF", text)
        archive.writestr("a/B.class", b"code" * 100)
    return path.read_bytes()


def test_class_paths_lead_to_dependencies(store: Store, tmp_path: Path) -> None:
    """An archive that another names, by a whole path or by its bare name, is found in the package that has it."""
    store.build(
        "other", [store.deb(file("./usr/share/java/one.jar"), file("./usr/share/java/two.jar"))]
    )
    jar = make_archive(tmp_path / "x.jar", "/usr/share/java/o\r\n ne.jar two.jar own.jar none.jar")
    entries = (file("./usr/share/java/app.jar", jar), file("./usr/share/java/own.jar"))
    store.build("app", [store.deb(*entries)], dependencies=(store.path("other"),))
    with zipfile.ZipFile(f"{store.path('app')}/share/java/app.jar") as archive:
        assert sorted(archive.namelist()) == ["META-INF/MANIFEST.MF", "a/B.class"]
        assert archive.read("a/B.class") == b"code" * 100
        lines = archive.read("META-INF/MANIFEST.MF").split(b"\n")
    assert all(len(line) <= 72 for line in lines)
    place = f"{store.path('other')}/share/java"
    text = b"\n".join(lines).replace(b"\n ", b"").decode()
    assert (
        f"\nClass-Path: {place}/one.jar {place}/two.jar own.jar none.jar\nMain-Class: a.B\n" in text
    )


def test_java_scripts_search_all_archives(store: Store) -> None:
    """A script that puts class paths together finds the archives of all packages in one place."""
    store.build("one", [store.deb(file("./usr/share/java/one.jar"))])
    store.build("wrappers", [store.deb(file("./usr/lib/java-wrappers/java-wrappers.sh"))])
    text = b"#!/bin/sh\n. /usr/lib/java-wrappers/java-wrappers.sh\nCP=/usr/share/java/$1.jar\n"
    deb = store.deb(file("./usr/bin/run", text, 0o755), file("./usr/share/java/own.jar"))
    store.build("app", [deb], dependencies=(store.path("one"), store.path("wrappers")))
    union = f"{store.path('app')}/libexec/neve/app/java"
    assert sorted(os.listdir(union)) == ["one.jar", "own.jar"]
    lines = content(f"{store.path('app')}/bin/run").splitlines()
    assert f'export JAVA_JARPATH="${{JAVA_JARPATH-{union}}}"' in lines
    assert f"CP={union}/$1.jar" in lines
