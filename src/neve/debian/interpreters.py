"""Scripts find the modules and programs of the packages that they depend on.

A script in Python, Perl, Ruby, PHP, R or JavaScript gets an interpreter of its own that knows the modules of all its
package's dependencies. A shell script gets the directories of the programs that it names, and of those interpreters, in
front of `PATH`.
"""

import os
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from neve.debian.context import Context
from neve.debian.java import union_of_archives
from neve.debian.php import assign_extensions
from neve.debian.text import MAX_TEXT_SIZE, is_archive_of_python, is_rewritten
from neve.debian.union import is_directory, link_union
from neve.debian.wrapper import find_shell, write_script, write_text


@dataclass(frozen=True)
class Language:
    """Scripts of one language."""

    name: str
    """What its interpreter is called, without a version."""
    modules: tuple[str, ...]
    """Directories of modules in packages."""
    add: Callable[[Context, str, Sequence[str]], str]
    """Makes the private interpreter from the real one and the modules' directories; its place in the package."""


def add_interpreters(context: Context) -> None:
    """Gives the package's scripts the modules and programs that they depend on."""
    texts = dict(_texts(context))
    packages = [context.output, *context.dependencies.paths]
    words = {word for text in texts.values() if _is_shell(text) for word in _words(text)}
    private: list[str] = []
    for language in LANGUAGES:
        modules = _directories(context, packages, language.modules)
        real = _interpreter(context, language, texts.values(), words) if modules else None
        if real is not None:
            place = language.add(context, real, modules)
            private.append(f"{context.output}/{posixpath.dirname(place)}")
            _replace(context, texts, language, f"{context.output}/{place}")
    _add_archives(context, texts)
    _add_search_paths(context, texts, [*private, *(f"{package}/bin" for package in packages)])


def _texts(context: Context) -> Iterator[tuple[str, bytes]]:
    """The files in which programs are named: scripts, and what starts services."""
    for relative, file in context.tree.files.items():
        if is_rewritten(relative, file) and file.size <= MAX_TEXT_SIZE:
            with open(context.tree.path(relative), "rb") as stream:
                text = stream.read()
            if b"\0" not in text[:4096] or is_archive_of_python(text):
                yield relative, text


def _directories(context: Context, packages: Sequence[str], places: Sequence[str]) -> list[str]:
    paths = (f"{package}/{place}" for package in packages for place in places)
    return [path for path in paths if is_directory(context, path)]


def _interpreter(
    context: Context, language: Language, texts: Iterable[bytes], words: set[bytes]
) -> str | None:
    """The interpreter that scripts name: by its store path, or by its bare name in a shell script."""
    pattern = _named(context, language)
    for text in texts:
        if match := pattern.search(text):
            return os.fsdecode(match[0])
    if language.name.encode() in words:
        return context.find(f"/usr/bin/{language.name}")
    return None


def _named(context: Context, language: Language) -> re.Pattern[bytes]:
    store = re.escape(posixpath.dirname(context.output))
    return re.compile(rf"{store}/[\w.+?=-]+/bin/{language.name}[\d.]*(?![\w.+-])".encode())


def _replace(context: Context, texts: dict[str, bytes], language: Language, private: str) -> None:
    pattern = _named(context, language)
    for relative, text in texts.items():
        changed = pattern.sub(os.fsencode(private), text)
        if changed != text:
            _rewrite(context, texts, relative, changed)


def _rewrite(context: Context, texts: dict[str, bytes], relative: str, text: bytes) -> None:
    with open(context.tree.path(relative), "wb") as file:
        file.write(text)
    texts[relative] = text


_SHELL: Final = re.compile(rb"#!\s*\S*/(?:ba|da|k|z)?sh(?:[ \t][^\n]*)?\n")
_OTHER_LANGUAGE: Final = re.compile(
    rb"exec\b[^\n]*\$\{?0|eval\b[^\n]*exec\b|tail\s+-?n?\s*\+|__ARCHIVE"
)
"""Scripts that another interpreter reads as well, or that count their own lines."""
_WORD: Final = re.compile(rb"(?<![\w./$%-])[A-Za-z_][\w.+-]*")
_COMMENT: Final = re.compile(rb"^\s*#.*$", re.MULTILINE)
_BUILTIN: Final = frozenset(
    b"alias bg break cd command continue do done echo elif else esac eval exec exit export false fg fi for getopts hash"
    b" if in jobs kill local printf pwd read return set shift test then time times trap true type ulimit umask unalias"
    b" unset until wait while".split()
)


def _is_shell(text: bytes) -> bool:
    return _SHELL.match(text) is not None


def _words(text: bytes) -> set[bytes]:
    return set(_WORD.findall(_COMMENT.sub(b"", text))) - _BUILTIN


_ARCHIVES: Final = re.compile(rb"/usr/share/java(?![\w.+-])")
_JAVA_WRAPPERS: Final = b"/java-wrappers.sh"


def _add_archives(context: Context, texts: dict[str, bytes]) -> None:
    """Scripts that start Java programs look for archives in one place, and for Java in another."""
    scripts = [
        relative
        for relative, text in texts.items()
        if _is_shell(text) and (_JAVA_WRAPPERS in text or _ARCHIVES.search(text))
    ]
    archives = union_of_archives(context) if scripts else None
    if archives is None:
        return
    place = os.fsencode(archives)
    home = context.find("/usr/lib/jvm/default-java")
    for relative in scripts:
        text = _ARCHIVES.sub(place, texts[relative])
        line, _, rest = text.partition(b"\n")
        if _JAVA_WRAPPERS in text:
            line += b'\nexport JAVA_JARPATH="${JAVA_JARPATH-' + place + b'}"'
            if home is not None:
                line += b'\nexport JAVA_HOME="${JAVA_HOME-' + os.fsencode(home) + b'}"'
        _rewrite(context, texts, relative, line + b"\n" + rest)


def _add_search_paths(context: Context, texts: dict[str, bytes], directories: list[str]) -> None:
    scripts = [
        relative
        for relative, text in texts.items()
        if relative.startswith("bin/") and _is_shell(text) and not _OTHER_LANGUAGE.search(text)
    ]
    programs = _programs(context, directories) if scripts else {}
    for relative in scripts:
        text = texts[relative]
        found = {programs[word] for word in _words(text) if word in programs}
        if found:
            search = os.fsencode(":".join(path for path in directories if path in found))
            line, _, rest = text.partition(b"\n")
            _rewrite(
                context, texts, relative, line + b'\nexport PATH="' + search + b':$PATH"\n' + rest
            )


def _programs(context: Context, directories: Sequence[str]) -> dict[bytes, str]:
    """Program → the first directory that has it."""
    programs: dict[bytes, str] = {}
    for directory in directories:
        if is_directory(context, directory):
            own = directory.removeprefix(f"{context.output}/")
            real = (
                context.dependencies.real_path(directory)
                if own == directory
                else context.tree.path(own)
            )
            for name in os.listdir(real):
                programs.setdefault(os.fsencode(name), directory)
    return programs


def _add_python(context: Context, python: str, modules: Sequence[str]) -> str:
    """A virtual environment: the interpreter finds it from its own name, and the modules in it."""
    home = posixpath.dirname(python)
    real = os.path.realpath(context.dependencies.real_path(python))
    (version,) = re.findall(r"python3\.\d+$", real) or ["python3"]
    private = f"{context.private}/python"
    link_union(context, modules, f"{private}/lib/{version}/site-packages")
    context.tree.add_directory(f"{private}/bin")
    os.symlink(python, context.tree.path(f"{private}/bin/python3"))
    text = f"home = {home}\ninclude-system-site-packages = false\n"
    write_text(context, f"{private}/pyvenv.cfg", text)
    return f"{private}/bin/python3"


def _add_perl(context: Context, perl: str, modules: Sequence[str]) -> str:
    words = shlex.join([perl, *(f"-I{path}" for path in modules)])
    return _add_script(context, "perl", f'exec {words} "$@"\n')


def _add_ruby(context: Context, ruby: str, modules: Sequence[str]) -> str:
    gems = [path for path in modules if "/vendor_ruby" not in path]
    libraries = [path for path in modules if path not in gems]
    words = shlex.join([ruby, *(f"-I{path}" for path in libraries)])
    variable = f'export GEM_PATH="{":".join(gems)}${{GEM_PATH:+:$GEM_PATH}}"\n' if gems else ""
    return _add_script(context, "ruby", f'{variable}exec {words} "$@"\n')


def _add_node(context: Context, node: str, modules: Sequence[str]) -> str:
    union = f"{context.private}/nodejs"
    link_union(context, modules, union)
    variable = f'export NODE_PATH="{context.output}/{union}${{NODE_PATH:+:$NODE_PATH}}"\n'
    return _add_script(context, "node", f'{variable}exec {shlex.quote(node)} "$@"\n')


def _add_lua(context: Context, lua: str, modules: Sequence[str]) -> str:
    real = os.path.realpath(context.dependencies.real_path(lua))
    (version,) = re.findall(r"5\.\d", posixpath.basename(real))[-1:] or ["5.4"]
    places = [
        ("LUA_PATH", "share/lua", ("/?.lua", "/?/init.lua")),
        ("LUA_CPATH", "lib/lua", ("/?.so",)),
    ]
    lines = ""
    for name, directory, suffixes in places:
        found = [path for path in modules if path.endswith(f"/{directory}/{version}")]
        entries = ";".join(path + suffix for path in found for suffix in suffixes)
        # Two semicolons stand for the places that the interpreter looks in anyway.
        lines += f'export {name}="${{{name}:+${name};}}{entries};;"\n' if found else ""
    return _add_script(context, "lua", f'{lines}exec {shlex.quote(lua)} "$@"\n')


def _add_php(context: Context, php: str, modules: Sequence[str]) -> str:
    places = ":".join([".", *(path for path in modules if path.endswith("/share/php"))])
    flag = shlex.quote(f"-dinclude_path={places}")
    lines = assign_extensions(context)
    return _add_script(context, "php", f'{lines}\nexec {shlex.quote(php)} {flag} "$@"\n')


def _add_guile(context: Context, guile: str, modules: Sequence[str]) -> str:
    lines = ""
    for name, is_compiled in (("GUILE_LOAD_PATH", False), ("GUILE_LOAD_COMPILED_PATH", True)):
        found = [path for path in modules if path.endswith("ccache") is is_compiled]
        lines += f'export {name}="${{{name}:+${name}:}}{":".join(found)}"\n' if found else ""
    return _add_script(context, "guile", f'{lines}exec {shlex.quote(guile)} "$@"\n')


def _add_r(context: Context, program: str, modules: Sequence[str]) -> str:
    places = ":".join(modules)
    variable = f'export R_LIBS_SITE="${{R_LIBS_SITE:+$R_LIBS_SITE:}}{places}"\n'
    return _add_script(context, "Rscript", f'{variable}exec {shlex.quote(program)} "$@"\n')


def _add_tcl(name: str) -> Callable[[Context, str, Sequence[str]], str]:
    def add(context: Context, tcl: str, modules: Sequence[str]) -> str:
        variable = f'export TCLLIBPATH="${{TCLLIBPATH:+$TCLLIBPATH }}{" ".join(modules)}"\n'
        return _add_script(context, name, f'{variable}exec {shlex.quote(tcl)} "$@"\n')

    return add


def _add_script(context: Context, name: str, text: str) -> str:
    place = f"{context.private}/bin/{name}"
    write_script(context, place, f"#!{find_shell(context)}\n{text}")
    return place


LANGUAGES: Final = (
    Language("python3", ("lib/python3/dist-packages", "lib/python3.13/dist-packages"), _add_python),
    Language("perl", ("share/perl5", "lib/perl5/5.40"), _add_perl),
    Language(
        "ruby",
        (
            *("lib/ruby/vendor_ruby", "lib/ruby/vendor_ruby/3.3.0"),
            *(
                "share/rubygems-integration/all",
                "share/rubygems-integration/3.3.0",
                "lib/ruby/gems/3.3.0",
            ),
        ),
        _add_ruby,
    ),
    Language("node", ("share/nodejs", "lib/nodejs"), _add_node),
    Language(
        "lua",
        tuple(f"{kind}/lua/5.{minor}" for minor in (4, 3, 2, 1) for kind in ("share", "lib")),
        _add_lua,
    ),
    Language("php", ("share/php", "lib/php"), _add_php),
    Language(
        "guile",
        (
            *("share/guile/site/3.0", "share/guile/site"),
            *("lib/guile/3.0/site-ccache", "lib/guile/3.0/ccache"),
        ),
        _add_guile,
    ),
    Language("Rscript", ("lib/R/site-library", "lib/R/library"), _add_r),
    *(Language(name, ("share/tcltk", "lib/tcltk"), _add_tcl(name)) for name in ("tclsh", "wish")),
)
