"""From a job to the plan of its builder: what it is given, what it sees, who it is."""

import os
from collections.abc import Mapping
from typing import Final

from neve.builder.environment import BuilderInput, Place, prepare_input, rewrite
from neve.builder.goals import Mode
from neve.builder.job import Folders, Job
from neve.builder.output_checks import RejectedError
from neve.builder.references_graph import export_graphs
from neve.builder.results import FailureKind
from neve.builder.session import Session
from neve.builder.settings import BuildSettings
from neve.builder.shell import SHELL, find_static_shell, shell_missing
from neve.errors import SandboxError
from neve.sandbox.filter import MACHINES
from neve.sandbox.plan import Command, Mount, Plan, Policy, Spec, plan_sandbox, plan_unsandboxed
from neve.store.locks import PathLocks
from neve.store.paths import is_in_store, split_store_path

_NETWORK_FILES: Final = ("/etc/resolv.conf", "/etc/services", "/etc/hosts")
_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"
_KVM: Final = "/dev/kvm"
_HOME: Final = "/homeless-shelter"


def make_job(
    session: Session, path: str, mode: Mode, locks: PathLocks, *, skips_missing: bool = False
) -> Job:
    """A job for a derivation whose inputs exist, or in which those that do not are left out.

    Raises `NeveError`.
    """
    known = session.table.get(path)
    start = set(known.derivation.input_srcs)
    for input_drv, names in known.derivation.input_drvs.items():
        paths = session.table.output_paths(input_drv)
        start |= {paths[name] for name in names}
    if skips_missing:
        start = session.store.query_valid_paths(start)
    return Job(
        store=session.store,
        path=path,
        derivation=known.derivation,
        kind=known.kind,
        options=known.options,
        mode=mode,
        inputs=frozenset(session.closures.closure(start)),
        known=session.table.output_paths(path),
        valid=frozenset(),
        is_sandboxed=False,
        locks=locks,
    )


def wants_sandbox(job: Job, settings: BuildSettings) -> bool:
    """Whether a derivation is built in a sandbox; raises `RejectedError` when it refuses one that it must have."""
    if job.is_builtin:
        return True
    if settings.sandbox == "true" and job.options.no_chroot:
        raise RejectedError(
            f"derivation '{job.path}' has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'",
            FailureKind.OTHER,
        )
    if job.store.layout.is_relocated:
        # Only in a sandbox are its paths where their names say.
        return True
    if settings.sandbox == "relaxed":
        return not job.kind.may_use_network and not job.options.no_chroot
    return settings.sandbox == "true"


def builder_input(job: Job, folders: Folders, settings: BuildSettings) -> BuilderInput:
    """Variables and files of a job's builder; raises `BuildError`."""
    derivation = job.derivation
    is_structured = derivation.structured_attrs is not None
    graphs = export_graphs(job.store, job.options, job.inputs, is_structured=is_structured)
    place = Place(
        store_dir=job.store.store_dir,
        build_dir=folders.build_dir,
        cores=settings.build_cores,
        is_fixed=job.kind.may_use_network,
    )
    given = prepare_input(derivation, job.options, place, graphs)
    if job.kind.may_use_network:
        for name in sorted(job.options.impure_env_vars):
            value = settings.impure_env.get(name, settings.environment.get(name, ""))
            given.variables[name] = value
    given.files = {name: rewrite(text, job.rewrites) for name, text in given.files.items()}
    return given


def plan_builder(
    job: Job, folders: Folders, settings: BuildSettings, extra_mounts: Mapping[str, Mount]
) -> tuple[Plan, dict[str, str]]:
    """What the launcher does for a job, and the files that its working folder must have before.

    Raises `RejectedError`, `SandboxError`, `BuildError`.
    """
    given = builder_input(job, folders, settings)
    derivation = job.derivation
    command = Command(
        derivation.builder,
        (
            os.path.basename(derivation.builder),
            *(rewrite(argument, job.rewrites) for argument in derivation.args),
        ),
        {
            rewrite(name, job.rewrites): rewrite(value, job.rewrites)
            for name, value in given.variables.items()
        },
    )
    spec = _specify(job, folders, settings, extra_mounts if job.is_sandboxed else {})
    if not job.is_sandboxed:
        if os.path.lexists(_HOME):
            raise SandboxError(
                f'home directory "{_HOME}" exists; please remove it to assure purity of builds without sandboxing'
            )
        return plan_unsandboxed(spec, command), given.files
    missing = shell_missing(derivation.builder, spec.mounts)
    if missing is not None:
        raise SandboxError(f"cannot build '{job.path}': {missing}")
    return plan_sandbox(spec, command), given.files


def _specify(
    job: Job, folders: Folders, settings: BuildSettings, extra_mounts: Mapping[str, Mount]
) -> Spec:
    machine = os.uname().machine
    if settings.filter_syscalls and machine not in MACHINES:
        raise SandboxError(
            f"system calls cannot be filtered on {machine}; set 'filter-syscalls' to false to build without, "
            "but note that untrusted builds can then create setuid binaries"
        )
    assert job.lease is not None  # noqa: S101 - whoever runs a builder has taken one
    return Spec(
        system=job.derivation.system,
        machine=machine,
        identity=job.lease.identity,
        root=folders.root,
        store_dir=job.store.store_dir,
        output_dir=folders.output_dir,
        build_dir=folders.build_dir,
        host_build_dir=folders.host_build_dir,
        temporary_dir=folders.temporary_dir,
        mounts=_mounts(job, folders, settings, extra_mounts) if job.is_sandboxed else {},
        has_network=job.kind.may_use_network,
        policy=Policy(
            filters_system_calls=settings.filter_syscalls,
            allows_new_privileges=settings.allow_new_privileges,
            requires_dropped_groups=settings.require_drop_supplementary_groups,
            impersonates_linux_26=settings.impersonate_linux_26,
            shared_memory_size=settings.sandbox_dev_shm_size,
        ),
    )


def _mounts(
    job: Job, folders: Folders, settings: BuildSettings, extra_mounts: Mapping[str, Mount]
) -> dict[str, Mount]:
    mounts: dict[str, Mount] = {}
    shell = find_static_shell()
    if shell is not None:
        mounts[SHELL] = Mount(shell, is_read_only=True)
    mounts |= _configured_mounts(job, settings)
    mounts |= _impure_mounts(job, settings)
    mounts |= extra_mounts
    for path in job.inputs:
        mounts[path] = Mount(job.store.real_path(path), is_read_only=True)
    # What is made again must not be in the way of itself.
    for path in job.known.values():
        mounts.pop(path, None)
    if "/dev" not in mounts and "kvm" in settings.system_features and os.path.exists(_KVM):
        mounts[_KVM] = Mount(folders.make_kvm_node(job) or _KVM, has_devices=True)
    if job.kind.may_use_network:
        mounts = _network_mounts(settings) | mounts
    return mounts


def _configured_mounts(job: Job, settings: BuildSettings) -> dict[str, Mount]:
    """What `sandbox-paths` says, and what the store paths among it refer to."""
    store = job.store
    mounts: dict[str, Mount] = {}
    start = set()
    for target, source in settings.sandbox_paths.items():
        name = source.removesuffix("?")
        is_optional = name != source
        if is_in_store(name, store.store_dir):
            path, rest = split_store_path(name, store.store_dir)
            if store.is_valid_path(path):
                start.add(path)
            name = store.real_path(path) + rest
        mounts[target] = Mount(name, is_optional=is_optional, has_devices=target.startswith("/dev"))
    for path in store.compute_closure(start) if start else ():
        mounts[path] = Mount(store.real_path(path), is_read_only=True)
    return mounts


def _impure_mounts(job: Job, settings: BuildSettings) -> dict[str, Mount]:
    mounts = {}
    for path in job.options.impure_host_deps:
        canonical = os.path.normpath(path)
        if not any(
            canonical == allowed or canonical.startswith(f"{allowed.rstrip('/')}/")
            for allowed in settings.allowed_impure_host_deps
        ):
            raise RejectedError(
                f"derivation '{job.path}' requested impure path '{path}', "
                "but it was not in allowed-impure-host-deps",
                FailureKind.OTHER,
            )
        mounts[path] = Mount(canonical, is_optional=True)
    return mounts


def _network_mounts(settings: BuildSettings) -> dict[str, Mount]:
    """What programs need to find servers and to trust them."""
    mounts = {
        path: Mount(os.path.realpath(path), is_read_only=True)
        for path in _NETWORK_FILES
        if os.path.exists(path)
    }
    if settings.ssl_cert_file and os.path.exists(settings.ssl_cert_file):
        mounts[_CERTIFICATES] = Mount(os.path.realpath(settings.ssl_cert_file), is_read_only=True)
    return mounts
