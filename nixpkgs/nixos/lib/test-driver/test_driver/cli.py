"""The command `nixos-test-driver`."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from test_driver import repl
from test_driver.configuration import (
    DEFAULT_TIMEOUT_SECONDS,
    Configuration,
    MachineConfiguration,
)
from test_driver.debug import Debug, NoDebug, RemoteDebug
from test_driver.driver import Driver
from test_driver.errors import ConfigurationError, DriverError
from test_driver.logger import Level, Logger
from test_driver.qemu import name_of_start_command
from test_driver.report import Report
from test_driver.sinks import BuildPhase, JunitXml, TextFile, TextLog, XmlLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_FAILED: Final = 1
_LEVELS: Final = [level.name.lower() for level in Level]


class _TerminatedError(SystemExit):
    """SIGTERM, as an exception: every `with` and `finally` on the way out does its duty.

    An interactive session goes on after other exceptions than `SystemExit`.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the test, or a session with its machines; the exit status."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _terminate)
    logger = Logger(level=Level.from_name(arguments.log_level))
    logger.sinks.append(TextLog.on_stderr(lambda: logger.is_serial_echoed))
    try:
        with _closing(logger):
            return _run(arguments, logger)
    except ConfigurationError as error:
        sys.stderr.write(f"nixos-test-driver: {error}\n")
    except _TerminatedError:
        sys.stderr.write("nixos-test-driver: terminated; all machines are released\n")
    except KeyboardInterrupt:
        sys.stderr.write("nixos-test-driver: interrupted; all machines are released\n")
    return _FAILED


def _run(arguments: argparse.Namespace, logger: Logger) -> int:
    configuration = _configuration(arguments)
    out_dir = Path(arguments.output_directory)
    _add_files(arguments, logger, configuration, out_dir)
    with Driver(
        configuration,
        logger,
        out_dir,
        keep_machine_state=arguments.keep_machine_state,
        removes_state=not arguments.interactive,
        debug=_debug(arguments, logger),
    ) as driver:
        if arguments.dump_vsocks is not None:
            driver.dump_machine_ssh()
            return 0
        if arguments.interactive:
            repl.interact(driver.symbols(), _banner(driver))
            return 0
        try:
            driver.run_tests()
        except (DriverError, AssertionError, SyntaxError):
            # The log has told it, with the script's lines.
            return _FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nixos-test-driver", description="Run a NixOS test, or play with its machines."
    )
    add, env = parser.add_argument, os.environ
    add("-c", "--config", type=Path, help="the test, as a JSON file")
    add(
        "-K",
        "--keep-machine-state",
        "--keep-vm-state",
        action="store_true",
        help="go on with the state of a previous run",
    )
    add(
        "-I",
        "--interactive",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="a Python session instead of the script",
    )
    add(
        "-o",
        "--output_directory",
        "--output-directory",
        default=".",
        help="where screenshots and copied files go",
    )
    add(
        "--junit-xml",
        type=Path,
        metavar="FILE",
        help="write a JUnit report, relative to the output folder",
    )
    add(
        "--report",
        type=Path,
        metavar="FILE",
        help="write an HTML report, relative to the output folder",
    )
    add(
        "--log-file", type=Path, metavar="FILE", help="write the log, relative to the output folder"
    )
    add(
        "--log-level",
        choices=_LEVELS,
        default=env.get("logLevel", "info"),
        help="which messages are shown",
    )
    add(
        "--debug-hook-attach",
        metavar="COMMAND",
        help="enable breakpoints; the command is shown to the user",
    )
    add(
        "--test-script", type=Path, metavar="FILE", help="run this script instead of the test's own"
    )
    add("--global-timeout", type=int, metavar="SECONDS", help="limit of the whole test")
    add(
        "--start-scripts",
        nargs="*",
        metavar="SCRIPT",
        default=env.get("startScripts", "").split(),
        help="machines, without --config",
    )
    add(
        "--vlans",
        nargs="*",
        type=int,
        metavar="N",
        default=[int(nr) for nr in env.get("vlans", "").split()],
        help="networks, without --config",
    )
    add(
        "--dump-vsocks",
        type=int,
        metavar="OFFSET",
        help="say how to reach the machines by ssh, and end",
    )
    add(
        "testscript",
        nargs="?",
        type=Path,
        default=env.get("testScript"),
        help="the script, without --config",
    )
    return parser


def _configuration(arguments: argparse.Namespace) -> Configuration:
    if arguments.config is not None:
        configuration = Configuration.from_json(arguments.config)
    else:
        machines = [
            MachineConfiguration(name_of_start_command(script), shlex.quote(script))
            for script in arguments.start_scripts
        ]
        configuration = Configuration(
            machines=tuple(sorted(machines, key=lambda machine: machine.name)),
            vlans=tuple(arguments.vlans),
            global_timeout=int(os.environ.get("globalTimeout", DEFAULT_TIMEOUT_SECONDS)),
        )
    return _with_flags(configuration, arguments)


def _with_flags(configuration: Configuration, arguments: argparse.Namespace) -> Configuration:
    script = arguments.test_script or arguments.testscript
    names = [machine.name for machine in configuration.machines]
    cids = configuration.vsock_cids
    if arguments.dump_vsocks is not None:
        cids = {name: arguments.dump_vsocks + nr for nr, name in enumerate(names, start=1)}
    return Configuration(
        machines=configuration.machines,
        vlans=configuration.vlans,
        global_timeout=arguments.global_timeout or configuration.global_timeout,
        test_script=configuration.test_script if script is None else Path(script),
        name=configuration.name,
        enable_ssh_backdoor=configuration.enable_ssh_backdoor,
        vsock_cids=cids,
    )


def _add_files(
    arguments: argparse.Namespace, logger: Logger, configuration: Configuration, out_dir: Path
) -> None:
    if os.environ.get("NIX_LOG_FD", "").isdecimal():
        logger.sinks.append(BuildPhase(int(os.environ["NIX_LOG_FD"])))
    try:
        if "LOGFILE" in os.environ:
            logger.sinks.append(XmlLog(Path(os.environ["LOGFILE"])))
        if arguments.log_file is not None:
            logger.sinks.append(TextFile(out_dir / arguments.log_file))
        if arguments.junit_xml is not None:
            logger.sinks.append(JunitXml(out_dir / arguments.junit_xml, configuration.name))
        if arguments.report is not None:
            logger.sinks.append(
                Report(out_dir / arguments.report, configuration.name, logger.started_at)
            )
    except OSError as error:
        raise ConfigurationError(f"cannot write {error.filename}: {error.strerror}") from error


def _debug(arguments: argparse.Namespace, logger: Logger) -> Debug:
    if arguments.debug_hook_attach is None:
        return NoDebug()
    return RemoteDebug(logger, arguments.debug_hook_attach)


def _banner(driver: Driver) -> str:
    machines = ", ".join(machine.name for machine in driver.machines)
    return (
        f"Machines: {machines or 'none'}. "
        "start_all() boots them, test_script() runs the test, exit() ends everything."
    )


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    # A second one must not interrupt the release.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _TerminatedError


@contextmanager
def _closing(logger: Logger) -> Iterator[None]:
    try:
        yield
    finally:
        logger.close()
