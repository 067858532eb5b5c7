"""Packages unpacked into store objects, without programs."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.unit.debian.deb_files import device, directory, file, hard_link, link
from tests.unit.debian.package_store import Store, content

from neve.debian.errors import DebianError, PackageFormatError
from neve.debian.package import PackageRecipe, build_package
from neve.debian.wrapper import Wrapper

TRIPLET = "x86_64-linux-gnu"


@pytest.mark.parametrize("compression", ["", ".gz", ".xz", ".zst"])
def test_every_compression_is_read(store: Store, compression: str) -> None:
    """Packages may be stored plainly or in any of Debian's compressions."""
    store.build("p", [store.deb(file("./usr/share/x", b"text"), compression=compression)])
    assert content(store.path("p") + "/share/x") == "text"


def test_layout(store: Store) -> None:
    """Programs gather in bin, libraries in lib, headers in include; everything else keeps its name."""
    names = {
        "./usr/bin/a": "bin/a",
        "./usr/sbin/b": "bin/b",
        "./usr/games/c": "bin/c",
        "./bin/d": "bin/d",
        "./sbin/e": "bin/e",
        f"./usr/lib/{TRIPLET}/libf.so.1": "lib/libf.so.1",
        f"./lib/{TRIPLET}/g/h": "lib/g/h",
        "./usr/lib64/i": "lib/i",
        f"./usr/include/{TRIPLET}/j.h": "include/j.h",
        "./usr/share/doc/p/copyright": "share/doc/p/copyright",
        "./usr/libexec/k": "libexec/k",
        "./etc/l.conf": "etc/l.conf",
        "./var/lib/m": "var/lib/m",
        "./boot/vmlinuz": "boot/vmlinuz",
        f"./usr/lib/gcc/{TRIPLET}/14/n": f"lib/gcc/{TRIPLET}/14/n",
    }
    store.build("p", [store.deb(*(file(name, name.encode()) for name in names))])
    for name, place in names.items():
        assert content(f"{store.path('p')}/{place}") == name


def test_architecture_beats_generic(store: Store) -> None:
    """Where two files fall together, the architecture's own is kept, in either order."""
    generic, own = (
        file("./usr/include/c.h", b"generic"),
        file(f"./usr/include/{TRIPLET}/c.h", b"own"),
    )
    store.build("p", [store.deb(generic, own)])
    store.build("q", [store.deb(own, generic)])
    for name in ("p", "q"):
        assert content(store.path(name) + "/include/c.h") == "own"


def test_links_that_only_joined_places_disappear(store: Store) -> None:
    """A link from sbin to bin, or between two library directories, would point at itself."""
    store.build(
        "p",
        [
            store.deb(
                link("./usr/sbin/ip", "/usr/bin/ip"),
                file("./usr/bin/ip", b"x", 0o755),
                file("./usr/lib/q/f", b"f"),
                link(f"./usr/lib/{TRIPLET}/q", "../q"),
                link("./bin", "usr/bin"),
            )
        ],
    )
    assert sorted(os.listdir(store.path("p"))) == ["bin", "lib", "nix-support"]
    assert content(store.path("p") + "/bin/ip") == "x"
    assert content(store.path("p") + "/lib/q/f") == "f"


def test_links_follow_their_targets(store: Store) -> None:
    """Own targets become relative, those of a dependency absolute, and others stay."""
    store.build(
        "lib",
        [
            store.deb(
                file(f"./usr/lib/{TRIPLET}/libz.so.1.2", b"z"),
                link(f"./usr/lib/{TRIPLET}/libz.so.1", "libz.so.1.2"),
            )
        ],
    )
    store.build(
        "p",
        [
            store.deb(
                file("./usr/share/d/f", b"f"),
                link("./usr/bin/own", "/usr/share/d/f"),
                link("./usr/share/e/rel", "../d/f"),
                link(f"./usr/lib/{TRIPLET}/libz.so", "libz.so.1"),
                link("./etc/mtab", "/proc/mounts"),
                link("./usr/share/gone", "nowhere"),
            )
        ],
        dependencies=(store.path("lib"),),
    )
    root = store.path("p")
    assert os.readlink(f"{root}/bin/own") == "../share/d/f"
    assert os.readlink(f"{root}/share/e/rel") == "../d/f"
    assert os.readlink(f"{root}/lib/libz.so") == f"{store.path('lib')}/lib/libz.so.1"
    assert os.readlink(f"{root}/lib/libz.so.1.2") == f"{store.path('lib')}/lib/libz.so.1.2"
    assert os.readlink(f"{root}/etc/mtab") == "/proc/mounts"
    assert store.record("p")["danglingLinks"] == ["share/gone"]


def test_dependencies_are_searched_to_the_end(store: Store) -> None:
    """A target may be in a dependency's dependency."""
    store.build("far", [store.deb(file("./usr/share/far", b"far"))])
    store.build("near", [store.deb(file("./usr/share/near"))], dependencies=(store.path("far"),))
    store.build("p", [store.deb(link("./usr/share/x", "far"))], dependencies=(store.path("near"),))
    assert content(store.path("p") + "/share/x") == "far"
    assert store.record("p")["dependencies"] == [store.path("near")]


def test_shebangs(store: Store) -> None:
    """Interpreters come from the package, its dependencies, or those that all scripts may use; `env` is undone."""
    store.build(
        "sh", [store.deb(file("./usr/bin/sh", b"", 0o755), file("./usr/bin/perl", b"", 0o755))]
    )
    store.build("tool", [store.deb(file("./usr/bin/awk", b"", 0o755))])
    lines = {
        "a": ("#!/bin/sh -e", f"#!{store.path('sh')}/bin/sh -e"),
        "b": ("#! /usr/bin/env awk", f"#!{store.path('tool')}/bin/awk"),
        "c": ("#!/usr/bin/env -S awk -f", f"#!{store.path('tool')}/bin/awk -f"),
        "d": ("#!/usr/bin/unknown", "#!/usr/bin/unknown"),
        "e": ("#!/usr/bin/env nothing", "#!/usr/bin/env nothing"),
    }
    scripts = [
        file(f"./usr/bin/{name}", f"{old}\nrest\n".encode(), 0o755)
        for name, (old, _) in lines.items()
    ]
    store.build(
        "p",
        [store.deb(*scripts)],
        dependencies=(store.path("tool"),),
        interpreters=(store.path("sh"),),
    )
    for name, (_, new) in lines.items():
        assert content(f"{store.path('p')}/bin/{name}") == f"{new}\nrest\n"
        assert os.access(f"{store.path('p')}/bin/{name}", os.X_OK)


def test_paths_in_scripts_and_services(store: Store) -> None:
    """Paths of existing files are replaced in scripts and service files, others and shared directories stay."""
    text = "run /usr/sbin/daemon /usr/share/p/data /usr/share/other ${prefix}/usr/share/p /usr/share/man\n"
    store.build(
        "p",
        [
            store.deb(
                file("./usr/sbin/daemon", b"x", 0o755),
                file("./usr/share/p/data", b"x"),
                file("./usr/share/man/man1/p.1", b"x"),
                file("./usr/lib/systemd/system/p.service", text.encode()),
                file("./usr/bin/p", b"#!/bin/none\n" + text.encode(), 0o755),
                file("./usr/share/p/readme", text.encode()),
            )
        ],
    )
    root = store.path("p")
    expected = f"run {root}/bin/daemon {root}/share/p/data /usr/share/other ${{prefix}}/usr/share/p /usr/share/man\n"
    assert content(f"{root}/lib/systemd/system/p.service") == expected
    assert content(f"{root}/bin/p") == "#!/bin/none\n" + expected
    assert content(f"{root}/share/p/readme") == text


def test_prefixes_of_configured_scripts(store: Store) -> None:
    """Variables that stand before own files name the package; those that may lead to others' programs stay."""
    lines = (
        b"#!/bin/none\nprefix=\"/usr\"\ndatarootdir=/usr/share # data\nlibdir='/usr/lib/x86_64-linux-gnu'\n"
        b"libexecdir=/usr/libexec\nother=/usr\nprefix=/usr/local\n"
    )
    deb = store.deb(
        file("./usr/bin/run", lines, 0o755),
        file("./usr/bin/start", b"#!/bin/none\nprefix=/usr\n$prefix/sbin/daemon\n", 0o755),
        file("./usr/share/p/x"),
        file("./usr/lib/x86_64-linux-gnu/x"),
    )
    store.build("p", [deb])
    root = store.path("p")
    assert content(f"{root}/bin/run") == (
        f"#!/bin/none\nprefix=\"{root}\"\ndatarootdir={root}/share # data\nlibdir='{root}/lib'\n"
        "libexecdir=/usr/libexec\nother=/usr\nprefix=/usr/local\n"
    )
    assert "prefix=/usr\n" in content(f"{root}/bin/start")


def test_settings_that_scripts_read(store: Store) -> None:
    """A shell script reads its package's settings where the host has none; other files and uses stay."""
    script = b"#!/bin/sh\n. /etc/p/p.conf\n. /etc/other.conf\necho /etc/p/p.conf\n"
    store.build(
        "p", [store.deb(file("./usr/bin/p", script, 0o755), file("./etc/p/p.conf", b"a=1\n"))]
    )
    own = f"{store.path('p')}/etc/p/p.conf"
    lines = content(f"{store.path('p')}/bin/p").splitlines()
    assert lines[1] == f'. "$([ -e /etc/p/p.conf ] && echo /etc/p/p.conf || echo {own})"'
    assert lines[2:] == [". /etc/other.conf", "echo /etc/p/p.conf"]


def test_templates_of_modules(store: Store) -> None:
    """Where Lua looks for modules below /usr it finds the package's own; a directory of others stays."""
    text = b"package.cpath = '/usr/lib/x86_64-linux-gnu/?.so;/usr/share/none/?.lua;' .. package.cpath\n"
    library = file("./usr/lib/x86_64-linux-gnu/libp.so")
    store.build("p", [store.deb(library, file("./usr/share/lua/p.lua", text))])
    assert content(f"{store.path('p')}/share/lua/p.lua") == (
        f"package.cpath = '{store.path('p')}/lib/?.so;/usr/share/none/?.lua;' .. package.cpath\n"
    )


def test_directories_of_several_packages(store: Store) -> None:
    """A script that names a directory gets what all packages have in it; the shared ones' parts stay apart."""
    store.build(
        "base", [store.deb(file("./usr/share/app/lib/setup.pm"), file("./usr/share/doc/app/x"))]
    )
    text = b"#!/bin/none\nuse lib '/usr/share/app/lib'; open /usr/share/doc/app; open /usr/share/app/own\n"
    entries = (
        *(file("./usr/bin/run", text, 0o755), file("./usr/share/app/lib/task.pm")),
        *(file("./usr/share/doc/app/y"), file("./usr/share/app/own/y")),
    )
    store.build("task", [store.deb(*entries)], dependencies=(store.path("base"),))
    root = store.path("task")
    union = f"{root}/libexec/neve/task/share/app/lib"
    assert sorted(os.listdir(union)) == ["setup.pm", "task.pm"]
    assert content(f"{root}/bin/run") == (
        f"#!/bin/none\nuse lib '{union}'; open {root}/share/doc/app; open {root}/share/app/own\n"
    )


def test_build_descriptions(store: Store) -> None:
    """pkg-config, CMake and linker scripts name the store, without the architecture's directory."""
    store.build("c", [store.deb(file(f"./usr/lib/{TRIPLET}/libc.so.6", b"x"))])
    store.build(
        "p",
        [
            store.deb(
                file(
                    f"./usr/lib/{TRIPLET}/pkgconfig/p.pc",
                    f"prefix=/usr\nlibdir=${{prefix}}/lib/{TRIPLET}\nCflags: -I/usr/include/p\n".encode(),
                ),
                file(
                    f"./usr/lib/{TRIPLET}/cmake/p/p.cmake",
                    b'get_filename_component(_IMPORT_PREFIX "${CMAKE_CURRENT_LIST_FILE}" PATH)\n'
                    + b'get_filename_component(_IMPORT_PREFIX "${_IMPORT_PREFIX}" PATH)\n' * 4
                    + f'  "${{_IMPORT_PREFIX}}/lib/{TRIPLET}/libp.so"\n'.encode(),
                ),
                file(
                    f"./usr/lib/{TRIPLET}/libc.so",
                    f"/* GNU ld script\n*/\nGROUP ( /lib/{TRIPLET}/libc.so.6 AS_NEEDED ( /lib64/none ) )\n".encode(),
                ),
            )
        ],
        dependencies=(store.path("c"),),
    )
    root = store.path("p")
    assert content(f"{root}/lib/pkgconfig/p.pc") == (
        f"prefix={root}\nlibdir=${{prefix}}/lib\nCflags: -I{root}/include/p\n"
    )
    assert content(f"{root}/lib/cmake/p/p.cmake") == (
        'get_filename_component(_IMPORT_PREFIX "${CMAKE_CURRENT_LIST_FILE}" PATH)\n'
        f'set(_IMPORT_PREFIX "{root}")\n  "${{_IMPORT_PREFIX}}/lib/libp.so"\n'
    )
    assert f"GROUP ( {store.path('c')}/lib/libc.so.6 AS_NEEDED ( /lib64/none ) )" in content(
        f"{root}/lib/libc.so"
    )


def test_alternatives(store: Store) -> None:
    """Links of maintainer scripts are made, the highest priority first, slaves too, real files untouched."""
    postinst = """#!/bin/sh
update-alternatives --install /usr/bin/editor editor /usr/bin/low 10 \\
    --slave /usr/share/man/man1/editor.1.gz editor.1.gz /usr/share/man/man1/low.1.gz
update-alternatives --quiet --install /usr/bin/editor editor /usr/bin/high 50
update-alternatives --install /usr/bin/real real /usr/bin/low 1
update-alternatives --install "$computed" x /usr/bin/low 1
twice=a
    twice=b
prio='35'
version=1.17
update-alternatives --install /usr/bin/made made /usr/bin/made-${version} $prio \\
    --slave /usr/bin/slave slave /usr/bin/made-$version
update-alternatives --install /usr/bin/unmade unmade /usr/bin/$twice 1
for program in one two; do
    update-alternatives \\
        --install /usr/bin/${program} ${program} /usr/bin/${program}8 84
done
all="three four"
for each in $all
do update-alternatives --install /usr/bin/$each $each /usr/bin/${each}8 84; done
"""
    numbers = ("one", "two", "three", "four")
    store.build(
        "p",
        [
            store.deb(
                file("./usr/bin/low", b"low", 0o755),
                file("./usr/bin/high", b"high", 0o755),
                file("./usr/bin/real", b"real", 0o755),
                file("./usr/bin/made-1.17", b"made", 0o755),
                file("./usr/bin/a", b"a", 0o755),
                file("./usr/share/man/man1/low.1.gz", b"page"),
                *(file(f"./usr/bin/{name}8", b"x", 0o755) for name in numbers),
                postinst=postinst,
            )
        ],
    )
    root = store.path("p")
    assert os.readlink(f"{root}/bin/editor") == "high"
    assert content(f"{root}/share/man/man1/editor.1.gz") == "page"
    assert content(f"{root}/bin/real") == "real"
    assert content(f"{root}/bin/made") == content(f"{root}/bin/slave") == "made"
    assert not os.path.lexists(f"{root}/bin/unmade")
    assert [os.readlink(f"{root}/bin/{name}") for name in numbers] == [
        f"{name}8" for name in numbers
    ]


def test_set_id_bits_are_dropped_and_noted(store: Store) -> None:
    """A set-user-id program is a plain one in the store, and the record says what it was."""
    store.build("p", [store.deb(file("./usr/bin/su", b"x", 0o4755))])
    assert os.stat(f"{store.path('p')}/bin/su").st_mode & 0o7000 == 0
    assert store.record("p")["setId"] == {"bin/su": "4755 0:0"}


def test_hard_links(store: Store) -> None:
    """A hard link inside the package is the same file."""
    store.build(
        "p", [store.deb(file("./usr/bin/a", b"x", 0o755), hard_link("./usr/bin/b", "./usr/bin/a"))]
    )
    assert content(store.path("p") + "/bin/b") == "x"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (file("/etc/passwd"), "its path leads outside"),
        (file("./usr/../../etc/passwd"), "its path leads outside"),
        (hard_link("./usr/x", "/etc/shadow"), "hard link to '/etc/shadow'"),
        (hard_link("./usr/x", "../../etc/shadow"), "hard link to"),
        (hard_link("./usr/x", "./usr/other"), "which the package does not hold"),
        (device("./dev/mem"), "it is a device"),
    ],
)
def test_dangerous_entries_are_refused(store: Store, entry: Any, reason: str) -> None:
    """Nothing is unpacked outside; the message names package, file and reason."""
    with pytest.raises(PackageFormatError, match=f"p 1: .*{reason}"):
        store.build("p", [store.deb(entry)])


def test_nothing_is_written_through_links(store: Store, tmp_path: Path) -> None:
    """A link to a place outside, with a file below it, cannot be used to write there."""
    outside = tmp_path / "outside"
    outside.mkdir()
    deb = store.deb(link("./usr/share/d", str(outside)), file("./usr/share/d/f", b"x"))
    store.build("p", [deb])
    assert not list(outside.iterdir())
    assert content(store.path("p") + "/share/d/f") == "x"
    deb = store.deb(
        directory("./usr"), link("./usr/share/d", str(outside)), link("./usr/share/d/e/f", "x")
    )
    store.build("q", [deb])
    assert not list(outside.iterdir())


@pytest.mark.parametrize("data", [b"", b"!<arch>\njunk", b"!<arch>\n" + b" " * 60])
def test_no_package_at_all(store: Store, data: bytes) -> None:
    """A file that is no package is an error that names it."""
    path = store.root / "bad.deb"
    path.write_bytes(data)
    with pytest.raises(PackageFormatError, match=r"bad\.deb"):
        store.build("p", [str(path)])


def test_truncated_package(store: Store) -> None:
    """A package that ends too early is refused."""
    path = Path(store.deb(file("./usr/share/x", os.urandom(100_000))))
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(PackageFormatError, match="is damaged"):
        store.build("p", [str(path)])


def test_wrappers(store: Store) -> None:
    """A wrapper starts the program with flags and variables whose paths are resolved; links to it keep working."""
    store.build("sh", [store.deb(link("./usr/bin/bash", "/bin/bash"))])
    store.build("data", [store.deb(file("./usr/share/data/f"))])
    store.build(
        "p",
        [
            store.deb(
                file("./usr/bin/tool", b'#!/bin/sh\necho "$0" "$@" "$WHERE"\n', 0o755),
                link("./usr/bin/alias", "tool"),
            )
        ],
        dependencies=(store.path("data"),),
        wrappers={
            "bin/tool": Wrapper(
                flags=("-L", "/usr/share/data"), environment={"WHERE": "/usr/share/none"}
            )
        },
    )
    root, data = store.path("p"), store.path("data")
    text = content(f"{root}/bin/tool")
    assert f"exec {root}/bin/.tool-wrapped -L {data}/share/data " in text
    assert 'export WHERE="${WHERE-/usr/share/none}"' in text
    assert os.path.samefile(f"{root}/bin/alias", f"{root}/bin/tool")


def test_wrapper_of_nothing_is_refused(store: Store) -> None:
    """A table that names a missing program is an error."""
    with pytest.raises(DebianError, match="cannot make the wrapper 'bin/none'"):
        store.build("p", [store.deb(file("./usr/share/x"))], wrappers={"bin/none": Wrapper()})


def test_same_bytes_twice(store: Store, tmp_path: Path) -> None:
    """Two builds of a package are equal, file by file."""
    deb = store.deb(
        file("./usr/bin/b", b"#!/bin/sh\n", 0o755),
        file("./usr/bin/a", b"x"),
        link("./usr/share/l", "/usr/bin/a"),
    )
    trees = []
    for number in range(2):
        other = Store(tmp_path / str(number))
        other.root.mkdir()
        recipe = PackageRecipe("p", "1", "x86_64-linux", store.path("p"), (deb,))
        build_package(recipe, other.path("p"), lambda path: path)
        found = sorted(Path(other.path("p")).rglob("*"))
        trees.append(
            [
                (
                    str(path.relative_to(other.root)),
                    os.readlink(path)
                    if path.is_symlink()
                    else path.is_file() and path.read_bytes(),
                )
                for path in found
            ]
        )
    assert trees[0] == trees[1]


def test_metapackage_has_the_programs_it_stands_for(store: Store) -> None:
    """A package of documentation alone links the programs of its direct dependencies."""
    store.build("real", [store.deb(file("./usr/bin/chat", b"chat", 0o755))])
    documentation = file("./usr/share/doc/meta/copyright", b"x")
    store.build("meta", [store.deb(documentation)], dependencies=(store.path("real"),))
    store.build("full", [store.deb(file("./usr/lib/x", b"x"))], dependencies=(store.path("real"),))
    assert content(store.path("meta") + "/bin/chat") == "chat"
    assert not Path(store.path("full"), "bin").exists()


def test_development_packages_propagate_their_like(store: Store) -> None:
    """Building against headers takes the headers of the dependencies, and nothing else of them."""
    store.build("base", [store.deb(file("./usr/include/base.h"))])
    store.build("tool", [store.deb(file("./usr/bin/tool", b"", 0o755))])
    dependencies = (store.path("base"), store.path("tool"))
    store.build("dev", [store.deb(file("./usr/include/dev.h"))], dependencies=dependencies)
    store.build("user", [store.deb(file("./usr/bin/user"))], dependencies=dependencies)
    inputs = content(store.path("dev") + "/nix-support/propagated-build-inputs")
    assert inputs.split() == [store.path("base")]
    assert not Path(store.path("user"), "nix-support/propagated-build-inputs").exists()


def test_python_scripts_get_their_modules(store: Store) -> None:
    """A script runs in an environment that lists the module directories of everything it depends on."""
    store.build(
        "python3",
        [
            store.deb(
                file("./usr/bin/python3.13", b"", 0o755), link("./usr/bin/python3", "python3.13")
            )
        ],
    )
    store.build("module", [store.deb(file("./usr/lib/python3/dist-packages/module.py"))])
    dependencies = (store.path("module"), store.path("python3"))
    script = file("./usr/bin/tool", b"#!/usr/bin/python3 -s\nimport module\n", 0o755)
    own = file("./usr/lib/python3/dist-packages/own.py")
    store.build("tool", [store.deb(script, own)], dependencies=dependencies)
    root = store.path("tool")
    private = f"{root}/libexec/neve/tool/python"
    assert content(f"{root}/bin/tool") == f"#!{private}/bin/python3 -s\nimport module\n"
    assert os.readlink(f"{private}/bin/python3") == f"{store.path('python3')}/bin/python3"
    assert f"home = {store.path('python3')}/bin\n" in content(f"{private}/pyvenv.cfg")
    modules = Path(private, "lib/python3.13/site-packages")
    assert {path.name: os.readlink(path) for path in modules.iterdir()} == {
        "own.py": f"{root}/lib/python3/dist-packages/own.py",
        "module.py": f"{store.path('module')}/lib/python3/dist-packages/module.py",
    }


def test_archives_of_python_get_their_modules(store: Store) -> None:
    """An archive of modules that starts like a script is one; what follows its first line stays as it is."""
    store.build("python3", [store.deb(file("./usr/bin/python3", b"", 0o755))])
    store.build("yaml", [store.deb(file("./usr/lib/python3/dist-packages/yaml.py"))])
    rest = b"PK\3\4\0\0/usr/bin/python3\0"
    tool = store.deb(file("./usr/bin/tool", b"#!/usr/bin/python3\n" + rest, 0o755))
    dependencies = (store.path("python3"), store.path("yaml"))
    store.build("app", [tool], dependencies=dependencies)
    python = f"{store.path('app')}/libexec/neve/app/python/bin/python3"
    assert Path(store.path("app"), "bin/tool").read_bytes() == b"#!%s\n%s" % (python.encode(), rest)


def test_modules_spread_over_packages_are_merged(store: Store) -> None:
    """A module of which two packages have parts is one directory; one that a single package has is a link."""
    python = file("./usr/bin/python3", b"", 0o755)
    store.build("python3", [store.deb(python)])
    modules = "./usr/lib/python3/dist-packages"
    store.build("a", [store.deb(file(f"{modules}/both/__init__.py"), file(f"{modules}/one/x.py"))])
    store.build("b", [store.deb(file(f"{modules}/both/compiled.so"))])
    dependencies = (store.path("a"), store.path("b"), store.path("python3"))
    script = file("./usr/bin/tool", b"#!/usr/bin/python3\n", 0o755)
    store.build("tool", [store.deb(script)], dependencies=dependencies)
    (union,) = Path(store.path("tool"), "libexec/neve/tool/python/lib").glob("*/site-packages")
    assert sorted(os.listdir(union / "both")) == ["__init__.py", "compiled.so"]
    assert os.readlink(union / "one") == f"{store.path('a')}/lib/python3/dist-packages/one"


def test_shell_scripts_find_programs_and_modules(store: Store) -> None:
    """The directories of programs that a shell script names come before the host's, its Python with modules first."""
    store.build("python3", [store.deb(file("./usr/bin/python3", b"", 0o755))])
    store.build("tool", [store.deb(file("./usr/bin/tool", b"", 0o755))])
    store.build("module", [store.deb(file("./usr/lib/python3/dist-packages/m.py"))])
    script = b"#!/bin/sh\n# other\ntool --x; exec python3 /usr/share/app/main.py\n"
    polyglot = b'#!/bin/sh\nexec tool "$0" "$@"\n'
    entries = (
        file("./usr/bin/app", script, 0o755),
        file("./usr/bin/poly", polyglot, 0o755),
        file("./usr/share/app/main.py"),
    )
    names = ("module", "python3", "tool")
    store.build("app", [store.deb(*entries)], dependencies=tuple(map(store.path, names)))
    root = store.path("app")
    search = f"{root}/libexec/neve/app/python/bin:{store.path('tool')}/bin"
    assert content(f"{root}/bin/app").splitlines()[1] == f'export PATH="{search}:$PATH"'
    assert content(f"{root}/bin/poly") == polyglot.decode()


def test_ruby_and_node_scripts_get_their_modules(store: Store) -> None:
    """Ruby is told of libraries and gems, Node of one directory with all modules."""
    for name in ("ruby", "node"):
        store.build(name, [store.deb(file(f"./usr/bin/{name}", b"", 0o755))])
    store.build("gem", [store.deb(file("./usr/share/rubygems-integration/all/gems/g/lib/g.rb"))])
    store.build("module", [store.deb(file("./usr/share/nodejs/m/index.js"))])
    names = ("gem", "module", "ruby", "node")
    scripts = [
        file(f"./usr/bin/{name}-tool", f"#!/usr/bin/env {name}\n".encode(), 0o755)
        for name in ("ruby", "node")
    ]
    store.build("app", [store.deb(*scripts)], dependencies=tuple(map(store.path, names)))
    private = f"{store.path('app')}/libexec/neve/app"
    gems = f"{store.path('gem')}/share/rubygems-integration/all"
    assert f'export GEM_PATH="{gems}' in content(f"{private}/bin/ruby")
    assert f'export NODE_PATH="{private}/nodejs' in content(f"{private}/bin/node")
    assert os.readlink(f"{private}/nodejs/m") == f"{store.path('module')}/share/nodejs/m"
    assert content(f"{store.path('app')}/bin/node-tool") == f"#!{private}/bin/node\n"


def test_strings_and_descriptors_stand_in_for_paths(store: Store) -> None:
    """A file's strings change in place, and a program is started with a directory of all packages open."""
    store.build("bash", [store.deb(file("./usr/bin/bash", b"", 0o755))])
    store.build("data", [store.deb(file("./usr/share/d/x"))])
    entries = (
        file("./usr/bin/run", b"\x7fprogram", 0o755),
        file("./usr/lib/l.so", b"/usr/share/d/x"),
    )
    wrappers = {
        "bin/run": Wrapper(descriptors={"98": "/usr/share/d"}, replace={"program": "changed"}),
        "lib/l.so": Wrapper(replace={"/usr/share/d/": "/proc/self/fd"}),
    }
    dependencies = (store.path("data"), store.path("bash"))
    store.build("p", [store.deb(*entries)], dependencies=dependencies, wrappers=wrappers)
    data = f"{store.path('data')}/share/d"
    assert f"exec 98<{data}\n" in content(f"{store.path('p')}/bin/run")
    assert content(f"{store.path('p')}/bin/.run-wrapped") == "\x7fchanged"
    assert content(f"{store.path('p')}/lib/l.so") == "/proc/self/fdx"


def test_parts_of_texts_become_paths(store: Store) -> None:
    """What a script puts together when it runs is replaced by the path that comes out."""
    script = file("./usr/bin/run", b"#!/bin/sh\nDIR=/usr/lib/$NAME\n", 0o755)
    deb = store.deb(script, file("./usr/lib/run/x"))
    wrapper = Wrapper(substitute={"/usr/lib/$NAME": "/usr/lib/run"})
    store.build("p", [deb], wrappers={"bin/run": wrapper})
    assert f"DIR={store.path('p')}/lib/run\n" in content(store.path("p") + "/bin/run")
    with pytest.raises(DebianError, match="it is not there"):
        store.build("q", [deb], wrappers={"bin/run": Wrapper(substitute={"$OTHER": "/x"})})


def test_java_programs_are_linked(store: Store) -> None:
    """A Java environment's programs are in bin."""
    store.build("j", [store.deb(file("./usr/lib/jvm/java-21-openjdk/bin/java", b"java", 0o755))])
    assert content(store.path("j") + "/bin/java") == "java"


def test_strings_keep_their_length(store: Store) -> None:
    """A replacement of another length, or of what is not there, is refused."""
    for replace in ({"/usr/share/d/": "/x"}, {"/usr/share/e/": "/proc/self/fd"}):
        with pytest.raises(DebianError, match="cannot change"):
            store.build(
                "p",
                [store.deb(file("./usr/lib/l.so", b"/usr/share/d/x"))],
                wrappers={"lib/l.so": Wrapper(replace=replace)},
            )
        shutil.rmtree(store.path("p"))


def test_perl_scripts_get_their_modules(store: Store) -> None:
    """A script is run by an interpreter with its modules as flags; scripts that need none stay as they are."""
    store.build("perl", [store.deb(file("./usr/bin/perl", b"", 0o755))])
    store.build("module", [store.deb(file("./usr/share/perl5/Module.pm"))])
    script = file("./usr/bin/tool", b"#!/usr/bin/perl -w\nuse Module;\n", 0o755)
    interpreters = (store.path("perl"),)
    store.build(
        "tool", [store.deb(script)], dependencies=(store.path("module"),), interpreters=interpreters
    )
    store.build("plain", [store.deb(script)], interpreters=interpreters)
    private = f"{store.path('tool')}/libexec/neve/tool/bin/perl"
    assert content(f"{store.path('tool')}/bin/tool").startswith(f"#!{private} -w\n")
    flags = f"-I{store.path('module')}/share/perl5"
    assert content(private) == f'#!/bin/sh\nexec {store.path("perl")}/bin/perl {flags} "$@"\n'
    assert content(f"{store.path('plain')}/bin/tool").startswith(
        f"#!{store.path('perl')}/bin/perl -w\n"
    )
