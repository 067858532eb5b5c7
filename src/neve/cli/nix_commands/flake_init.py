"""`nix flake init`: start a flake from a template."""

from __future__ import annotations

import os

from neve import terminal
from neve.cli import common
from neve.cli.installables import InstallableArguments
from neve.cli.options import Command, Group, value
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from neve.settings import Settings

DEFAULT_TEMPLATE: Final = "templates#templates.default"
_TEMPLATES: Final = (("templates.",), ("templates.default", "defaultTemplate"))


class TemplateArguments(InstallableArguments):
    """What `nix flake init` and `nix flake new` were asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.template = DEFAULT_TEMPLATE
        self.writes_lock_file = False


TEMPLATE: Final = Group(
    "Template",
    (value("-t --template", "template", "REF#NAME", "The template (templates#default)."),),
)

COMMAND: Final = Command(
    "nix flake init",
    "start a flake in the current folder from a template",
    (TEMPLATE, common.REGISTRIES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, TemplateArguments)
    if arguments is None:
        return 0
    if arguments.operands:
        raise UsageError(f"unexpected argument '{arguments.operands[0]}'")
    copy_template(arguments, os.getcwd())
    return 0


def copy_template(arguments: TemplateArguments, folder: str) -> None:
    """Copies a template's files into a folder; those that are there must be the same. Raises `NeveError`."""
    from neve.cli.flake_outputs import text_member
    from neve.cli.flakes import select_output
    from neve.cli.installables import open_installables

    session = open_installables(arguments)
    _, template = select_output(session, arguments, arguments.template, _TEMPLATES)
    source = template.attr("path") if template.type == "set" else None
    if source is None:
        raise NeveError(f"template '{arguments.template}' lacks attribute 'path'")
    root = str(source.as_python()) if source.type == "path" else source.coerce_to_string()
    files = list(_walk(root))
    conflicts = [name for name in files if _conflicts(f"{root}/{name}", f"{folder}/{name}")]
    if conflicts:
        names = "".join(f"\n  {folder}/{name}" for name in conflicts)
        raise NeveError(f"refusing to overwrite existing files, please merge them by hand:{names}")
    for name in files:
        target = f"{folder}/{name}"
        if not os.path.lexists(target):
            _copy(f"{root}/{name}", target)
            terminal.say(f"wrote: {target}")
    welcome = text_member(template, "welcomeText")
    if welcome:
        terminal.say(f"\n{welcome}")


def _walk(root: str) -> Iterator[str]:
    """Names of files and links below a folder."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        links = [name for name in folders if os.path.islink(f"{folder}/{name}")]
        for name in sorted([*files, *links]):
            yield os.path.relpath(f"{folder}/{name}", root)


def _conflicts(source: str, target: str) -> bool:
    if not os.path.lexists(target):
        return False
    if os.path.islink(source) or os.path.islink(target):
        links = os.path.islink(source) and os.path.islink(target)
        return not links or os.readlink(source) != os.readlink(target)
    with open(source, "rb") as one, open(target, "rb") as other:
        return one.read() != other.read()


def _copy(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    with open(source, "rb") as one, open(target, "xb") as other:
        other.write(one.read())
    if os.access(source, os.X_OK):
        os.chmod(target, os.stat(target).st_mode | 0o111)  # noqa: S103 - a program is everybody's
