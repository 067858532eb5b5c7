"""Derivations are built in sandboxes and their outputs become store objects."""

import bz2
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.functional.builder.workshop import Workshop

from neve._core import encode_hash, hash_bytes
from neve.builder.goals import Mode
from neve.builder.results import Failure, FailureKind, Status, Success

pytestmark = pytest.mark.functional

MakeWorkshop = Callable[..., Workshop]


def sri(digest: bytes) -> str:
    """A SHA-256 as derivations name it."""
    return encode_hash(digest, "sha256", "sri")


def test_an_output_is_registered(workshop: Workshop) -> None:
    """What a builder writes to `$out` is a valid store object with canonical metadata, made by the derivation."""
    derivation = workshop.derive("hello", "mkdir $out; echo hi > $out/file; chmod 700 $out/file")
    path = workshop.build(derivation)
    assert (path / "file").read_text() == "hi\n"
    assert stat.S_IMODE((path / "file").stat().st_mode) == 0o555
    assert (path / "file").stat().st_mtime == 1
    assert (path / "file").stat().st_uid == os.geteuid()
    info = workshop.store.query_path_info(workshop.output(derivation))
    assert info.deriver == derivation
    assert info.is_ultimate
    assert info.references == frozenset()
    assert workshop.store.verify(check_contents=True)


def test_references_are_found(workshop: Workshop) -> None:
    """An output refers to the inputs whose paths occur in it, to itself, and to nothing else."""
    used = workshop.derive("used", "echo 1 > $out")
    unused = workshop.derive("unused", "echo 2 > $out")
    derivation = workshop.derive(
        "user",
        "mkdir $out; echo $dep $out > $out/paths; echo $other | tr 0-9 x > $out/rest",
        inputs=[used, unused],
        dep=workshop.output(used),
        other=workshop.output(unused),
    )
    workshop.build(derivation)
    own, dep = workshop.output(derivation), workshop.output(used)
    assert workshop.store.query_references(own) == {own, dep}


def test_several_outputs(workshop: Workshop) -> None:
    """Outputs refer to each other and are registered together, whichever is asked for."""
    derivation = workshop.derive(
        "multi", "echo $dev > $out; echo dev > $dev; ln -s $out $lib", outputs=["out", "dev", "lib"]
    )
    path = workshop.build(derivation, output="lib")
    out, dev, lib = (workshop.output(derivation, name) for name in ("out", "dev", "lib"))
    assert os.readlink(path) == out
    assert workshop.store.query_references(out) == {dev}
    assert workshop.store.query_references(lib) == {out}
    assert workshop.store.query_valid_paths([out, dev, lib]) == {out, dev, lib}


def test_a_missing_output_is_made_again(workshop: Workshop) -> None:
    """When one of several outputs has gone, the build makes that one and leaves the others alone."""
    derivation = workshop.derive("multi", "echo a > $out; echo b > $dev", outputs=["out", "dev"])
    kept = workshop.build(derivation)
    inode = kept.stat().st_ino
    workshop.reopen()
    workshop.store.delete_paths([workshop.output(derivation, "dev")], ignore_liveness=True)
    assert workshop.build(derivation, output="dev").read_text() == "b\n"
    assert kept.stat().st_ino == inode


def test_inputs_are_built_first(workshop: Workshop) -> None:
    """A derivation sees the outputs of its inputs."""
    first = workshop.derive("first", "echo 1 > $out")
    second = workshop.derive(
        "second", "read x < $dep; echo $x 2 > $out", inputs=[first], dep=workshop.output(first)
    )
    assert workshop.build(second).read_text() == "1 2\n"
    assert workshop.log.started == [f"building '{first}'", f"building '{second}'"]


def test_nothing_is_built_twice(workshop: Workshop) -> None:
    """A valid output is reached at once."""
    derivation = workshop.derive("once", "echo > $out")
    workshop.build(derivation)
    workshop.log.started.clear()
    outcome = workshop.run(derivation)[derivation]
    assert outcome == Success(Status.ALREADY_VALID, {"out": workshop.output(derivation)})
    assert workshop.log.started == []


def test_only_the_closure_is_visible(workshop: Workshop) -> None:
    """A builder sees its inputs and what they refer to, not other paths of the store."""
    base = workshop.derive("base", "echo > $out")
    middle = workshop.derive("middle", "echo $dep > $out", inputs=[base], dep=workshop.output(base))
    other = workshop.derive("other", "echo > $out")
    workshop.build(other)
    derivation = workshop.derive("ls", "ls /nix/store > $out", inputs=[middle])
    names = workshop.build(derivation).read_text().split()
    expected = {os.path.basename(workshop.output(path)) for path in (base, middle)}
    assert set(names) == expected | {os.path.basename(workshop.output(derivation))}


def test_the_environment_of_a_builder(workshop: Workshop) -> None:
    """Variables, folders, identity and names are those that Nix gives builders."""
    derivation = workshop.derive(
        "env",
        "env > $out; id -u >> $out; id -g >> $out; pwd >> $out; hostname >> $out; umask >> $out",
        FOO="a b",
    )
    lines = workshop.build(derivation, cores=3).read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert {name: variables[name] for name in ("PATH", "HOME", "NIX_STORE", "FOO", "TERM")} == {
        "PATH": "/path-not-set",
        "HOME": "/homeless-shelter",
        "NIX_STORE": "/nix/store",
        "FOO": "a b",
        "TERM": "xterm-256color",
    }
    assert variables["NIX_BUILD_CORES"] == "3"
    assert all(
        variables[name] == "/build"
        for name in ("NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD")
    )
    assert variables["out"] == workshop.output(derivation)
    assert lines[-5:] == ["1000", "100", "/build", "localhost", "0022"]


def test_attributes_in_files(workshop: Workshop) -> None:
    """`passAsFile` takes a variable out of the environment and into a file."""
    derivation = workshop.derive(
        "files", 'cat $longPath > $out; echo "[$long]" >> $out', passAsFile="long", long="x\ny"
    )
    assert workshop.build(derivation).read_text() == "x\ny[]\n"


def test_placeholders_are_replaced(workshop: Workshop) -> None:
    """The placeholder of an output becomes its path in variables, arguments and files."""
    from neve._core import placeholder

    here = placeholder("out")
    derivation = workshop.derive(
        "placeholder",
        f'test "$ref" = $out; test "{here}" = $out; cat $textPath > {here}',
        ref=here,
        text=f"-{here}-",
        passAsFile="text",
    )
    assert workshop.build(derivation).read_text() == f"-{workshop.output(derivation)}-"


def test_structured_attributes(workshop: Workshop) -> None:
    """With structured attributes, everything comes in two files and nothing in variables."""
    derivation = workshop.derive(
        "structured",
        "cat $NIX_ATTRS_SH_FILE > /build/sh; "
        'o=$(sed -n \'s/.*"out":"\\([^"]*\\)".*/\\1/p\' $NIX_ATTRS_JSON_FILE); '
        "cp /build/sh $o; env | grep -c answer >> $o || :",
        structured={"answer": 42, "list": ["a", "b c"], "deep": {"x": {"y": 1}}},
    )
    lines = workshop.build(derivation).read_text().splitlines()
    assert "declare answer=42" in lines
    assert "declare -a list=('a' 'b c' )" in lines
    assert f"declare -A outputs=(['out']='{workshop.output(derivation)}' )" in lines
    assert lines[-1] == "0"
    assert not any("deep" in line for line in lines)


def test_references_graph(workshop: Workshop) -> None:
    """`exportReferencesGraph` writes the closure of a path to a file."""
    base = workshop.derive("base", "echo > $out")
    top = workshop.derive("top", "echo $dep > $out", inputs=[base], dep=workshop.output(base))
    derivation = workshop.derive(
        "graph",
        "cp graph $out",
        inputs=[top],
        exportReferencesGraph=f"graph {workshop.output(top)}",
    )
    blocks = sorted(
        [
            (workshop.output(base), ["", "0"]),
            (workshop.output(top), ["", "1", workshop.output(base)]),
        ]
    )
    expected = "".join("\n".join([path, *lines]) + "\n" for path, lines in blocks)
    assert workshop.build(derivation).read_text() == expected
    unknown = workshop.derive("bad", exportReferencesGraph=f"graph {workshop.output(top)}")
    assert "not in the input closure" in workshop.fail(unknown).message


def test_logs_are_kept(workshop: Workshop) -> None:
    """What a builder writes is shown line by line and kept compressed, as it was written."""
    derivation = workshop.derive(
        "log",
        r"""echo one; echo two >&2; printf 'a\rb\n'; echo '@nix {"action":"setPhase","phase":"p"}';"""
        " printf end; echo > $out",
    )
    workshop.build(derivation)
    assert workshop.log.lines == ["one", "two", "b", "end"]
    assert workshop.log.phases == ["p"]
    raw = bz2.decompress(Path(workshop.store.build_log_path(derivation)).read_bytes())
    assert raw == b'one\ntwo\na\rb\n@nix {"action":"setPhase","phase":"p"}\nend'
    assert workshop.store.read_build_log(workshop.output(derivation)) == raw


def test_logs_of_builtin_builders_are_kept(workshop: Workshop) -> None:
    """Why a builder inside Neve failed can be read later, like any other log; the error shows its end."""
    derivation = workshop.derive(
        "environment", builder="builtin:buildenv", args=[], manifest="/none"
    )
    failure = workshop.fail(derivation)
    log = workshop.store.read_build_log(derivation)
    assert log is not None
    assert b"attribute 'derivations' missing" in log
    assert log.decode().strip() in failure.message


def test_a_failure_says_what_failed(workshop: Workshop) -> None:
    """The message has status, outputs, and the end of the log; a failed build leaves nothing behind."""
    derivation = workshop.derive("bad", "echo some words; echo half > $out; exit 3")
    failure = workshop.fail(derivation)
    assert failure.kind is FailureKind.BUILDER_FAILED
    assert "builder failed with exit code 3" in failure.message
    assert workshop.output(derivation) in failure.message
    assert "> some words\n" in failure.message
    assert not workshop.store.is_valid_path(workshop.output(derivation))
    assert workshop.leftovers() == []


def test_a_killed_builder(workshop: Workshop) -> None:
    """A signal is named."""
    failure = workshop.fail(workshop.derive("killed", "ulimit -t 1; while :; do :; done"))
    assert "failed due to signal 9 (Killed)" in failure.message


def test_a_builder_that_does_not_exist(workshop: Workshop) -> None:
    """The log says that the program is missing."""
    derivation = workshop.derive("none", builder="/no/such/builder", args=[])
    failure = workshop.fail(derivation)
    assert "builder failed with exit code 1" in failure.message
    assert workshop.log.lines == ["error: executing '/no/such/builder': No such file or directory"]


def test_failed_folders_can_be_kept(make_workshop: MakeWorkshop) -> None:
    """With `keep-failed`, the working folder stays for whoever wants to look."""
    workshop = make_workshop(keep_failed=True)
    workshop.fail(workshop.derive("bad", "echo trace > trace; exit 1"))
    [note] = [text for text in workshop.log.messages if "keeping build directory" in text]
    folder = Path(note.split('"')[1])
    assert (folder / "trace").read_text() == "trace\n"


@pytest.mark.parametrize("settings", [{"timeout": 1}, {"max_silent_time": 1}])
def test_limits_of_time(make_workshop: MakeWorkshop, settings: dict[str, int]) -> None:
    """A builder that takes too long or is silent for too long is killed."""
    workshop = make_workshop(**settings)
    started = time.monotonic()
    failure = workshop.fail(workshop.derive("slow", "sleep 60"))
    assert failure == Failure(FailureKind.TIMED_OUT, "timed out after 1 seconds")
    assert time.monotonic() - started < 20


def test_output_keeps_a_build_from_being_silent(make_workshop: MakeWorkshop) -> None:
    """The limit of silence counts from the last output."""
    workshop = make_workshop(max_silent_time=2)
    workshop.build(workshop.derive("chatty", "for i in 1 2 3; do echo; sleep 1; done; echo > $out"))


def test_fixed_outputs(workshop: Workshop) -> None:
    """An output with a promised hash is taken when it has it; else both hashes are shown and the output is kept."""
    right = {"out": {"method": "flat", "hash": sri(hash_bytes("sha256", b"hello\n"))}}
    assert workshop.build(workshop.derive("right", "echo hello > $out", outputs=right))
    wrong = workshop.derive("wrong", "echo other > $out", outputs=right)
    failure = workshop.fail(wrong)
    assert failure.kind is FailureKind.HASH_MISMATCH
    assert "specified: sha256-" in failure.message
    assert "got:    sha256-" in failure.message
    made = [path for path in workshop.store.query_all_valid_paths() if path.endswith("-wrong")]
    assert [Path(workshop.store.real_path(path)).read_text() for path in made] == ["other\n"]
    assert made != [workshop.output(wrong)]


def test_a_fixed_output_is_one_plain_file(workshop: Workshop) -> None:
    """A flat hash is that of a file that is not executable."""
    outputs = {"out": {"method": "flat", "hash": sri(bytes(32))}}
    for number, script in enumerate(["mkdir $out", "echo > $out; chmod +x $out", "ln -s x $out"]):
        derivation = workshop.derive(f"flat{number}", script, outputs=outputs)
        assert "non-executable regular file" in workshop.fail(derivation).message


def test_impure_variables(make_workshop: MakeWorkshop) -> None:
    """Only fixed outputs get variables of ours, and only those that they name."""
    workshop = make_workshop(environment={"SECRET": "1", "PROXY": "2"})
    outputs = {"out": {"method": "nar", "hash": sri(bytes(32))}}
    script = 'echo "[$PROXY][$SECRET][$NIX_OUTPUT_CHECKED]"; echo > $out'
    workshop.fail(workshop.derive("fixed", script, outputs=outputs, impureEnvVars="PROXY"))
    workshop.build(workshop.derive("pure", script, impureEnvVars="PROXY"))
    assert workshop.log.lines == ["[2][][1]", "[][][]"]


def test_checking_finds_differences(make_workshop: MakeWorkshop) -> None:
    """`--check` accepts an output that comes out the same and refuses another, keeping it if wanted."""
    workshop = make_workshop()
    same = workshop.derive("same", "echo 1 > $out")
    workshop.build(same)
    workshop.build(same, mode=Mode.CHECK)
    assert workshop.log.started[-1] == f"checking outputs of '{same}'"
    other = workshop.derive("other", "cat /proc/sys/kernel/random/uuid > $out")
    path = workshop.build(other)
    text = path.read_text()
    failure = workshop.fail(other, mode=Mode.CHECK)
    assert failure.kind is FailureKind.NOT_DETERMINISTIC
    assert path.read_text() == text
    failure = workshop.fail(other, mode=Mode.CHECK, keep_failed=True)
    kept = Path(f"{path}.check")
    assert str(kept) in failure.message
    assert kept.read_text() != text
    kept.unlink()
    for folder in Path(workshop.store.layout.builds_dir).iterdir():
        (folder / "build").rmdir()
        folder.rmdir()


def test_repairing_replaces_damage(workshop: Workshop) -> None:
    """`--repair` builds a damaged output again, and one that a healthy output refers to."""
    base = workshop.derive("base", "echo good > $out")
    top = workshop.derive("top", "echo $dep > $out", inputs=[base], dep=workshop.output(base))
    workshop.build(top)
    damaged = Path(workshop.store.real_path(workshop.output(base)))
    damaged.chmod(0o644)
    damaged.write_text("bad\n")
    workshop.build(top, mode=Mode.REPAIR)
    assert damaged.read_text() == "good\n"
    assert workshop.store.verify(check_contents=True)
    assert f"repairing outputs of '{base}'" in workshop.log.started


def test_what_outputs_may_refer_to(workshop: Workshop) -> None:
    """Forbidden references are named; allowed ones pass."""
    dep = workshop.derive("dep", "echo > $out")
    path = workshop.output(dep)

    def refer(name: str, **attributes: str) -> str:
        return workshop.derive(name, "echo $dep $out > $out", inputs=[dep], dep=path, **attributes)

    workshop.build(refer("free", allowedReferences=f"{path} out"))
    for number, attributes in enumerate(
        [
            {"allowedReferences": "out"},
            {"allowedRequisites": ""},
            {"disallowedReferences": path},
            {"disallowedRequisites": path},
        ]
    ):
        failure = workshop.fail(refer(f"bound{number}", **attributes))
        assert failure.kind is FailureKind.OUTPUT_REJECTED
        assert failure.message.endswith(
            f"is not allowed to refer to the following paths:\n  {path}"
        )


def test_how_large_outputs_may_be(workshop: Workshop) -> None:
    """Structured output checks bound sizes."""
    script = (
        'o=$(sed -n \'s/.*"outputs":{"out":"\\([^"]*\\)".*/\\1/p\' $NIX_ATTRS_JSON_FILE); echo > $o'
    )
    small = {"outputChecks": {"out": {"maxSize": 10}}}
    failure = workshop.fail(workshop.derive("large", script, structured=small))
    assert "is too large at 120 bytes; limit is 10 bytes" in failure.message
    roomy = {"outputChecks": {"out": {"maxSize": 120, "maxClosureSize": 120}}}
    workshop.build(workshop.derive("fits", script, structured=roomy))


def test_references_can_be_discarded(workshop: Workshop) -> None:
    """`unsafeDiscardReferences` makes an output self-contained by decree."""
    dep = workshop.derive("dep", "echo > $out")
    derivation = workshop.derive(
        "image",
        'o=$(sed -n \'s/.*"outputs":{"out":"\\([^"]*\\)".*/\\1/p\' $NIX_ATTRS_JSON_FILE);'
        f" echo {workshop.output(dep)} > $o",
        inputs=[dep],
        structured={"unsafeDiscardReferences": {"out": True}},
    )
    workshop.build(derivation)
    assert workshop.store.query_references(workshop.output(derivation)) == frozenset()


def test_a_derivation_for_another_machine(workshop: Workshop) -> None:
    """System type and required features must be those of this machine."""
    failure = workshop.fail(workshop.derive("alien", system="z80-cpm"))
    assert failure.kind is FailureKind.INPUT_REJECTED
    assert "Required system: '\x1b[35;1mz80-cpm\x1b[0m'" in failure.message
    demanding = workshop.derive("demanding", "echo > $out", requiredSystemFeatures="kvm magic")
    failure = workshop.fail(demanding, system_features=("kvm",))
    assert "Required features: {kvm, magic}\nAvailable features: {kvm}" in failure.message
    workshop.build(demanding, system_features=("kvm", "magic"))


def test_no_local_builds(workshop: Workshop) -> None:
    """With `max-jobs = 0`, nothing is built here."""
    failure = workshop.fail(workshop.derive("any", "echo > $out"), max_jobs=0)
    assert "local builds are disabled" in failure.message


def test_builds_run_side_by_side(workshop: Workshop) -> None:
    """Two derivations that wait for each other's sign of life both end, which they could not one after the other."""
    derivations = [workshop.derive(f"pair{n}", "sleep 1; echo > $out") for n in range(4)]
    started = time.monotonic()
    outcomes = workshop.run(*derivations, max_jobs=4)
    assert all(isinstance(outcome, Success) for outcome in outcomes.values())
    assert time.monotonic() - started < 3.5


def test_content_addressed_outputs(workshop: Workshop) -> None:
    """Outputs named after their contents are found again under another derivation, even if they refer to themselves."""
    floating = {name: {"method": "nar", "hashAlgo": "sha256"} for name in ("out", "dev")}
    features = ("ca-derivations",)
    script = "mkdir $out; echo $out $dev > $out/paths; echo dev > $dev"
    first = workshop.derive("floating", script, outputs=floating)
    again = workshop.derive("floating", f"{script} # same", outputs=floating)
    path = workshop.build(first, experimental_features=features)
    assert workshop.build(again, experimental_features=features) == path
    own, dev = (path / "paths").read_text().split()
    assert own == f"/nix/store/{path.name}"
    assert workshop.store.query_references(own) == {own, dev}
    assert workshop.store.query_path_info(own).content_address is not None
    assert workshop.store.verify(check_contents=True)


def test_derivations_with_floating_inputs_are_resolved(workshop: Workshop) -> None:
    """What depends on such an output is built with its path in place, and remembered."""
    from neve._core import downstream_placeholder

    floating = {"out": {"method": "nar", "hashAlgo": "sha256"}}
    features = ("ca-derivations",)
    first = workshop.derive("first", "echo 1 > $out", outputs=floating)
    second = workshop.derive(
        "second",
        "read x < $dep; echo $x $dep > $out",
        inputs=[first],
        dep=downstream_placeholder(first, "out"),
    )
    path = workshop.build(second, experimental_features=features)
    dep = workshop.build(first, experimental_features=features)
    assert path.read_text() == f"1 /nix/store/{dep.name}\n"
    workshop.log.started.clear()
    workshop.build(second, experimental_features=features)
    assert workshop.log.started == []
    failure = workshop.fail(second)
    assert "'ca-derivations' is disabled" in failure.message


def test_a_hook_runs_after_each_build(make_workshop: MakeWorkshop, tmp_path: Path) -> None:
    """`post-build-hook` gets derivation and outputs; when it fails, so does the build."""
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\necho "$DRV_PATH $OUT_PATHS" > {tmp_path}/called\n')
    hook.chmod(0o755)
    workshop = make_workshop(post_build_hook=str(hook))
    derivation = workshop.derive("hooked", "echo > $out")
    workshop.build(derivation)
    assert (tmp_path / "called").read_text() == f"{derivation} {workshop.output(derivation)}\n"
    hook.write_text("#!/bin/sh\nexit 7\n")
    failure = workshop.fail(workshop.derive("hooked2", "echo > $out"))
    assert "failed with exit code 7" in failure.message


def test_signing_keys(make_workshop: MakeWorkshop, tmp_path: Path) -> None:
    """What is built is signed with the keys in `secret-key-files`."""
    from neve._core import generate_key, public_key, verify

    secret = generate_key("test-1")
    key = tmp_path / "key"
    key.write_text(secret)
    workshop = make_workshop(secret_key_files=(str(key),))
    derivation = workshop.derive("signed", "echo > $out")
    workshop.build(derivation)
    info = workshop.store.query_path_info(workshop.output(derivation))
    [signature] = info.signatures
    assert verify(info.fingerprint.encode(), signature, [public_key(secret)])


def test_another_process_at_work(workshop: Workshop) -> None:
    """While somebody holds an output's lock, the build waits; when the output is valid then, nothing is built."""
    derivation = workshop.derive("locked", "echo > $out")
    with workshop.store.lock_paths([workshop.output(derivation)]):
        import threading

        outcomes: dict[str, object] = {}
        waiting = threading.Thread(
            target=lambda: outcomes.update(workshop.run(derivation, build_poll_interval=1))
        )
        waiting.start()
        time.sleep(0.5)
        assert any("waiting for lock on" in text for text in workshop.log.started)
        assert not outcomes
    waiting.join(20)
    assert isinstance(outcomes[derivation], Success)


def test_a_whole_graph(workshop: Workshop) -> None:
    """Goals of many derivations with shared inputs are all reached, each built once."""
    layers = [[workshop.derive(f"l0-{n}", f"echo {n} > $out") for n in range(6)]]
    for level in range(1, 4):
        below = layers[-1]
        layers.append(
            [
                workshop.derive(
                    f"l{level}-{n}",
                    "cat $deps > $out",
                    inputs=[below[n], below[(n + 1) % 6]],
                    deps=f"{workshop.output(below[n])} {workshop.output(below[(n + 1) % 6])}",
                )
                for n in range(6)
            ]
        )
    outcomes = workshop.run(*layers[-1], max_jobs=3)
    assert all(isinstance(outcome, Success) for outcome in outcomes.values())
    assert len(workshop.log.started) == len(set(workshop.log.started)) == 24
