"""What sandboxes would be like, without making any."""

from collections.abc import Iterable, Iterator

from neve.builder.builtin import find_builtin
from neve.builder.goals import Goal, Mode, Output
from neve.builder.job import Folders, Job
from neve.builder.output_checks import RejectedError
from neve.builder.preparation import make_job, plan_builder, wants_sandbox
from neve.builder.session import Session
from neve.errors import NeveError
from neve.store.locks import PathLocks


def explain_sandboxes(session: Session, goals: Iterable[Goal]) -> Iterator[str]:
    """For each derivation among the goals, in words, how its sandbox is made; raises `BuildError`, `SandboxError`.

    Inputs that are not built yet are left out.
    """
    derivations = dict.fromkeys(goal.derivation for goal in goals if isinstance(goal, Output))
    for derivation in derivations:
        yield f"{derivation}:"
        job = make_job(session, derivation, Mode.NORMAL, PathLocks(session.log), skips_missing=True)
        yield from _explain(session, job)


def _explain(session: Session, job: Job) -> Iterator[str]:
    if job.is_builtin:
        known = "" if find_builtin(job.derivation.builder) else ", which this version does not have"
        yield f"  built inside of this process by {job.derivation.builder}{known}"
        return
    settings = session.settings
    try:
        job.is_sandboxed = wants_sandbox(job, settings)
    except RejectedError as error:
        raise NeveError(error.failure.message) from error
    job.lease = session.identities.acquire(is_sandboxed=job.is_sandboxed)
    if job.lease is None:
        raise NeveError("all build users are in use; try again later")
    try:
        job.choose_scratch_paths()
        parent = settings.build_dir or session.store.layout.builds_dir
        job.folders = Folders(job, parent, settings.sandbox_build_dir)
        plan, files = plan_builder(job, job.folders, settings, {})
        if job.is_sandboxed:
            yield f"  ROOT is {job.folders.root}"
        for line in plan.describe().splitlines():
            yield f"  {line.replace(job.folders.root, 'ROOT')}" if job.is_sandboxed else f"  {line}"
        for name in sorted(files):
            yield f"  with the file {job.folders.build_dir}/{name}"
        for name, value in sorted(plan.command.environment.items()):
            yield f"  with the variable {name}={value!r}"
    finally:
        job.lease.release()
