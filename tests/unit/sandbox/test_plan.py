"""Plans of sandboxes, as values."""

from collections.abc import Sequence
from dataclasses import replace

from neve.sandbox import operations as op
from neve.sandbox.identity import Identity
from neve.sandbox.operations import Namespace, Operation
from neve.sandbox.plan import (
    Command,
    Mount,
    Plan,
    Policy,
    Spec,
    plan_sandbox,
    plan_unsandboxed,
)

OWN = Identity(1234, 1234, is_own=True)
OTHER = Identity(872415232, 872415232, is_own=False)
COMMAND = Command("/bin/sh", ("sh", "-c", "true"), {"PATH": "/path-not-set"})
SPEC = Spec(
    system="x86_64-linux",
    machine="x86_64",
    identity=OWN,
    root="/s/root",
    store_dir="/nix/store",
    output_dir="/s/store",
    build_dir="/build",
    host_build_dir="/b/build",
    temporary_dir="/s/tmp",
    mounts={"/nix/store/abc": Mount("/real/abc", is_read_only=True), "/bin/sh": Mount("/busybox")},
)


def steps(plan: Plan) -> Sequence[Operation]:
    return (*plan.supervisor, *plan.builder)


def position(plan: Plan, kind: type) -> int:
    return next(index for index, step in enumerate(steps(plan)) if isinstance(step, kind))


def namespaces(plan: Plan) -> set[Namespace]:
    found = {step.namespace for step in steps(plan) if isinstance(step, op.EnterNamespace)}
    if any(isinstance(step, op.EnterUserNamespace) for step in steps(plan)):
        found.add(Namespace.USER)
    return found


def test_a_build_gets_every_namespace() -> None:
    """A sandboxed build is alone in all six kinds of namespaces."""
    for identity in (OWN, OTHER):
        assert namespaces(plan_sandbox(replace(SPEC, identity=identity), COMMAND)) == set(Namespace)


def test_a_user_enters_the_user_namespace_before_mounting() -> None:
    """Mounting is allowed to an ordinary user only inside."""
    plan = plan_sandbox(SPEC, COMMAND)
    assert position(plan, op.EnterUserNamespace) < position(plan, op.EnterNamespace)
    assert op.EnterUserNamespace(1000, 100, 1234, 1234) in steps(plan)


def test_root_mounts_before_it_enters_the_user_namespace() -> None:
    """The builder then has no power over any mount."""
    plan = plan_sandbox(replace(SPEC, identity=OTHER), COMMAND)
    assert position(plan, op.EnterUserNamespace) > position(plan, op.ChangeRoot)
    assert position(plan, op.EnterUserNamespace) < position(plan, op.BecomeUser)


def test_network_is_shared_only_on_request() -> None:
    """A build that may use the network has the host's; all others have a loopback interface of their own."""
    alone = plan_sandbox(SPEC, COMMAND)
    assert op.BringUpLoopback() in steps(alone)
    assert op.WriteFile("/s/root/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n") in steps(alone)
    connected = plan_sandbox(replace(SPEC, has_network=True), COMMAND)
    assert Namespace.NETWORK not in namespaces(connected)
    assert op.BringUpLoopback() not in steps(connected)
    assert op.ForbidAbstractSockets() in steps(connected)
    assert not any(
        isinstance(step, op.WriteFile) and step.path.endswith("/hosts") for step in steps(connected)
    )


def test_inputs_are_read_only() -> None:
    """What is mounted read-only in the specification is so in the plan, and the root itself always."""
    plan = plan_sandbox(SPEC, COMMAND)
    assert op.Bind("/real/abc", "/s/root/nix/store/abc", is_read_only=True) in steps(plan)
    assert op.Bind("/busybox", "/s/root/bin/sh") in steps(plan)
    assert op.ChangeRoot("/s/root") in steps(plan)


def test_the_store_is_mounted_before_its_objects() -> None:
    """Mount points of inputs are made inside the folder for outputs."""
    binds = [
        step.target for step in steps(plan_sandbox(SPEC, COMMAND)) if isinstance(step, op.Bind)
    ]
    assert binds.index("/s/root/nix/store") < binds.index("/s/root/nix/store/abc")


def test_privileges_end_before_the_command() -> None:
    """The last steps take away what the builder does not need; nothing after them needs it."""
    kinds = [type(step) for step in plan_sandbox(SPEC, COMMAND).builder]
    assert kinds[-4:] == [
        op.SetPersonality,
        op.ForbidNewPrivileges,
        op.InstallFilter,
        op.DropCapabilities,
    ]


def test_policy_can_be_relaxed() -> None:
    """The settings that weaken a sandbox do exactly that."""
    policy = Policy(filters_system_calls=False, allows_new_privileges=True)
    kinds = {type(step) for step in plan_sandbox(replace(SPEC, policy=policy), COMMAND).builder}
    assert not kinds & {op.ForbidNewPrivileges, op.InstallFilter, op.DropCapabilities}


def test_a_32_bit_build_sees_a_32_bit_machine() -> None:
    """The personality follows the derivation's system."""
    plan = plan_sandbox(replace(SPEC, system="i686-linux"), COMMAND)
    assert op.SetPersonality(is_32_bit=True) in steps(plan)
    assert op.SetPersonality() in steps(plan_sandbox(SPEC, COMMAND))


def test_the_host_dev_replaces_the_minimal_one() -> None:
    """Somebody who mounts `/dev` gets just that."""
    mounts = {"/dev": Mount("/dev", has_devices=True)}
    targets = [
        step.target
        for step in steps(plan_sandbox(replace(SPEC, mounts=mounts), COMMAND))
        if isinstance(step, op.Bind)
    ]
    assert [target for target in targets if target.startswith("/s/root/dev")] == ["/s/root/dev"]


def test_supplementary_groups_are_dropped() -> None:
    """Root sets the builder's groups; a user cannot, which is an error only if the settings say so."""
    other = replace(OTHER, groups=(104,))
    assert op.DropGroups((104,)) in steps(plan_sandbox(replace(SPEC, identity=other), COMMAND))
    assert op.DropGroups((), is_optional=True) in steps(plan_sandbox(SPEC, COMMAND))
    strict = replace(SPEC, policy=Policy(requires_dropped_groups=True))
    assert op.DropGroups(()) in steps(plan_sandbox(strict, COMMAND))


def test_a_plan_describes_itself() -> None:
    """Every step is a line in words, the command comes last."""
    lines = plan_sandbox(SPEC, COMMAND).describe().splitlines()
    assert len(lines) == len(steps(plan_sandbox(SPEC, COMMAND))) + 1
    assert (
        "  2. enter a new user namespace: uid 1000 is the host's 1234, gid 100 is the host's 1234"
        in lines
    )
    assert lines[-1].endswith("run /bin/sh -c true")


def test_without_a_sandbox_there_are_no_namespaces() -> None:
    """Such a build keeps the privileges' limits but sees the host."""
    plan = plan_unsandboxed(SPEC, COMMAND)
    assert not namespaces(plan)
    assert op.EnterDirectory("/b/build") in steps(plan)
    assert op.ForbidNewPrivileges() in steps(plan)
    assert op.BecomeUser(1234, 1234) not in steps(plan)
    assert op.BecomeUser(872415232, 872415232) in steps(
        plan_unsandboxed(replace(SPEC, identity=OTHER), COMMAND)
    )
