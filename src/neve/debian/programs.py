"""Programs in machine code get what they would find below /usr."""

from neve.debian.certificates import lines_for
from neve.debian.compiled import point_compiled_paths
from neve.debian.context import Context
from neve.debian.elf import MAGIC, read_dynamic
from neve.debian.embedded import tell_places
from neve.debian.php import PROGRAM, assign_extensions
from neve.debian.wrapper import wrap_program


def wrap_programs(context: Context, *, has_compiled_paths: bool) -> None:
    """Wraps the programs in `bin` that look for modules, or with `has_compiled_paths` for data, in fixed places."""
    for relative, file in sorted(context.tree.files.items()):
        if not (relative.startswith("bin/") and file.is_executable and file.head.startswith(MAGIC)):
            continue
        dynamic = read_dynamic(context.tree.path(relative), context.architecture.elf_machine)
        if dynamic is None or relative in context.planned or relative in context.tree.set_id:
            continue
        lines = tell_places(context, dynamic) + lines_for(context, file, dynamic)
        if PROGRAM.fullmatch(relative) is not None:
            lines += filter(None, [assign_extensions(context)])
        if has_compiled_paths:
            lines += point_compiled_paths(context, relative)
        if lines:
            wrap_program(context, relative, lines)
