"""The scheduler, driven without a process, a store or a network."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from neve.builder.events import (
    Adopt,
    Blocked,
    Build,
    BuildFailed,
    Built,
    Cancelled,
    Event,
    Facts,
    Fetch,
    Fetched,
    Find,
    Found,
    Inspect,
    Inspected,
    Instruction,
    Kill,
    Load,
    Loaded,
    Offer,
    Resolve,
    Resolved,
    Slot,
    Tell,
    Unblocked,
)
from neve.builder.goals import Goal, Mode, Output, Path
from neve.builder.results import Failure, FailureKind, Status, Success, exit_status
from neve.builder.scheduler import Limits, Policy, Scheduler

DEFAULT_POLICY = Policy()
DEFAULT_LIMITS = Limits()
FAILED = Failure(FailureKind.BUILDER_FAILED, "builder failed")


def drv(name: str) -> str:
    return f"/nix/store/{'0' * 32}-{name}.drv"


def out(name: str) -> str:
    return f"/nix/store/{'1' * 32}-{name}"


def facts(
    name: str,
    inputs: Iterable[str] = (),
    *,
    valid: bool = False,
    can_substitute: bool = False,
    outputs: Iterable[str] = ("out",),
    slot: Slot = Slot.PROCESS,
    sources: Iterable[str] = (),
) -> Facts:
    """A derivation `name` that needs the `out` outputs of others."""
    paths = {output: out(name if output == "out" else f"{name}-{output}") for output in outputs}
    return Facts(
        outputs=paths,
        valid=frozenset(paths) if valid else frozenset(),
        inputs={drv(other): frozenset({"out"}) for other in inputs},
        missing_sources=frozenset(sources),
        can_substitute=can_substitute,
        slot=slot,
    )


@dataclass
class World:
    """Answers instructions as a store, caches and builders with these contents would."""

    derivations: Mapping[str, Facts | Failure] = field(default_factory=dict)
    offers: Mapping[str, tuple[Offer, ...]] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()
    failing_fetches: frozenset[tuple[str, str]] = frozenset()
    log: list[Instruction] = field(default_factory=list)
    most_at_once: dict[type, int] = field(default_factory=dict)

    def answer(self, instruction: Instruction) -> Event | None:
        match instruction:
            case Load(derivation):
                missing = Failure(FailureKind.NO_SUBSTITUTE, "missing")
                return Loaded(derivation, self.derivations.get(derivation, missing))
            case Find(path):
                return Found(path, is_valid=False, offers=self.offers.get(path, ()))
            case Fetch(path, offer):
                fails = (path, offer.cache) in self.failing_fetches
                return Fetched(path, error="broken" if fails else None)
            case Build(derivation):
                if derivation in self.failing:
                    return BuildFailed(derivation, FAILED)
                found = self.derivations[derivation]
                assert isinstance(found, Facts)
                return Built(derivation, {name: path or "" for name, path in found.outputs.items()})
            case Inspect(output):
                return Inspected(output)
            case _:
                return None

    def run(self, scheduler: Scheduler, seed: int = 0) -> None:
        """Answers everything in a random order, noting how much was in progress at a time."""
        chance = random.Random(seed)
        open_instructions: list[Instruction] = []
        new = scheduler.start()
        while True:
            self.log += new
            for instruction in new:
                if isinstance(instruction, Kill):
                    open_instructions = [
                        other
                        for other in open_instructions
                        if not (
                            isinstance(other, Build) and other.derivation == instruction.derivation
                        )
                    ]
                    open_instructions.append(instruction)
                else:
                    open_instructions.append(instruction)
            for kind in (Build, Fetch):
                count = sum(isinstance(item, kind) for item in open_instructions)
                self.most_at_once[kind] = max(count, self.most_at_once.get(kind, 0))
            if not open_instructions:
                return
            instruction = open_instructions.pop(chance.randrange(len(open_instructions)))
            event: Event | None
            if isinstance(instruction, Kill):
                event = BuildFailed(instruction.derivation, FAILED)
            else:
                event = self.answer(instruction)
            new = [] if event is None else scheduler.handle(event)

    def built(self) -> list[str]:
        return [item.derivation for item in self.log if isinstance(item, Build)]

    def fetched(self) -> list[tuple[str, str]]:
        return [(item.path, item.offer.cache) for item in self.log if isinstance(item, Fetch)]

    def told(self) -> list[str]:
        return [item.failure.message for item in self.log if isinstance(item, Tell)]


def schedule(
    world: World,
    goals: Iterable[Goal],
    policy: Policy = DEFAULT_POLICY,
    limits: Limits = DEFAULT_LIMITS,
    *,
    seed: int = 0,
) -> Scheduler:
    scheduler = Scheduler(goals, limits, policy)
    world.run(scheduler, seed)
    assert scheduler.is_finished
    return scheduler


def is_finished(scheduler: Scheduler) -> bool:
    """The property through a call, so that a type checker does not take it for constant."""
    return scheduler.is_finished


def chain(length: int) -> dict[str, Facts | Failure]:
    return {drv(f"d{n}"): facts(f"d{n}", [f"d{n - 1}"] if n else []) for n in range(length)}


def test_a_valid_output_needs_nothing() -> None:
    """What exists is neither built nor are its inputs looked at."""
    world = World({drv("a"): facts("a", ["b"], valid=True)})
    scheduler = schedule(world, [Output(drv("a"), "out")])
    assert world.log == [Load(drv("a"))]
    assert scheduler.summary.outcomes == {
        Output(drv("a"), "out"): Success(Status.ALREADY_VALID, {"out": out("a")})
    }


def test_inputs_are_built_first() -> None:
    """A derivation is built after all that it needs, in every order in which answers may arrive."""
    derivations: dict[str, Facts | Failure] = {
        drv("top"): facts("top", ["left", "right"]),
        drv("left"): facts("left", ["base"]),
        drv("right"): facts("right", ["base"]),
        drv("base"): facts("base"),
    }
    for seed in range(50):
        world = World(derivations)
        schedule(world, [Output(drv("top"), "out")], limits=Limits(processes=4), seed=seed)
        order = world.built()
        assert sorted(order) == sorted(derivations)
        assert order[0] == drv("base")
        assert order[-1] == drv("top")


def test_goals_are_shared() -> None:
    """Two goals that need one derivation have it built once, whichever outputs they want."""
    world = World({drv("a"): facts("a", outputs=["out", "dev"])})
    goals = [Output(drv("a"), "out"), Output(drv("a"), "dev"), Output(drv("a"), "out")]
    scheduler = schedule(world, goals)
    assert world.built() == [drv("a")]
    assert scheduler.summary.outcomes[goals[1]] == Success(Status.BUILT, {"dev": out("a-dev")})


def test_only_so_many_builds_run_at_once() -> None:
    """`max-jobs` bounds builders and does not keep downloads from running."""
    derivations: dict[str, Facts | Failure] = {
        drv(f"d{n}"): facts(f"d{n}", slot=Slot.BUILTIN if n % 2 else Slot.PROCESS)
        for n in range(40)
    }
    world = World(derivations)
    limits = Limits(processes=3, builtins=5)
    schedule(world, [Output(path, "out") for path in derivations], limits=limits)
    assert world.most_at_once[Build] == 8
    assert len(world.built()) == 40


def test_ready_builds_start_by_name() -> None:
    """With one job, derivations that are known together are built in the order of their names, as Nix does."""
    names = ["cc", "aa", "bb"]
    scheduler = Scheduler([Output(drv(name), "out") for name in names], Limits(), Policy())
    assert scheduler.start() == [Load(drv(name)) for name in names]
    new = scheduler.handle(*(Loaded(drv(name), facts(name)) for name in names))
    order = []
    while new:
        [build] = new
        assert isinstance(build, Build)
        order.append(build.derivation)
        new = scheduler.handle(Built(build.derivation, {"out": ""}))
    assert order == [drv("aa"), drv("bb"), drv("cc")]


def test_a_failure_ends_everything() -> None:
    """Without `keep-going`, running builders are killed and nothing new starts."""
    derivations = {drv(name): facts(name) for name in ("bad", "slow", "waiting")}
    scheduler = Scheduler(
        [Output(path, "out") for path in derivations], Limits(processes=2), Policy()
    )
    new = scheduler.start()
    for path, found in derivations.items():
        new += scheduler.handle(Loaded(path, found))
    builds = [item for item in new if isinstance(item, Build)]
    assert builds == [Build(drv("bad")), Build(drv("slow"))]
    assert scheduler.handle(BuildFailed(drv("bad"), FAILED)) == [Kill(drv("slow"))]
    assert is_finished(scheduler) is False
    assert scheduler.handle(BuildFailed(drv("slow"), FAILED)) == []
    assert is_finished(scheduler) is True
    kinds = {
        goal.derivation: outcome.kind
        for goal, outcome in scheduler.summary.outcomes.items()
        if isinstance(goal, Output) and isinstance(outcome, Failure)
    }
    assert kinds == {
        drv("bad"): FailureKind.BUILDER_FAILED,
        drv("slow"): FailureKind.CANCELLED,
        drv("waiting"): FailureKind.CANCELLED,
    }


def test_dependents_of_a_failure_fail() -> None:
    """The message of a dependent counts its failed inputs; that of the input itself is told once."""
    derivations: dict[str, Facts | Failure] = {
        drv("top"): facts("top", ["bad", "middle"]),
        drv("middle"): facts("middle", ["bad"]),
        drv("bad"): facts("bad"),
    }
    goal = Output(drv("top"), "out")
    for seed in range(20):
        world = World(derivations, failing=frozenset({drv("bad")}))
        scheduler = schedule(world, [goal], Policy(keep_going=True), seed=seed)
        outcome = scheduler.summary.outcomes[goal]
        assert isinstance(outcome, Failure)
        assert outcome.kind is FailureKind.DEPENDENCY_FAILED
        assert "2 dependencies failed" in outcome.message
        assert world.told().count(FAILED.message) == 1
        assert world.built() == [drv("bad")]


def test_keep_going_builds_what_can_be_built() -> None:
    """With `keep-going`, only what depends on the failure is left out."""
    derivations: dict[str, Facts | Failure] = {
        drv("bad"): facts("bad"),
        drv("user"): facts("user", ["bad"]),
        drv("good"): facts("good", ["base"]),
        drv("base"): facts("base"),
    }
    world = World(derivations, failing=frozenset({drv("bad")}))
    goals: list[Goal] = [Output(drv(name), "out") for name in ("bad", "user", "good")]
    scheduler = schedule(world, goals, Policy(keep_going=True))
    assert set(world.built()) == {drv("bad"), drv("good"), drv("base")}
    assert [isinstance(scheduler.summary.outcomes[goal], Success) for goal in goals] == [
        False,
        False,
        True,
    ]


def test_without_keep_going_one_failed_input_is_enough() -> None:
    """The first failure among the inputs decides, whatever else is under way."""
    derivations: dict[str, Facts | Failure] = {
        drv("top"): facts("top", ["bad", "other"]),
        drv("bad"): facts("bad"),
        drv("other"): facts("other"),
    }
    scheduler = Scheduler([Output(drv("top"), "out")], Limits(processes=2), Policy())
    new = scheduler.start()
    while new and not any(isinstance(item, Build) for item in new):
        new = [
            instruction
            for item in new
            if isinstance(item, Load)
            for instruction in scheduler.handle(
                Loaded(item.derivation, derivations[item.derivation])
            )
        ]
    assert new == [Build(drv("bad")), Build(drv("other"))]
    assert scheduler.handle(BuildFailed(drv("bad"), FAILED)) == [Tell(FAILED), Kill(drv("other"))]
    outcome = scheduler.summary.outcomes[Output(drv("top"), "out")]
    assert isinstance(outcome, Failure)
    assert "1 dependency failed" in outcome.message


def offer(cache: str, *references: str, size: int = 0) -> Offer:
    return Offer(cache, frozenset(references), download_size=size)


def test_substitutes_come_before_builds() -> None:
    """What a cache has is fetched with all it refers to, and neither it nor its inputs are built."""
    world = World(
        {drv("a"): facts("a", ["b"], can_substitute=True)},
        {out("a"): (offer("c1", out("a"), out("lib"), size=7),), out("lib"): (offer("c1"),)},
    )
    scheduler = schedule(world, [Output(drv("a"), "out")])
    assert world.fetched() == [(out("lib"), "c1"), (out("a"), "c1")]
    assert world.built() == []
    assert scheduler.summary.outcomes[Output(drv("a"), "out")] == Success(
        Status.SUBSTITUTED, {"out": out("a")}
    )
    assert scheduler.progress.download_size == 7


def test_nothing_is_looked_for_in_caches_when_they_are_off() -> None:
    """Neither the setting nor a derivation that forbids substitution lets a cache be asked."""
    world = World({drv("a"): facts("a", can_substitute=True)}, {out("a"): (offer("c1"),)})
    schedule(world, [Output(drv("a"), "out")], Policy(substitute=False))
    assert not any(isinstance(item, Find) for item in world.log)
    world = World({drv("a"): facts("a")}, {out("a"): (offer("c1"),)})
    schedule(world, [Output(drv("a"), "out")])
    assert not any(isinstance(item, Find) for item in world.log)


def test_the_next_cache_is_tried() -> None:
    """A download that fails is tried from the next cache that has the path."""
    world = World(
        {drv("a"): facts("a", can_substitute=True)},
        {out("a"): (offer("c1"), offer("c2"))},
        failing_fetches=frozenset({(out("a"), "c1")}),
    )
    schedule(world, [Output(drv("a"), "out")])
    assert world.fetched() == [(out("a"), "c1"), (out("a"), "c2")]
    assert world.built() == []


def test_fallback_builds_what_caches_fail_to_deliver() -> None:
    """A broken promise is a failure unless `fallback` is on; no promise at all is none."""
    derivations: dict[str, Facts | Failure] = {drv("a"): facts("a", can_substitute=True)}
    offers = {out("a"): (offer("c1"),)}
    failing = frozenset({(out("a"), "c1")})
    goal = Output(drv("a"), "out")
    world = World(derivations, offers, failing_fetches=failing)
    outcome = schedule(world, [goal]).summary.outcomes[goal]
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TRANSIENT
    assert "--fallback" in outcome.message
    world = World(derivations, offers, failing_fetches=failing)
    assert isinstance(
        schedule(world, [goal], Policy(fallback=True)).summary.outcomes[goal], Success
    )
    assert world.built() == [drv("a")]
    world = World(derivations)
    assert isinstance(schedule(world, [goal]).summary.outcomes[goal], Success)
    assert world.built() == [drv("a")]


def test_a_vanished_path_is_no_failure() -> None:
    """A cache that collected a path between promise and download is as good as one without it."""
    scheduler = Scheduler([Output(drv("a"), "out")], Limits(), Policy())
    scheduler.start()
    scheduler.handle(Loaded(drv("a"), facts("a", can_substitute=True)))
    scheduler.handle(Found(out("a"), is_valid=False, offers=(offer("c1"),)))
    assert scheduler.handle(Fetched(out("a"), error="gone", has_vanished=True)) == [Build(drv("a"))]


def test_references_that_no_cache_has_lead_to_a_build() -> None:
    """A path whose references are missing cannot be fetched, so it is built."""
    world = World(
        {drv("a"): facts("a", can_substitute=True)}, {out("a"): (offer("c1", out("lost")),)}
    )
    schedule(world, [Output(drv("a"), "out")])
    assert world.fetched() == []
    assert world.built() == [drv("a")]


def test_circular_references_are_given_up() -> None:
    """Caches that make two paths refer to each other keep nobody waiting for ever."""
    world = World(offers={out("a"): (offer("c1", out("b")),), out("b"): (offer("c1", out("a")),)})
    goal = Path(out("a"))
    outcome = schedule(world, [goal], Policy(keep_going=True)).summary.outcomes[goal]
    assert isinstance(outcome, Failure)
    assert world.fetched() == []


def test_missing_sources_are_fetched() -> None:
    """An input source that the store lost comes from a cache before the build."""
    world = World({drv("a"): facts("a", sources=[out("src")])}, {out("src"): (offer("c1"),)})
    schedule(world, [Output(drv("a"), "out")])
    assert world.fetched() == [(out("src"), "c1")]
    assert world.built() == [drv("a")]
    goal = Output(drv("a"), "out")
    outcome = schedule(
        World({drv("a"): facts("a", sources=[out("src")])}), [goal]
    ).summary.outcomes[goal]
    assert isinstance(outcome, Failure)
    assert "1 dependency failed" in outcome.message


def test_a_missing_derivation_is_fetched() -> None:
    """A derivation that is not in the store may come from a cache; then it is read."""
    scheduler = Scheduler([Output(drv("a"), "out")], Limits(), Policy())
    assert scheduler.start() == [Load(drv("a"))]
    missing = Failure(FailureKind.NO_SUBSTITUTE, "missing")
    assert scheduler.handle(Loaded(drv("a"), missing)) == [Find(drv("a"))]
    found = offer("c1")
    assert scheduler.handle(Found(drv("a"), is_valid=False, offers=(found,))) == [
        Fetch(drv("a"), found)
    ]
    assert scheduler.handle(Fetched(drv("a"))) == [Load(drv("a"))]
    assert scheduler.handle(Loaded(drv("a"), facts("a"))) == [Build(drv("a"))]


def test_a_derivation_that_is_nowhere_is_a_failure() -> None:
    """The message names the derivation."""
    goal = Output(drv("a"), "out")
    outcome = schedule(World(), [goal]).summary.outcomes[goal]
    assert isinstance(outcome, Failure)
    assert drv("a") in outcome.message


def test_an_unknown_output_is_a_failure() -> None:
    """A derivation is not built for an output it does not have."""
    goal = Output(drv("a"), "man")
    world = World({drv("a"): facts("a")})
    outcome = schedule(world, [goal]).summary.outcomes[goal]
    assert isinstance(outcome, Failure)
    assert "'man'" in outcome.message
    assert world.built() == []


def test_checking_builds_again() -> None:
    """`--check` builds what is valid, but not what it depends on, and refuses what is not there to compare with."""
    derivations: dict[str, Facts | Failure] = {
        drv("a"): facts("a", ["b"], valid=True),
        drv("b"): facts("b", valid=True),
    }
    world = World(derivations)
    schedule(world, [Output(drv("a"), "out")], Policy(mode=Mode.CHECK))
    assert world.log == [
        Load(drv("a"), Mode.CHECK),
        Load(drv("b")),
        Build(drv("a"), Mode.CHECK),
    ]
    goal = Output(drv("a"), "out")
    world = World({drv("a"): facts("a")})
    outcome = schedule(world, [goal], Policy(mode=Mode.CHECK)).summary.outcomes[goal]
    assert isinstance(outcome, Failure)
    assert "checking is not possible" in outcome.message
    assert world.built() == []


def test_repairing_rebuilds_damaged_outputs() -> None:
    """A damaged output is made again; an undamaged one has its closure looked at."""
    goal = Output(drv("a"), "out")
    world = World({drv("a"): facts("a")})
    schedule(world, [goal], Policy(mode=Mode.REPAIR))
    assert world.log[-1] == Build(drv("a"), Mode.REPAIR)
    world = World({drv("a"): facts("a", valid=True)})
    schedule(world, [goal], Policy(mode=Mode.REPAIR))
    assert world.log == [Load(drv("a"), Mode.REPAIR), Inspect(goal)]


def test_repairing_reaches_the_closure() -> None:
    """Damage in what an output refers to is repaired by whoever makes it, or from a cache."""
    goal = Output(drv("a"), "out")
    scheduler = Scheduler([goal], Limits(), Policy(mode=Mode.REPAIR))
    scheduler.start()
    scheduler.handle(Loaded(drv("a"), facts("a", valid=True)))
    new = scheduler.handle(Inspected(goal, {out("b"): drv("b"), out("c"): None}))
    assert set(new) == {Load(drv("b"), Mode.REPAIR), Find(out("c"))}
    assert scheduler.handle(Found(out("c"), is_valid=True)) == []
    assert scheduler.handle(Loaded(drv("b"), facts("b"))) == [Build(drv("b"), Mode.REPAIR)]
    scheduler.handle(Built(drv("b"), {"out": out("b")}))
    assert isinstance(scheduler.summary.outcomes[goal], Success)


def test_a_blocked_build_gives_its_slot_to_another() -> None:
    """While another process holds the lock of one derivation, others are built."""
    scheduler = Scheduler(
        [Output(drv("a"), "out"), Output(drv("b"), "out")], Limits(processes=1), Policy()
    )
    scheduler.start()
    assert scheduler.handle(Loaded(drv("a"), facts("a"))) == [Build(drv("a"))]
    assert scheduler.handle(Loaded(drv("b"), facts("b"))) == []
    assert scheduler.handle(Blocked(drv("a"))) == [Build(drv("b"))]
    assert scheduler.handle(Unblocked(drv("a"))) == []
    assert scheduler.handle(Built(drv("b"), {"out": out("b")})) == [Build(drv("a"))]
    scheduler.handle(Built(drv("a"), {"out": out("a")}, was_built=False))
    assert scheduler.summary.outcomes[Output(drv("a"), "out")] == Success(
        Status.ALREADY_VALID, {"out": out("a")}
    )


def test_cancelling_kills_and_waits() -> None:
    """An interrupted session is finished when the builders that ran are gone."""
    scheduler = Scheduler([Output(drv("a"), "out")], Limits(), Policy())
    scheduler.start()
    scheduler.handle(Loaded(drv("a"), facts("a")))
    assert scheduler.handle(Cancelled()) == [Kill(drv("a"))]
    assert is_finished(scheduler) is False
    assert scheduler.handle(Cancelled()) == []
    assert scheduler.handle(BuildFailed(drv("a"), FAILED)) == []
    assert is_finished(scheduler) is True
    outcome = scheduler.summary.outcomes[Output(drv("a"), "out")]
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.CANCELLED


def test_a_derivation_is_resolved_when_its_inputs_are_known() -> None:
    """A derivation whose inputs have no paths of their own becomes another one, whose outputs it adopts."""
    floating = Facts(
        {"out": None}, frozenset(), {drv("dep"): frozenset({"out"})}, must_resolve=True
    )
    scheduler = Scheduler([Output(drv("a"), "out")], Limits(), Policy())
    scheduler.start()
    scheduler.handle(Loaded(drv("a"), floating))
    scheduler.handle(Loaded(drv("dep"), Facts({"out": None}, frozenset(), {})))
    [resolve] = scheduler.handle(Built(drv("dep"), {"out": out("dep")}))
    assert resolve == Resolve(drv("a"), {drv("dep"): {"out": out("dep")}})
    assert scheduler.handle(Resolved(drv("a"), drv("a2"))) == [Load(drv("a2"))]
    assert scheduler.handle(Loaded(drv("a2"), Facts({"out": None}, frozenset(), {}))) == [
        Build(drv("a2"))
    ]
    assert scheduler.handle(Built(drv("a2"), {"out": out("a")})) == [
        Adopt(drv("a"), drv("a2"), {"out": out("a")})
    ]
    scheduler.handle(Built(drv("a"), {"out": out("a")}))
    assert scheduler.summary.outcomes[Output(drv("a"), "out")] == Success(
        Status.BUILT, {"out": out("a")}
    )


def test_long_chains_do_not_recurse() -> None:
    """Ten thousand derivations in a row need no deep stack."""
    derivations = chain(10_000)
    world = World(derivations)
    schedule(world, [Output(drv("d9999"), "out")])
    assert world.built() == list(derivations)


def test_progress_counts() -> None:
    """Progress tells what is expected, done and failed."""
    world = World(
        {drv("bad"): facts("bad"), drv("a"): facts("a", ["b"]), drv("b"): facts("b")},
        failing=frozenset({drv("bad")}),
    )
    goals: list[Goal] = [Output(drv("bad"), "out"), Output(drv("a"), "out")]
    builds = schedule(world, goals, Policy(keep_going=True)).progress.builds
    assert (builds.expected, builds.done, builds.failed, builds.running) == (3, 2, 1, 0)


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_are_built_completely(seed: int) -> None:
    """Any graph is built once and in order, whatever is substituted or fails, and always comes to an end."""
    chance = random.Random(seed)
    names = [f"n{n:02}" for n in range(30)]
    derivations: dict[str, Facts | Failure] = {}
    for index, name in enumerate(names):
        inputs = chance.sample(names[:index], min(index, chance.randrange(4)))
        derivations[drv(name)] = facts(name, inputs, can_substitute=chance.random() < 0.3)
    offers = {out(name): (offer("c1"),) for name in names if chance.random() < 0.3}
    failing = frozenset(drv(name) for name in names if chance.random() < 0.1)
    keep_going = chance.random() < 0.5
    world = World(derivations, offers, failing)
    goals: list[Goal] = [Output(drv(name), "out") for name in chance.sample(names, 5)]
    policy = Policy(keep_going=keep_going)
    scheduler = schedule(world, goals, policy, Limits(processes=3), seed=seed)
    order = world.built()
    assert len(order) == len(set(order))
    ready = {path for path, _ in world.fetched()}
    for path in order:
        found = derivations[path]
        assert isinstance(found, Facts)
        if keep_going or not failing & set(order):
            for input_drv in found.inputs:
                needed = derivations[input_drv]
                assert isinstance(needed, Facts)
                assert needed.outputs["out"] in ready or input_drv in order[: order.index(path)]
    if not failing:
        assert all(isinstance(outcome, Success) for outcome in scheduler.summary.outcomes.values())


def test_exit_statuses() -> None:
    """The status of the old commands tells the kinds of failures apart, and combines them."""
    kinds = FailureKind
    assert exit_status([kinds.BUILDER_FAILED]) == 100
    assert exit_status([kinds.TIMED_OUT]) == 101
    assert exit_status([kinds.HASH_MISMATCH]) == 102
    assert exit_status([kinds.NOT_DETERMINISTIC]) == 104
    assert exit_status([kinds.BUILDER_FAILED, kinds.HASH_MISMATCH]) == 102
    assert exit_status([kinds.BUILDER_FAILED, kinds.NOT_DETERMINISTIC]) == 108
    assert exit_status([kinds.INPUT_REJECTED, kinds.DEPENDENCY_FAILED]) == 100
    assert exit_status([kinds.OUTPUT_REJECTED]) == 1
    assert exit_status([]) == 1
