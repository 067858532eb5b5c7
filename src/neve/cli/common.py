"""The options that commands share, and how a command line meets the settings."""

from __future__ import annotations

import os

from neve import ending, terminal
from neve.cli import options
from neve.cli.options import Arguments, Command, Group, Option, flag, repeated, setting, value
from neve.errors import UsageError
from neve.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, TypeVar

    from neve.lang.fetching import Fetching
    from neve.lang.session import Session

    A = TypeVar("A", bound="Arguments")

LOG_FORMATS: Final = ("raw", "raw-with-logs", "internal-json", "bar", "bar-with-logs")
_DEBUG: Final = 6


class EvaluationArguments(Arguments):
    """Arguments of a command that evaluates expressions."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.includes: list[str] = []
        self.auto_arguments: dict[str, tuple[str, str]] = {}
        """Name → (`expression`, `string`, `file` or `stdin`; text)."""
        self.eval_store: str | None = None
        self.is_read_only = False
        self.base_dir: str | None = None
        """Where relative paths in expressions and arguments start, if not in the current folder."""
        self.has_debugger = False
        self.is_repairing = False
        """Whether what evaluation writes to the store is written even where it is there."""
        self.registry_changes: list[tuple[str, ...]] = []
        """Entries before those of all registries: (reference, what it stands for), or (flake whose inputs count,)."""
        self.fetching: Fetching | None = None
        """What fetches for the command, once something has: see `fetching_of`."""


def read(command: Command, words: Sequence[str], make: Callable[[Settings], A]) -> A | None:
    """The arguments of a command line, on top of the settings of files and environment.

    `None` when help or the version was asked for, and given.
    """
    settings = Settings.load(os.environ)
    arguments = make(settings)
    options.parse(command, words, arguments)
    terminal.VOICE.verbosity = arguments.verbosity
    terminal.VOICE.is_json = arguments.log_format == "internal-json"
    log_path = settings.text("json-log-path")
    if log_path:
        from neve.cli.recording import start_recording

        start_recording(log_path)
    if arguments.action is None:
        return arguments
    from neve.cli import help as help_texts

    help_texts.show(command, arguments)
    return None


def _raise_verbosity(arguments: Arguments) -> None:
    arguments.verbosity += 1


def _lower_verbosity(arguments: Arguments) -> None:
    arguments.verbosity = max(0, arguments.verbosity - 1)


def _set_log_format(arguments: Arguments, word: str) -> None:
    if word not in LOG_FORMATS:
        raise UsageError(f"option 'log-format' has an invalid value '{word}'")
    arguments.log_format = word


def _show_build_logs(arguments: Arguments) -> None:
    import sys

    is_drawn = arguments.log_format is None and terminal.has_colour(sys.stderr)
    arguments.log_format = "bar-with-logs" if is_drawn else "raw-with-logs"


def _set_option(arguments: Arguments, name: str, text: str) -> None:
    try:
        arguments.settings.set(name, text)
    except UsageError as error:
        terminal.warn(str(error))


def _set_offline(arguments: Arguments) -> None:
    for name, text in (("substitute", "false"), ("tarball-ttl", str((1 << 32) - 1))):
        arguments.settings.set(name, text)
    for name, text in (("download-attempts", "0"), ("connect-timeout", "1")):
        if not arguments.settings.is_set(name):
            arguments.settings.set(name, text)


def _set_refresh(arguments: Arguments) -> None:
    for name in ("tarball-ttl", "narinfo-cache-negative-ttl", "narinfo-cache-positive-ttl"):
        arguments.settings.set(name, "0")


def _add_argument(kind: str) -> Callable[..., None]:
    def apply(arguments: EvaluationArguments, name: str, text: str = "") -> None:
        arguments.auto_arguments[name] = (kind, text)

    return apply


def _add_registry_change(arguments: EvaluationArguments, *references: str) -> None:
    arguments.registry_changes.append(references)


OVERRIDE_FLAKE: Final = Option(
    "--override-flake",
    _add_registry_change,
    "Let the flake reference REF stand for TARGET, whatever registries say.",
    ("REF", "TARGET"),
)
INPUTS_FROM: Final = Option(
    "--inputs-from",
    _add_registry_change,
    "Let names stand for what they are inputs of the flake REF for.",
    ("REF",),
)

LOGGING: Final = Group(
    "Messages",
    (
        Option("-v --verbose", _raise_verbosity, "Say more; may be repeated."),
        Option("--quiet", _lower_verbosity, "Say less; may be repeated."),
        flag("--debug", "verbosity", "Say everything.", to=_DEBUG),
        Option("--log-format", _set_log_format, f"One of {', '.join(LOG_FORMATS)}.", ("FORMAT",)),
    ),
)

MISCELLANEOUS: Final = Group(
    "Settings and help",
    (
        Option("--option", _set_option, "Set a setting of nix.conf.", ("NAME", "VALUE")),
        flag("--help", "action", "Show this text.", to="help"),
        flag("--version", "action", "Show the version.", to="version"),
    ),
)

EVALUATION: Final = Group(
    "Evaluation",
    (
        Option(
            "--arg",
            _add_argument("expression"),
            "Give functions the value of EXPR as the argument NAME.",
            ("NAME", "EXPR"),
        ),
        Option(
            "--argstr",
            _add_argument("string"),
            "Give functions a string as the argument NAME.",
            ("NAME", "STRING"),
        ),
        Option(
            "--arg-from-file",
            _add_argument("file"),
            "Give functions the contents of a file as the argument NAME.",
            ("NAME", "FILE"),
        ),
        Option(
            "--arg-from-stdin",
            _add_argument("stdin"),
            "Give functions what standard input holds as the argument NAME.",
            ("NAME",),
        ),
        repeated(
            "-I --include",
            "includes",
            "PATH",
            "Look <name> up here first: NAME=PATH, or a folder of such.",
        ),
        setting(
            "--impure",
            "pure-eval",
            "Let expressions see the environment and all files.",
            to="false",
        ),
        value("--eval-store", "eval_store", "STORE", "Where derivations and sources are written."),
        OVERRIDE_FLAKE,
        flag(
            "--repair",
            "is_repairing",
            "Write derivations and sources anew; when building, replace what is damaged.",
        ),
    ),
)

REGISTRIES: Final = Group("Registries of flakes", (OVERRIDE_FLAKE,))

DEBUGGING: Final = Group(
    "Debugging",
    (
        flag(
            "--debugger",
            "has_debugger",
            "Stop at errors and builtins.break, and look around: see :? there.",
        ),
    ),
)

BUILDING: Final = Group(
    "Building",
    (
        flag("-Q --no-build-output", "log_format", "Leave build output out.", to="raw"),
        setting("-K", "keep-failed", "Leave the working folder of a failed build.", to="true"),
        setting("-k", "keep-going", "Build what can still be built after a failure.", to="true"),
        setting("-j", "max-jobs", "Builds at a time: a number, or auto."),
    ),
)

NETWORK: Final = Group(
    "Network and builds",
    (
        Option("-L --print-build-logs", _show_build_logs, "Show what builders write."),
        Option("--offline --no-net", _set_offline, "Use what is there and download nothing."),
        Option("--refresh", _set_refresh, "Look everything up again."),
    ),
)


def show_statistics(session: Session) -> None:
    """Prints how much work evaluation was, where `NIX_SHOW_STATS` asks for it."""
    environment = session.settings.environment
    if environment.get("NIX_SHOW_STATS", "0") == "0":
        return
    import json
    import sys

    text = json.dumps(session.evaluator.statistics(), indent=2, sort_keys=True) + "\n"
    file = environment.get("NIX_SHOW_STATS_PATH", "-")
    if file == "-":
        sys.stderr.write(text)
    else:
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(text)


def fetching_of(arguments: EvaluationArguments) -> Fetching:
    """What fetches for a command: one for all that it does, with the entries of registries that its flags make."""
    if arguments.fetching is None:
        from neve.cli.stores import make_opener
        from neve.lang.fetching import Fetching

        arguments.fetching = Fetching(
            arguments.settings,
            lambda: make_opener(arguments, is_old_command=arguments.is_old_command),
            arguments.eval_store,
        )
        if arguments.registry_changes:
            from neve.cli.flake_registry import change_registries

            change_registries(arguments.fetching, arguments.registry_changes)
    return arguments.fetching


def open_session(arguments: EvaluationArguments) -> Session:
    """An evaluator as the command line wants it."""
    from neve.lang.host import Effects
    from neve.lang.session import Session

    debugger = None
    if arguments.has_debugger:
        from neve.cli.debugger import Debugger

        debugger = Debugger()

    def realise(wanted: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
        from neve.cli.building import realise_outputs

        return realise_outputs(arguments, wanted)

    fetching = fetching_of(arguments)
    session = Session(
        arguments.settings,
        includes=arguments.includes,
        auto_arguments=arguments.auto_arguments,
        store_uri=arguments.eval_store,
        is_read_only=arguments.is_read_only,
        base_dir=arguments.base_dir,
        effects=Effects(
            fetch=fetching.fetch,
            realise=realise,
            substitute=fetching.substitute,
            debug=debugger,
            is_repairing=arguments.is_repairing,
        ),
    )
    ending.at_end(session.host.close)
    if debugger is not None:
        debugger.session = session
    return session
