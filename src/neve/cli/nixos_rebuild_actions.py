"""What each action of `nixos-rebuild` does."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Final

from neve import process, terminal
from neve.cli import common
from neve.cli.flakes import absolute_reference
from neve.cli.json_output import write_json
from neve.cli.nixos_rebuild import ACTIVATIONS, RebuildArguments
from neve.cli.system_sources import (
    SystemSource,
    build_part,
    choose_source,
    configuration_file,
    instantiate_part,
    select_part,
)
from neve.errors import NeveError
from neve.lang.literals import string_literal
from neve.progress import make_logger
from neve.settings import state_dir
from neve.store.layout import Layout
from neve.system.generations import (
    older_generation,
    profile_link,
    read_generations,
    render_table,
    switch_environment,
    systemd_run,
)
from neve.system.hosts import Elevation, Host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve.log import Logger

_TOPLEVEL: Final = "config.system.build.toplevel"
_PARTS: Final = {
    "build-vm": "config.system.build.vm",
    "build-vm-with-bootloader": "config.system.build.vmWithBootLoader",
}
_OVERRIDE: Final = "NIXOS_REBUILD_I_UNDERSTAND_THE_CONSEQUENCES_PLEASE_BREAK_MY_SYSTEM"
"""A variable that makes anything the default system."""
_IMAGES: Final = "config.system.build.images"


def act(arguments: RebuildArguments) -> int:
    """Does what the action says; the exit status."""
    action = arguments.rebuild_action
    if action == "list-generations":
        return _list_generations(arguments)
    if action == "edit":
        return _edit(arguments)
    if action == "repl":
        return _explore(arguments)
    if arguments.upgrades is not None:
        _upgrade_channels(arguments.upgrades)
    if action in {"dry-build", "dry-run"}:
        build_part(arguments, _source(arguments), _TOPLEVEL, is_dry_run=True)
        return 0
    if action in _PARTS:
        path = _build(arguments, _PARTS[action], link="result")
        script = _only_script(path)
        terminal.say("Done. The virtual machine can be started by running")
        print(script)
        return 0
    if action == "build-image":
        return _build_image(arguments)
    return _build_system(arguments)


def _source(arguments: RebuildArguments) -> SystemSource:
    host = None
    if arguments.flake is not None and arguments.target_host is not None:
        host = Host(arguments.target_host).capture(["uname", "-n"])
    return choose_source(
        file=arguments.file,
        attr_path=arguments.attr_path,
        flake=arguments.flake,
        ignores_system_flake=arguments.ignores_system_flake,
        host=host,
    )


# -- building


def _build_system(arguments: RebuildArguments) -> int:
    action = arguments.rebuild_action
    target = _target(arguments)
    profile = profile_link(_profiles_dir(arguments), arguments.profile_name)
    if arguments.rolls_back:
        path = _roll_back(arguments, target, profile)
    elif arguments.store_path is not None:
        path = os.path.realpath(arguments.store_path)
    else:
        path = _build(arguments, _TOPLEVEL, link="result" if action == "build" else None)
    if arguments.shows_difference:
        _show_difference(path)
    if action in {"switch", "boot"} and not arguments.rolls_back:
        _set_profile(arguments, target, profile, path)
    status = _activate(arguments, target, path) if action in ACTIVATIONS else 0
    if status == 0:
        terminal.say("Done. The new configuration is")
        print(path)
    return status


def _build(arguments: RebuildArguments, part: str, *, link: str | None) -> str:
    """Builds here, or on another machine, and copies to where the result is wanted."""
    source = _source(arguments)
    if arguments.build_host is None:
        path = build_part(arguments, source, part, out_link=link)
        if arguments.target_host is not None:
            _copy("--to", arguments.target_host, [path], arguments)
        return path
    drv_path = instantiate_part(arguments, source, part)
    builder = Host(arguments.build_host)
    _copy("--to", arguments.build_host, [drv_path], arguments)
    path = builder.capture(["nix-store", "--realise", drv_path])
    if arguments.target_host != arguments.build_host:
        _copy("--from", arguments.build_host, [path], arguments)
        if arguments.target_host is not None:
            _copy("--to", arguments.target_host, [path], arguments)
    return path


def _copy(direction: str, host: str, paths: Sequence[str], arguments: RebuildArguments) -> None:
    words = [own_program("nix-copy-closure"), direction, host, *paths]
    if arguments.substitutes_on_destination:
        words.insert(1, "--use-substitutes")
    process.run(words, environment=os.environ)


def _build_image(arguments: RebuildArguments) -> int:
    source = _source(arguments)
    session = common.open_session(arguments)
    variants = select_part(session, source, _IMAGES).attr_names()
    if arguments.image_variant not in variants:
        raise NeveError(
            f"'--image-variant' must be one of the images that the configuration has: {', '.join(variants)}"
        )
    path = _build(arguments, f'{_IMAGES}."{arguments.image_variant}"', link="result")
    file = select_part(session, source, f'{_IMAGES}."{arguments.image_variant}".passthru.filePath')
    terminal.say("Done. The disk image can be found in")
    print(os.path.join(path, file.coerce_to_string()))
    return 0


def _only_script(path: str) -> str:
    folder = f"{path}/bin"
    scripts = [name for name in sorted(os.listdir(folder)) if name.startswith("run-")]
    if not scripts:
        raise NeveError(f"'{folder}' has no script that runs a virtual machine")
    return f"{folder}/{scripts[0]}"


# -- generations and activation


def _target(arguments: RebuildArguments) -> Host:
    password = None
    if arguments.asks_password:
        import getpass

        where = arguments.target_host or "this machine"
        password = getpass.getpass(f"[sudo] password for {where}: ", stream=sys.stderr)
    return Host(arguments.target_host, Elevation(arguments.elevation), password)


def _profiles_dir(arguments: RebuildArguments) -> str:
    return f"{state_dir(arguments.settings.environment)}/profiles"


def _roll_back(arguments: RebuildArguments, target: Host, profile: str) -> str:
    if arguments.rebuild_action in {"switch", "boot"}:
        target.run(
            [_program(target, "nix-env"), "--rollback", "-p", profile],
            is_elevated=True,
        )
        return profile if target.destination else os.path.realpath(profile)
    if target.destination is not None:
        raise NeveError(f"'--rollback {arguments.rebuild_action}' works on this machine only")
    return os.path.realpath(older_generation(profile, _logger(arguments)).link)


def _set_profile(arguments: RebuildArguments, target: Host, profile: str, path: str) -> None:
    marker = f"{path}/nixos-version"
    check = target.run(["test", "-e", marker], check=False)
    if check != 0 and _OVERRIDE not in os.environ:
        raise NeveError(
            f"'{path}' is no NixOS system: it lacks the file 'nixos-version', and making it the default would leave "
            "the machine without one"
        )
    if arguments.profile_name != "system":
        target.run(["mkdir", "-p", "-m", "0755", os.path.dirname(profile)], is_elevated=True)
    target.run([_program(target, "nix-env"), "-p", profile, "--set", path], is_elevated=True)


def _activate(arguments: RebuildArguments, target: Host, path: str) -> int:
    """Runs `switch-to-configuration` of a system, as a unit of its own where systemd runs."""
    program = f"{path}/bin/switch-to-configuration"
    if arguments.specialisation is not None:
        program = f"{path}/specialisation/{arguments.specialisation}/bin/switch-to-configuration"
        if target.run(["test", "-f", program], check=False) != 0:
            raise NeveError(f"'{path}' has no specialisation '{arguments.specialisation}'")
    words = [program, arguments.rebuild_action]
    told = switch_environment(os.environ, installs_bootloader=arguments.installs_bootloader)
    if "NIXOS_REBUILD_NO_SYSTEMD_RUN" not in os.environ and _has_systemd(target):
        return target.run(systemd_run(words, told), is_elevated=True, check=False)
    return target.run(words, is_elevated=True, environment=told, check=False)


def _has_systemd(target: Host) -> bool:
    return target.run(["test", "-d", "/run/systemd/system"], check=False) == 0


def _program(target: Host, name: str) -> str:
    return own_program(name) if target.destination is None else name


def own_program(name: str) -> str:
    """Another of our commands: the one beside this program, else that on PATH."""
    beside = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), name)
    return beside if os.access(beside, os.X_OK) else name


def _show_difference(path: str) -> None:
    if os.path.exists("/run/current-system"):
        process.run(
            [own_program("nix"), "store", "diff-closures", "/run/current-system", path],
            environment=os.environ,
            stdout=sys.stderr.buffer,
            check=False,
        )


def _list_generations(arguments: RebuildArguments) -> int:
    link = profile_link(_profiles_dir(arguments), arguments.profile_name)
    generations = read_generations(link, _logger(arguments))
    if arguments.is_json:
        write_json([found.as_json() for found in generations], arguments.pretty)
    else:
        sys.stdout.write(render_table(generations))
    return 0


def _logger(arguments: RebuildArguments) -> Logger:
    return make_logger(arguments.log_format, is_old_command=True)


# -- looking and editing


def _edit(arguments: RebuildArguments) -> int:
    source = _source(arguments)
    editor = shlex.split(os.environ.get("EDITOR") or "nano")
    if source.flake is not None:
        file = os.path.join(source.flake, "flake.nix")
    else:
        file = configuration_file(common.open_session(arguments))
    return process.run([*editor, file], environment=os.environ, stdin=0, check=False)


def _explore(arguments: RebuildArguments) -> int:
    from neve.cli.nix_commands import repl

    source = _source(arguments)
    words = [word for include in arguments.includes for word in ("-I", include)]
    if source.flake is not None:
        expression = (
            f"let flake = builtins.getFlake {string_literal(absolute_reference(source.flake))}; "
            f"system = flake.{source.attr_path}; in "
            "system._module.args // { inherit (system) config options pkgs lib; inherit flake; }"
        )
        return repl.run(["--impure", "--expr", expression, *words])
    attr_path = [source.attr_path] if source.attr_path else []
    return repl.run(["--file", source.file or "", *words, *attr_path])


def _upgrade_channels(which: str) -> None:
    """Updates root's channels: `nixos` and those that ask for it by a marker file, or all of them."""
    names: list[str] = []
    if which == "nixos":
        names.append("nixos")
        folder = f"{Layout.system(os.environ).profiles_dir}/per-user/root/channels"
        names += [
            name
            for name in (sorted(os.listdir(folder)) if os.path.isdir(folder) else ())
            if name != "nixos" and os.path.exists(f"{folder}/{name}/.update-on-nixos-rebuild")
        ]
    process.run([own_program("nix-channel"), "--update", *names], environment=os.environ)
