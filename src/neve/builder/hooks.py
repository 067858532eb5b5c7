"""Programs of the user's that are run around builds."""

import os
import subprocess
from collections.abc import Iterable, Mapping

from neve import process
from neve.builder.settings import BuildSettings
from neve.errors import BuildError
from neve.log import Activity, ActivityType, Level, Logger, ResultType


def run_post_build_hook(
    settings: BuildSettings, derivation: str, outputs: Iterable[str], log: Logger
) -> None:
    """Runs `post-build-hook` with `DRV_PATH` and `OUT_PATHS`; raises `ProcessError` when it fails."""
    if not settings.post_build_hook:
        return
    environment = {
        **os.environ,
        "DRV_PATH": derivation,
        "OUT_PATHS": " ".join(sorted(outputs)),
        "NIX_CONFIG": settings.configuration,
    }
    with Activity(
        log,
        ActivityType.POST_BUILD_HOOK,
        f"running post-build-hook '{settings.post_build_hook}'",
        level=Level.TALKATIVE,
        fields=(derivation,),
    ) as activity:
        hook = process.spawn(
            [settings.post_build_hook],
            environment=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with hook:
            for line in hook.stdout or ():
                text = line.decode(errors="replace").rstrip("\n")
                activity.result(ResultType.POST_BUILD_LOG_LINE, text)
    if hook.returncode != 0:
        raise BuildError(f"program '{settings.post_build_hook}' {process_status(hook.returncode)}")


def process_status(status: int) -> str:
    """How a program ended, in words; negative is a signal."""
    import signal

    if status < 0:
        return f"failed due to signal {-status} ({signal.strsignal(-status)})"
    return f"failed with exit code {status}"


def run_pre_build_hook(
    settings: BuildSettings, derivation: str, chroot: str | None
) -> Mapping[str, str]:
    """Runs `pre-build-hook`; what it wants to be shown in the sandbox: name there → path. Raises `BuildError`."""
    if not settings.pre_build_hook:
        return {}
    arguments = [settings.pre_build_hook, derivation]
    if chroot is not None:
        arguments.append(chroot)
    output = process.capture(arguments, environment=os.environ)
    mounts = {}
    lines = iter(output.decode(errors="surrogateescape").splitlines())
    for line in lines:
        if line not in {"extra-sandbox-paths", "extra-chroot-dirs"}:
            raise BuildError(f"unknown pre-build hook command '{line}'")
        for entry in lines:
            if not entry:
                break
            target, separator, source = entry.partition("=")
            mounts[target] = source if separator else target
    return mounts


def run_diff_hook(settings: BuildSettings, arguments: Iterable[str], log: Logger) -> None:
    """Runs `diff-hook` with two outputs that differ, the derivation, and a folder; shows what it says."""
    try:
        output = process.capture(
            [settings.diff_hook, *arguments], environment=os.environ, directory="/"
        )
    except process.ProcessError as error:
        log.message(Level.ERROR, f"error: diff hook execution failed: {error}")
        return
    text = output.decode(errors="replace").rstrip("\n")
    if text:
        log.message(Level.ERROR, text)
