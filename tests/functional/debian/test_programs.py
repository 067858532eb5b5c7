"""Programs and libraries that are compiled here, packed as Debian would, and run from a store of their own."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.unit.debian.deb_files import file, link, make_deb

from neve.debian.architecture import Architecture
from neve.debian.elf import read_dynamic
from neve.debian.package import PackageRecipe, build_package

AMD64 = Architecture.from_system("x86_64-linux")
LIBDIR = f"./usr/lib/{AMD64.triplet}"

pytestmark = [
    pytest.mark.functional,
    pytest.mark.skipif(
        subprocess.run(
            ["cc", "-dumpmachine"], capture_output=True, text=True, check=False
        ).stdout.strip()
        != AMD64.triplet,
        reason="needs a C compiler for x86_64-linux-gnu",
    ),
]


class Store:
    """A store whose packages are compiled from C."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / "work"
        self.work.mkdir(parents=True)

    def path(self, name: str) -> str:
        """The store path of a package."""
        return f"{self.root}/{'0' * 32}-{name}"

    def compile(self, name: str, source: str, *flags: str) -> bytes:
        """A program or library from a line of C."""
        output = self.work / name
        command = ["cc", "-x", "c", "-", "-o", str(output), f"-L{self.work}", *flags]
        subprocess.run(command, input=source, text=True, check=True)
        return output.read_bytes()

    def build(self, name: str, *entries: Any, dependencies: tuple[str, ...] = ()) -> dict[str, Any]:
        """Builds a package; its record."""
        deb = make_deb(self.work / f"{name}.deb", entries)
        paths = tuple(self.path(dependency) for dependency in dependencies)
        recipe = PackageRecipe(name, "1", "x86_64-linux", self.path(name), (deb,), paths)
        build_package(recipe, self.path(name), lambda path: path)
        record: dict[str, Any] = json.loads(
            Path(self.path(name), "nix-support/debian.json").read_text()
        )
        return record


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with this machine's C library in it."""
    store = Store(tmp_path / "store")
    program = store.compile("probe", "int main(void) { return 0; }")
    (store.work / "probe").write_bytes(program)
    listing = subprocess.run(
        ["ldd", str(store.work / "probe")], capture_output=True, text=True, check=True
    ).stdout
    libc = re.findall(r"(/\S+/libc\.so\.6)", listing)[0]
    loader = re.findall(rf"(/\S+/{AMD64.loader})", listing)[0]
    store.build(
        "libc6",
        file(f"{LIBDIR}/libc.so.6", Path(libc).read_bytes(), 0o755),
        file(f"{LIBDIR}/{AMD64.loader}", Path(loader).read_bytes(), 0o755),
        link(f"./usr/lib64/{AMD64.loader}", f"../lib/{AMD64.triplet}/{AMD64.loader}"),
    )
    return store


def run(program: str) -> str:
    """What a program says in an empty environment."""
    return subprocess.run([program], env={}, capture_output=True, text=True, check=True).stdout


def test_program_runs_from_the_store(store: Store) -> None:
    """Interpreter and libraries come from store paths, a private library directory included."""
    answer = store.compile(
        "libanswer.so.1",
        "int answer(void) { return 42; }",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libanswer.so.1",
    )
    private = store.compile(
        "libprivate.so",
        "int answer(void); int twice(void) { return 2 * answer(); }",
        *("-shared", "-fPIC", "-Wl,-soname,libprivate.so", "-l:libanswer.so.1"),
    )
    program = store.compile(
        "ask",
        '#include <stdio.h>\nint twice(void); int main(void) { printf("%d\\n", twice()); }',
        *(
            "-l:libprivate.so",
            "-Wl,-rpath-link,.",
            f"-Wl,-rpath,/usr/lib/{AMD64.triplet}/ask",
            "-Wl,--allow-shlib-undefined",
        ),
    )
    store.build("libanswer", file(f"{LIBDIR}/libanswer.so.1", answer), dependencies=("libc6",))
    record = store.build(
        "ask",
        file(f"{LIBDIR}/ask/libprivate.so", private),
        file("./usr/bin/ask", program, 0o755),
        dependencies=("libanswer", "libc6"),
    )
    assert run(f"{store.path('ask')}/bin/ask") == "84\n"
    assert "missingLibraries" not in record
    dynamic = read_dynamic(f"{store.path('ask')}/bin/ask", AMD64.elf_machine)
    assert dynamic is not None
    assert dynamic.interpreter == f"{store.path('libc6')}/lib/{AMD64.loader}"
    assert dynamic.runpath[0] == f"{store.path('ask')}/lib/ask"


def test_missing_library_is_noted(store: Store) -> None:
    """A library that no dependency has is written down, and is not taken from the host."""
    gone = store.compile(
        "libgone.so.1",
        "int gone(void) { return 1; }",
        "-shared",
        "-fPIC",
        "-Wl,-soname,libgone.so.1",
    )
    assert gone
    program = store.compile(
        "user", "int gone(void); int main(void) { return gone(); }", "-l:libgone.so.1"
    )
    record = store.build("user", file("./usr/bin/user", program, 0o755), dependencies=("libc6",))
    assert record["missingLibraries"] == {"bin/user": ["libgone.so.1"]}


def test_loader_ignores_the_host(store: Store) -> None:
    """A library that only the host's default directories have is not found."""
    program = store.compile(
        "math", "double cos(double); int main(int n, char **v) { return cos(n) > 2; }", "-lm"
    )
    store.build("math", file("./usr/bin/math", program, 0o755), dependencies=("libc6",))
    result = subprocess.run(
        [f"{store.path('math')}/bin/math"], env={}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 127
    assert "libm.so.6: cannot open shared object file" in result.stderr


def test_what_must_not_be_patched_is_left_alone(store: Store) -> None:
    """Static programs, object files, files for other machines and damaged files keep their bytes."""
    static = store.compile("static", "int main(void) { return 7; }", "-static-pie")
    unlinked = store.compile("object.o", "int f(void) { return 1; }", "-c")
    foreign = bytearray(store.compile("foreign", "int main(void) { return 0; }"))
    foreign[18:20] = (21).to_bytes(2, "little")
    files = {
        "static": static,
        "object": unlinked,
        "foreign": bytes(foreign),
        "cut": static[:200],
        "tiny": b"\x7fELF",
    }
    store.build(
        "p",
        *(file(f"./usr/bin/{name}", data, 0o755) for name, data in files.items()),
        dependencies=("libc6",),
    )
    for name, data in files.items():
        assert Path(store.path("p"), "bin", name).read_bytes() == data
    assert subprocess.run([f"{store.path('p')}/bin/static"], env={}, check=False).returncode == 7


def test_dlopen_notes_become_run_paths(store: Store) -> None:
    """A library that a program lists in its notes is found when the program opens it by name."""
    plugin = store.compile(
        "libplug.so.1", 'const char *name(void) { return "plugged"; }', "-shared", "-fPIC"
    )
    note = json.dumps([{"feature": "plug", "soname": ["libnone.so.9", "libplug.so.1"]}])
    words = ", ".join(
        str(byte) for byte in (note.encode() + b"\0").ljust(len(note) + 4 - len(note) % 4, b"\0")
    )
    size = len(note) + 4 - len(note) % 4
    program = store.compile(
        "opener",
        f"""
        #include <dlfcn.h>
        #include <stdio.h>
        __attribute__((section(".note.dlopen"), used, aligned(4)))
        static const struct {{ unsigned n, d, t; char owner[4]; unsigned char text[{size}]; }} note =
            {{ 4, {size}, 0x407c0c0a, "FDO", {{ {words} }} }};
        int main(void) {{
            void *library = dlopen("libplug.so.1", RTLD_NOW);
            const char *(*name)(void) = library ? dlsym(library, "name") : 0;
            puts(name ? name() : dlerror());
        }}""",
    )
    store.build("plug", file(f"{LIBDIR}/libplug.so.1", plugin), dependencies=("libc6",))
    store.build("opener", file("./usr/bin/opener", program, 0o755), dependencies=("plug", "libc6"))
    assert run(f"{store.path('opener')}/bin/opener") == "plugged\n"
