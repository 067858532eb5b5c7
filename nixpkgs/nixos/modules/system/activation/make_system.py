"""Make the system's store path from a plan: `make_system.py`, run by a derivation.

The file that `$planPath` names is JSON with `files` (name → text), `links` (name → target), `scripts` (name → text
of an executable, in which `@out@` stands for the result), `bootDocument` (for `boot.json`, or null), `specialisation`
(name → store path), `extraDependencies` (store paths to keep) and `extraSystemBuilderCmds` (shell commands).
"""

import json
import os
import re
import subprocess
import sys
from typing import Any


class PlanError(Exception):
    """The system breaks a rule of its configuration; the message says which."""


def _write(path: str, text: str, mode: int) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(path, mode)


def boot_document(plan: dict[str, Any], out: str) -> dict[str, Any]:
    """What `boot.json` says: the plan's document, with those of the system's variants."""
    text = json.dumps(plan["bootDocument"]).replace("@out@", out)
    document: dict[str, Any] = json.loads(text)
    variants = {}
    for name, system in plan["specialisation"].items():
        with open(f"{system}/boot.json", encoding="utf-8") as stream:
            variants[name] = json.load(stream)
    return {**document, "org.nixos.specialisation.v1": variants}


def make_system(plan: dict[str, Any], out: str) -> None:
    """Make the folder `out` as `plan` says."""
    os.makedirs(f"{out}/specialisation")
    for name, text in plan["files"].items():
        _write(f"{out}/{name}", text.replace("@out@", out), 0o444)
    for name, text in plan["scripts"].items():
        _write(f"{out}/{name}", text.replace("@out@", out), 0o555)
    for name, target in plan["links"].items():
        os.makedirs(os.path.dirname(f"{out}/{name}"), exist_ok=True)
        os.symlink(target, f"{out}/{name}")
    for name, system in plan["specialisation"].items():
        os.symlink(system, f"{out}/specialisation/{name}")
    if plan["bootDocument"]:
        _write(f"{out}/boot.json", json.dumps(boot_document(plan, out), indent=2), 0o444)
    _write(
        f"{out}/extra-dependencies",
        "".join(f"{path}\n" for path in plan["extraDependencies"]),
        0o444,
    )


def check_closure(forbidden: str, closure: str) -> None:
    """Refuse a closure in which a path matches the regular expression `forbidden`."""
    with open(closure, encoding="utf-8") as stream:
        paths = sorted({line.strip() for line in stream if line.startswith("/")})
    for path in paths:
        if re.search(forbidden, path):
            raise PlanError(
                f"{path} is in the system's closure, which system.forbiddenDependenciesRegexes rules out"
            )


def main() -> int:
    """Carry out the plan of the derivation that runs this."""
    out = os.environ["out"]
    with open(os.environ["planPath"], encoding="utf-8") as stream:
        plan = json.load(stream)
    try:
        make_system(plan, out)
        if os.environ.get("forbidden"):
            check_closure(os.environ["forbidden"], "closure")
    except PlanError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    commands = plan["extraSystemBuilderCmds"]
    if commands:
        shell = os.environ["shell"]
        return subprocess.run([shell, "-e", "-c", commands], check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
