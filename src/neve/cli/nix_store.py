"""`nix-store`: everything that can be done with a store, one operation at a time.

An operation is a function in `nix_store_operations`; the table below says which, and which flags it takes.
"""

from __future__ import annotations

from neve.cli import common, program
from neve.cli.options import Arguments, Command, Group, Option, UnknownFlagError, flag, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, NoReturn

    from neve.settings import Settings


class StoreOperationArguments(Arguments):
    """What `nix-store` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.operation: str | None = None
        self.flags: list[str] = []
        """Flags of the operation, by their long names, in order."""
        self.values: dict[str, str] = {}
        """Those that have a value."""
        self.root: str | None = None
        self.reads_stdin = False
        self.is_silent = False
        self.warns_of_roots = True

    def has(self, name: str) -> bool:
        """Whether a flag of the operation was given."""
        return name in self.flags


OPERATIONS: Final = {
    "realise": ("realising", "realise", "--dry-run --repair --check --ignore-unknown"),
    "add": ("adding", "add", ""),
    "add-fixed": ("adding", "add_fixed", "--recursive"),
    "print-fixed-path": ("adding", "print_fixed_path", "--recursive"),
    "delete": ("collecting", "delete", "--ignore-liveness"),
    "query": (
        "querying",
        "query",
        (
            "--outputs --requisites --references --referrers --referrers-closure --deriver --valid-derivers"
            " --binding --hash --size --tree --graph --graphml --resolve --roots"
            " --use-output --force-realise --include-outputs"
        ),
    ),
    "print-env": ("querying", "print_environment", ""),
    "read-log": ("querying", "read_log", ""),
    "dump-db": ("registering", "dump_database", ""),
    "load-db": ("registering", "load_database", ""),
    "register-validity": ("registering", "register_validity", "--reregister --hash-given"),
    "check-validity": ("registering", "check_validity", "--print-invalid"),
    "gc": (
        "collecting",
        "collect",
        "--print-roots --print-live --print-dead --max-freed",
    ),
    "dump": ("archiving", "dump", ""),
    "restore": ("archiving", "restore", ""),
    "export": ("archiving", "export", ""),
    "import": ("archiving", "import_", ""),
    "init": ("caring", "initialise", ""),
    "verify": ("caring", "verify", "--check-contents --repair"),
    "verify-path": ("caring", "verify_path", ""),
    "repair-path": ("caring", "repair_path", ""),
    "optimise": ("caring", "optimise", ""),
    "serve": ("serving", "serve", "--write"),
    "generate-binary-cache-key": ("caring", "generate_key", ""),
}
"""Operation → module and function in `nix_store_operations`, and the flags that it takes."""

_TAKES_NO_WORDS: Final = frozenset({"import", "restore", "serve"})
"""Operations whose standard input is data."""


def _operation(names: str, text: str) -> Option:
    operation = next(word for word in names.split() if word.startswith("--")).removeprefix("--")

    def apply(arguments: StoreOperationArguments) -> None:
        if arguments.operation not in {None, operation}:
            raise UsageError("only one operation may be specified")
        arguments.operation = operation

    return Option(names, apply, text)


def _modifier(names: str, text: str, metavar: str | None = None) -> Option:
    name = next(word for word in names.split() if word.startswith("--"))

    def apply(arguments: StoreOperationArguments, word: str | None = None) -> None:
        arguments.flags.append(name)
        if word is not None:
            arguments.values[name] = word

    return Option(names, apply, text, () if metavar is None else (metavar,))


COMMAND: Final = Command(
    "nix-store",
    "manipulate or query the Nix store",
    (
        Group(
            "Operations",
            (
                _operation("--realise --realize -r", "Build or fetch paths; print outputs."),
                _operation("--add -A", "Copy files into the store; print the paths."),
                _operation("--add-fixed", "The same by ALGORITHM, as a fixed output."),
                _operation("--print-fixed-path", "Path of a fixed output: ALGORITHM HASH NAME."),
                _operation("--delete", "Delete paths that nothing needs."),
                _operation("--query -q", "Ask about paths; see below."),
                _operation("--print-env", "A derivation's environment as shell commands."),
                _operation("--read-log -l", "The build log of paths."),
                _operation("--dump-db", "The metadata of paths, or of all, as text."),
                _operation("--load-db", "Register what --dump-db wrote."),
                _operation("--register-validity", "Register paths described on standard input."),
                _operation("--check-validity", "Fail unless all paths are valid."),
                _operation("--gc", "Delete all that no root reaches."),
                _operation("--dump", "Write the archive of a file or folder."),
                _operation("--restore", "Unpack an archive to a new file or folder."),
                _operation("--export", "Write paths with their metadata."),
                _operation("--import", "Read what --export wrote."),
                _operation("--init", "Make the store's folders and database."),
                _operation("--verify", "Compare the database with the disk."),
                _operation("--verify-path", "Compare the contents of paths with their hashes."),
                _operation("--repair-path", "Get good copies of paths."),
                _operation("--optimise --optimize", "Link equal files together."),
                _operation("--serve", "Serve the store over standard input and output."),
                _operation(
                    "--generate-binary-cache-key", "A pair of keys: NAME SECRET-FILE PUBLIC-FILE."
                ),
            ),
        ),
        Group(
            "With --query",
            (
                _modifier("--outputs", "The outputs of derivations (the default)."),
                _modifier("--requisites -R", "All that paths refer to, directly or not."),
                _modifier("--references", "What paths refer to."),
                _modifier("--referrers --referers", "What refers to paths."),
                _modifier("--referrers-closure --referers-closure", "The same, directly or not."),
                _modifier("--deriver -d", "The derivation that made a path."),
                _modifier("--valid-derivers", "All derivations in the store that make it."),
                _modifier("--binding -b", "The value of a derivation's variable.", "NAME"),
                _modifier("--hash", "The hash of a path's archive."),
                _modifier("--size", "The size of a path's archive."),
                _modifier("--tree", "What paths refer to, as a tree."),
                _modifier("--graph", "The same as a graph for dot."),
                _modifier("--graphml", "The same as GraphML."),
                _modifier("--resolve", "The store paths that links lead to."),
                _modifier("--roots", "What keeps paths from being collected."),
                _modifier("--use-output -u", "Ask about the outputs of derivations."),
                _modifier("--force-realise --force-realize -f", "Build the paths first."),
                _modifier("--include-outputs", "With --requisites: outputs of derivations too."),
            ),
        ),
        Group(
            "With other operations",
            (
                _modifier("--dry-run", "-r: only say what would be done."),
                _modifier("--check", "-r: build once more and compare."),
                _modifier("--ignore-unknown", "-r: pass over what cannot be made."),
                _modifier("--recursive", "--add-fixed: hash the archive, not the bytes."),
                _modifier("--ignore-liveness", "--delete: roots do not count."),
                _modifier("--print-roots", "--gc: only print what keeps paths."),
                _modifier("--print-live", "--gc: only print what would stay."),
                _modifier("--print-dead", "--gc: only print what would go."),
                _modifier("--max-freed", "--gc: stop after freeing so much.", "BYTES"),
                _modifier("--hash-given", "--register-validity: the text has hashes."),
                _modifier("--reregister", "--register-validity: valid paths too."),
                _modifier("--print-invalid", "--check-validity: print what is invalid instead."),
                _modifier("--check-contents", "--verify: hash all files."),
                _modifier("--repair", "--verify, -r: get good copies of what is damaged."),
                _modifier("--write", "--serve: accept changes."),
                value("--add-root", "root", "LINK", "-r: keep the result by a link."),
                Option("--indirect", lambda _: None, "Has no meaning any more; links always are."),
                flag("--no-gc-warning", "warns_of_roots", "-r: no word about roots.", to=False),
                flag("--no-output", "is_silent", "-r: print no paths."),
                flag("--stdin", "reads_stdin", "Further operands from standard input."),
            ),
        ),
        common.BUILDING,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[OPERAND…]",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from importlib import import_module

    try:
        arguments = common.read(COMMAND, words, StoreOperationArguments)
    except UnknownFlagError as error:
        raise UsageError(_explain_unknown(error.flag, words)) from None
    if arguments is None:
        return 0
    if arguments.operation is None:
        raise UsageError("no operation specified")
    module_name, function_name, known = OPERATIONS[arguments.operation]
    for name in arguments.flags:
        if name not in known.split():
            raise UsageError(_explain_unknown(name, words))
    if arguments.reads_stdin and arguments.operation not in _TAKES_NO_WORDS:
        from neve.cli.stores import words_from_stdin

        arguments.operands += words_from_stdin()
    module = import_module(f"neve.cli.nix_store_operations.{module_name}")
    operation: Callable[[StoreOperationArguments], int] = getattr(module, function_name)
    return operation(arguments)


def _explain_unknown(name: str, words: Sequence[str]) -> str:
    """What is wrong with a flag that the operation on the command line does not know."""
    operations = {name for option in COMMAND.groups[0].options for name in option.names}
    if not operations & set(words):
        return "no operation specified"
    if "--gc" in words:
        return f"bad sub-operation '{name}' in GC"
    return f"unknown flag '{name}'"
