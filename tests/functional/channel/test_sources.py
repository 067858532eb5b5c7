"""Programs are built from source, with the builders and the tools of the package set, without a network."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.functional.channel.conftest import Build

pytestmark = [pytest.mark.functional, pytest.mark.network, pytest.mark.timeout(1200)]


def write(root: Path, files: dict[str, str]) -> None:
    """Files of a source; one that begins with `#!` is a program."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if text.startswith("#!"):
            file.chmod(0o755)


def says(program: Path) -> str:
    """What a program prints with an empty environment."""
    return subprocess.run([program], env={}, capture_output=True, text=True, check=True).stdout


def test_autotools_project(build: Build, tmp_path: Path) -> None:
    """A project like GNU hello: configure is made by Autoconf, and `make install` puts the program into the output."""
    write(
        tmp_path / "source",
        {
            "configure.ac": (
                "AC_INIT([greet], [1.0])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\n"
                "AC_CHECK_HEADERS([unistd.h])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n"
            ),
            "Makefile.am": "bin_PROGRAMS = greet\ngreet_SOURCES = greet.c\ndist_man_MANS = greet.1\n",
            "greet.c": '#include <stdio.h>\nint main(void) { puts("Hello, " PACKAGE_VERSION); return 0; }\n',
            "greet.1": ".TH GREET 1\n",
        },
    )
    output = build(
        """pkgs.stdenv.mkDerivation {
            pname = "greet"; version = "1.0"; src = ./source;
            nativeBuildInputs = [ pkgs.autoreconfHook ]; doCheck = true;
        }"""
    )
    assert says(output / "bin/greet") == "Hello, 1.0\n"
    assert any((output / "share/man/man1").iterdir())


def test_cmake_project(build: Build, tmp_path: Path) -> None:
    """A program in C++ with exceptions, linked against a library that CMake finds in the store."""
    write(
        tmp_path / "source",
        {
            "CMakeLists.txt": (
                "cmake_minimum_required(VERSION 3.20)\nproject(pack CXX)\nfind_package(ZLIB REQUIRED)\n"
                "add_executable(pack pack.cc)\ntarget_link_libraries(pack ZLIB::ZLIB)\n"
                "install(TARGETS pack DESTINATION bin)\n"
            ),
            "pack.cc": (
                "#include <iostream>\n#include <stdexcept>\n#include <zlib.h>\n"
                "int main() { try { throw std::runtime_error(zlibVersion()); }\n"
                "catch (const std::exception &e) { std::cout << (e.what()[0] == '1') << std::endl; } }\n"
            ),
        },
    )
    output = build(
        """pkgs.stdenv.mkDerivation {
            name = "pack"; src = ./source;
            nativeBuildInputs = [ pkgs.cmake ]; buildInputs = [ pkgs.zlib ];
        }"""
    )
    assert says(output / "bin/pack") == "1\n"


def test_python_package(build: Build, tmp_path: Path) -> None:
    """A package with a program and a dependency, imported as a check."""
    write(
        tmp_path / "source",
        {
            "pyproject.toml": (
                '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                '[project]\nname = "listing"\nversion = "2.0"\ndependencies = ["PyYAML"]\n'
                '[project.scripts]\nlisting = "listing:main"\n'
            ),
            "listing/__init__.py": "import yaml\n\ndef main():\n    print(yaml.safe_load('[1, 2]'))\n",
        },
    )
    output = build(
        """pkgs.python3Packages.buildPythonPackage {
            pname = "listing"; version = "2.0"; src = ./source; pyproject = true;
            build-system = [ pkgs.python3Packages.setuptools ];
            dependencies = [ pkgs.python3Packages.pyyaml ]; pythonImportsCheck = [ "listing" ];
        }"""
    )
    assert says(output / "bin/listing") == "[1, 2]\n"


def test_rust_program(build: Build, tmp_path: Path) -> None:
    """A program in Rust with a vendored crate."""
    lock = 'version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = [\n "tiny",\n]\n\n'
    lock += '[[package]]\nname = "tiny"\nversion = "1.0.0"\n'
    lock += 'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
    write(
        tmp_path / "source",
        {
            "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ntiny = "1"\n',
            "Cargo.lock": lock,
            "src/main.rs": 'fn main() { println!("{}", tiny::double(21)); }\n',
            "vendor/tiny/Cargo.toml": '[package]\nname = "tiny"\nversion = "1.0.0"\nedition = "2021"\n',
            "vendor/tiny/src/lib.rs": "pub fn double(n: u32) -> u32 { n * 2 }\n",
            "vendor/tiny/.cargo-checksum.json": '{"files":{}}',
        },
    )
    output = build(
        """pkgs.rustPlatform.buildRustPackage {
            pname = "app"; version = "0.1.0"; src = ./source; cargoVendorDir = "vendor";
        }"""
    )
    assert says(output / "bin/app") == "42\n"


def test_go_program(build: Build, tmp_path: Path) -> None:
    """A program in Go with a vendored module."""
    write(
        tmp_path / "source",
        {
            "go.mod": "module example.org/app\n\ngo 1.24\n\nrequire example.org/tiny v1.0.0\n",
            "main.go": (
                'package main\n\nimport (\n\t"fmt"\n\t"example.org/tiny"\n)\n\n'
                "func main() { fmt.Println(tiny.Double(21)) }\n"
            ),
            "vendor/modules.txt": "# example.org/tiny v1.0.0\n## explicit; go 1.24\nexample.org/tiny\n",
            "vendor/example.org/tiny/tiny.go": "package tiny\n\nfunc Double(n int) int { return n * 2 }\n",
        },
    )
    output = build(
        """pkgs.buildGoModule {
            pname = "app"; version = "0.1.0"; src = ./source; vendorHash = null;
        }"""
    )
    assert says(output / "bin/app") == "42\n"


def test_several_outputs(build: Build, tmp_path: Path) -> None:
    """A library with a development output, found by pkg-config and used by the next program."""
    write(
        tmp_path / "library",
        {
            "Makefile": (
                "all: libtwice.so\nlibtwice.so: twice.c\n\t$(CC) -shared -fPIC -o $@ twice.c\n"
                "install:\n\tinstall -D libtwice.so $(PREFIX)/lib/libtwice.so\n"
                "\tinstall -D twice.h $(DEV)/include/twice.h\n"
                "\tmkdir -p $(DEV)/lib/pkgconfig\n"
                "\tprintf 'Name: twice\\nDescription: x\\nVersion: 1\\nCflags: -I%s\\nLibs: -L%s -ltwice\\n' "
                "$(DEV)/include $(PREFIX)/lib > $(DEV)/lib/pkgconfig/twice.pc\n"
            ),
            "twice.c": "int twice(int n) { return 2 * n; }\n",
            "twice.h": "int twice(int n);\n",
        },
    )
    write(
        tmp_path / "program",
        {
            "Makefile": (
                "prog: prog.c\n\t$(CC) -o $@ prog.c $$(pkg-config --cflags --libs twice)\n"
                "install:\n\tinstall -D prog $(out)/bin/prog\n"
            ),
            "prog.c": '#include <stdio.h>\n#include <twice.h>\nint main() { printf("%d\\n", twice(21)); }\n',
        },
    )
    output = build(
        """let
            twice = pkgs.stdenv.mkDerivation {
                name = "twice"; src = ./library; outputs = [ "out" "dev" ];
                installFlags = [ "PREFIX=$(out)" "DEV=$(dev)" ];
            };
        in pkgs.stdenv.mkDerivation {
            name = "prog"; src = ./program;
            nativeBuildInputs = [ pkgs.pkg-config ]; buildInputs = [ twice ];
        }"""
    )
    assert says(output / "bin/prog") == "42\n"
    assert os.access(output / "bin/prog", os.X_OK)
