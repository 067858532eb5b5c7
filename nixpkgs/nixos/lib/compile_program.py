"""Compile a program and the modules that it imports: `compile_program.py`, run by a derivation.

The file that `$planPath` names is a JSON object: `program`, a Python file whose name is that of a module. `$out` has
this module and those that it imports of Python's library, which is there as text: compiling that takes longer than most
programs run.
"""

import sys

_STARTED = frozenset(sys.modules)

# What Python has loaded before it runs anything is known from here on.
import importlib.util  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import py_compile  # noqa: E402
from pathlib import Path  # noqa: E402


def main(program: Path, output: Path) -> None:
    """Write the compiled modules to the folder `output`; raises what importing the program raises."""
    spec = importlib.util.spec_from_file_location(program.stem, program)
    if spec is None or spec.loader is None:
        sys.exit(f"{program} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[program.stem] = module
    spec.loader.exec_module(module)
    for name in sorted(sys.modules.keys() - _STARTED - {"__main__"}):
        _compile(name, output)


def _compile(name: str, output: Path) -> None:
    origin = getattr(sys.modules[name].__spec__, "origin", None)
    if origin is None or not origin.endswith(".py"):
        return
    target = output / name.replace(".", "/")
    if hasattr(sys.modules[name], "__path__"):
        target /= "__init__"
    py_compile.compile(
        origin,
        cfile=f"{target}.pyc",
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


if __name__ == "__main__":
    plan = json.loads(Path(os.environ["planPath"]).read_text())
    main(Path(plan["program"]), Path(os.environ["out"]))
