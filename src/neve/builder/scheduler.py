"""What to do next so that goals are reached: a state machine without side effects.

Events go in, instructions come out; whoever drives it (`neve.builder.worker`) carries them out in any order and at the
same time. Every goal is a generator that asks for what it needs: the answer to an instruction, the end of other goals,
a free slot. Goals that others need are shared, so nothing is fetched or built twice.

    scheduler = Scheduler([Output("/nix/store/….drv", "out")], Limits(), Policy())
    instructions = scheduler.start()
    while not scheduler.is_finished:
        instructions = scheduler.handle(event_of_something_that_was_instructed)
    scheduler.summary
"""

import heapq
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from neve.builder import messages
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
from neve.builder.results import Failure, FailureKind, Outcome, Status, Success, exit_status

_CANCELLED: Final = Failure(FailureKind.CANCELLED, "cancelled")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be done at a time; at least one of each is allowed."""

    processes: int = 1
    builtins: int = 16
    fetches: int = 16

    def of(self, slot: Slot) -> int:
        """The limit of a slot."""
        numbers = {
            Slot.PROCESS: self.processes,
            Slot.BUILTIN: self.builtins,
            Slot.FETCH: self.fetches,
        }
        return max(1, numbers[slot])


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed, and what failures mean."""

    mode: Mode = Mode.NORMAL
    keep_going: bool = False
    substitute: bool = True
    fallback: bool = False
    """Build what caches promised but did not deliver."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How a session ended."""

    outcomes: Mapping[Goal, Outcome]
    failures: frozenset[FailureKind]
    """Kinds of all failures, those of dependencies among them."""

    @property
    def exit_status(self) -> int:
        """The status of the old commands when a goal failed."""
        return exit_status(self.failures)


@dataclass(slots=True)
class Counts:
    """How far one kind of work is."""

    expected: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0


@dataclass(slots=True)
class Progress:
    """How far everything is."""

    builds: Counts = field(default_factory=Counts)
    fetches: Counts = field(default_factory=Counts)
    download_size: int = 0
    """Bytes that are expected to be downloaded in all, as far as that is known."""
    nar_size: int = 0


@dataclass(frozen=True, slots=True)
class _Wait:
    """A goal needs others."""

    nodes: Sequence["_Node"]


@dataclass(frozen=True, slots=True)
class _Acquire:
    """A goal needs a slot."""

    slot: Slot
    order: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Pause:
    """A build waits until it is unblocked."""

    derivation: str


_Request = _Wait | _Acquire | _Pause | Instruction
_Process = Generator[_Request, Any, Outcome | Facts]
_Question = tuple[type, object]
"""Which answer a goal waits for: the event's type (one of them) and its subject."""


class _Node:
    """A goal in progress, or reached, or given up."""

    __slots__ = ("goal", "outcome", "process", "round", "unsettled", "waiters")

    def __init__(self, goal: Goal | str, process: _Process) -> None:
        self.goal: Final = goal
        self.process: Final = process
        self.outcome: Outcome | Facts | None = None
        self.waiters: Final[list[tuple[_Node, int]]] = []
        """Those that wait, and in which of their waits."""
        self.round = 0
        self.unsettled = 0

    @property
    def failure(self) -> Failure | None:
        """Why it failed, if it did."""
        return self.outcome if isinstance(self.outcome, Failure) else None


class Scheduler:
    """The goals of one session."""

    def __init__(self, goals: Iterable[Goal], limits: Limits, policy: Policy) -> None:
        self._limits: Final = limits
        self._policy: Final = policy
        self._nodes: Final[dict[tuple[str, object], _Node]] = {}
        self._ready: Final[deque[tuple[_Node, object]]] = deque()
        self._asked: Final[dict[_Question, _Node]] = {}
        self._queues: Final[dict[Slot, list[tuple[tuple[str, str], int, _Node]]]] = {
            slot: [] for slot in Slot
        }
        self._running: Final = dict.fromkeys(Slot, 0)
        self._building: Final[set[str]] = set()
        self._told: Final[set[str]] = set()
        self._failures: Final[set[FailureKind]] = set()
        self._instructions: list[Instruction] = []
        self._tickets = 0
        self._is_cancelled = False
        self.progress: Final = Progress()
        goals = list(dict.fromkeys(goals))
        self._checked: Final = {goal.derivation for goal in goals if isinstance(goal, Output)}
        self._top: Final = {goal: self._goal_node(goal) for goal in goals}

    @property
    def is_finished(self) -> bool:
        """Whether nothing remains to be done, nor to be waited for."""
        settled = self._is_cancelled or all(node.outcome for node in self._top.values())
        return settled and not self._building

    @property
    def summary(self) -> Summary:
        """How the goals ended; those that did not are cancelled."""
        ended: dict[Goal, Outcome] = {}
        for goal, node in self._top.items():
            outcome = node.outcome
            ended[goal] = outcome if isinstance(outcome, Success | Failure) else _CANCELLED
        return Summary(ended, frozenset(self._failures))

    @property
    def waiting(self) -> list[str]:
        """The derivations that are ready but have no slot, the next one first."""
        queued = sorted(self._queues[Slot.PROCESS] + self._queues[Slot.BUILTIN])
        return [node.goal for _, _, node in queued if isinstance(node.goal, str)]

    def start(self) -> list[Instruction]:
        """The first instructions."""
        return self._run()

    def handle(self, *events: Event) -> list[Instruction]:
        """Takes note of events; what follows from all of them."""
        for event in events:
            if isinstance(event, Cancelled):
                self._cancel()
                continue
            node = self._asked.pop(_question_of_event(event), None)
            if isinstance(event, Built | BuildFailed | Blocked):
                self._building.discard(event.derivation)
            if node is not None:
                self._ready.append((node, event))
        return self._run()

    # -- driving the goals

    def _run(self) -> list[Instruction]:
        while not self._is_cancelled:
            if self._ready:
                self._advance(*self._ready.popleft())
            elif not self._hand_out_slots() and not self._break_deadlock():
                break
        return self._take_instructions()

    def _take_instructions(self) -> list[Instruction]:
        instructions, self._instructions = self._instructions, []
        return instructions

    def _advance(self, node: _Node, value: object) -> None:
        if node.outcome is not None:
            return
        try:
            request = node.process.send(value)
        except StopIteration as end:
            self._settle(node, end.value)
            return
        if isinstance(request, _Wait):
            self._wait(node, request)
        elif isinstance(request, _Acquire):
            self._tickets += 1
            heapq.heappush(self._queues[request.slot], (request.order, self._tickets, node))
        elif isinstance(request, _Pause):
            self._asked[Unblocked, request.derivation] = node
        else:
            self._instruct(node, request)

    def _instruct(self, node: _Node, instruction: Instruction) -> None:
        self._instructions.append(instruction)
        question = _question_of_instruction(instruction)
        if question is None:
            self._ready.append((node, None))
            return
        self._asked[question] = node
        if isinstance(instruction, Build | Adopt):
            self._building.add(instruction.derivation)

    def _wait(self, node: _Node, wait: _Wait) -> None:
        node.round += 1
        node.unsettled = 0
        for other in wait.nodes:
            if other.outcome is None:
                node.unsettled += 1
                other.waiters.append((node, node.round))
            else:
                self._tell_if_failed(other)
        if node.unsettled == 0 or self._gives_up(wait.nodes):
            node.round += 1
            self._ready.append((node, None))

    def _gives_up(self, nodes: Sequence[_Node]) -> bool:
        return not self._policy.keep_going and any(map(_has_really_failed, nodes))

    def _settle(self, node: _Node, outcome: Outcome | Facts) -> None:
        node.outcome = outcome
        if isinstance(outcome, Failure):
            self._failures.add(outcome.kind)
        if any(waiter.round == turn for waiter, turn in node.waiters):
            self._tell_if_failed(node)
        for waiter, turn in node.waiters:
            if waiter.round != turn:
                continue
            waiter.unsettled -= 1
            if waiter.unsettled == 0 or self._gives_up([node]):
                # What else it waited for no longer concerns it.
                waiter.round += 1
                self._ready.append((waiter, None))
        node.waiters.clear()
        is_top = isinstance(node.goal, Output | Path) and self._top.get(node.goal) is node
        if is_top and _has_really_failed(node) and not self._policy.keep_going:
            self._cancel()

    def _tell_if_failed(self, node: _Node) -> None:
        """Says why an output failed that another derivation needs: its own message will only count failures."""
        failure = node.failure
        if failure is None or not isinstance(node.goal, Output):
            return
        if node.goal.derivation not in self._told:
            self._told.add(node.goal.derivation)
            self._instructions.append(Tell(failure))

    def _hand_out_slots(self) -> bool:
        """Gives free slots away: late, so that the first in order gets one, and none after a failure."""
        for slot, queue in self._queues.items():
            while queue and self._running[slot] < self._limits.of(slot):
                _, _, node = heapq.heappop(queue)
                self._running[slot] += 1
                self._ready.append((node, None))
        return bool(self._ready)

    def _cancel(self) -> None:
        if not self._is_cancelled:
            self._is_cancelled = True
            self._instructions += [Kill(derivation) for derivation in sorted(self._building)]

    def _break_deadlock(self) -> bool:
        """Gives a goal up when all wait for each other, as the references that a lying cache names can have them."""
        if self._asked or self._ready or any(self._queues.values()):
            return False
        for node in list(self._nodes.values()):
            if node.outcome is None and isinstance(node.goal, Path):
                node.process.close()
                self._settle(node, messages.cyclic_references(node.goal.path))
                return True
        return False

    # -- goals

    def _goal_node(self, goal: Goal) -> _Node:
        if isinstance(goal, Output):
            return self._node("output", goal, goal)
        return self._node("path", goal.path, goal)

    def _path_node(self, path: str) -> _Node:
        return self._node("path", path, Path(path))

    def _node(self, kind: str, key: object, goal: Goal | str) -> _Node:
        node = self._nodes.get((kind, key))
        if node is None:
            processes = {
                "output": self._reach_output,
                "path": self._reach_path,
                "load": self._load,
                "build": self._build,
            }
            node = _Node(goal, processes[kind](goal))  # type: ignore[operator]  # each takes its kind of goal
            self._nodes[kind, key] = node
            self._ready.append((node, None))
        return node

    def _mode(self, derivation: str) -> Mode:
        if self._policy.mode is Mode.CHECK and derivation not in self._checked:
            return Mode.NORMAL
        return self._policy.mode

    def _load(self, derivation: str) -> _Process:
        """The facts about a derivation, which may have to come from a cache first."""
        event: Loaded = yield Load(derivation, self._mode(derivation))
        if isinstance(event.facts, Failure) and event.facts.kind is FailureKind.NO_SUBSTITUTE:
            node = self._path_node(derivation)
            yield _Wait([node])
            if node.failure:
                return messages.derivation_missing(derivation)
            event = yield Load(derivation, self._mode(derivation))
        return event.facts

    def _reach_output(self, goal: Output) -> _Process:
        loading = self._node("load", goal.derivation, goal.derivation)
        yield _Wait([loading])
        facts = loading.outcome
        if not isinstance(facts, Facts):
            return loading.failure or _CANCELLED
        if goal.name not in facts.outputs:
            return messages.no_such_output(goal.derivation, goal.name)
        path = facts.outputs[goal.name]
        is_valid = goal.name in facts.valid
        status = Status.ALREADY_VALID
        mode = self._mode(goal.derivation)
        if not is_valid and path is not None and self._policy.substitute and facts.can_substitute:
            substitution = self._path_node(path)
            yield _Wait([substitution])
            failure = substitution.failure
            is_valid, status = failure is None, Status.SUBSTITUTED
            if failure and failure.kind is FailureKind.TRANSIENT and not self._policy.fallback:
                return messages.substitutes_failed(goal.derivation)
        if is_valid and path is not None and mode is not Mode.CHECK:
            if mode is Mode.REPAIR:
                return (yield from self._repair_closure(goal, path))
            return Success(status, {goal.name: path})
        if mode is Mode.CHECK and not is_valid:
            return messages.cannot_check(goal.derivation)
        return (yield from self._build_output(goal))

    def _build_output(self, goal: Output) -> _Process:
        building = self._node("build", goal.derivation, goal.derivation)
        yield _Wait([building])
        outcome = building.outcome
        if isinstance(outcome, Success):
            return Success(outcome.status, {goal.name: outcome.paths[goal.name]})
        return building.failure or _CANCELLED

    def _repair_closure(self, goal: Output, path: str) -> _Process:
        inspected: Inspected = yield Inspect(goal)
        nodes = []
        for damaged, derivation in sorted(inspected.damaged.items()):
            if derivation is None or derivation == goal.derivation:
                nodes.append(self._path_node(damaged))
            else:
                nodes.append(self._node("build", derivation, derivation))
        yield _Wait(nodes)
        if any(node.failure for node in nodes):
            return messages.closure_not_repaired(goal.derivation)
        return Success(Status.ALREADY_VALID, {goal.name: path})

    def _reach_path(self, goal: Path) -> _Process:
        path = goal.path
        found: Found = yield Find(path)
        if found.is_valid:
            return Success(Status.ALREADY_VALID, {"": path})
        has_failed = False
        for offer in found.offers:
            references = [self._path_node(other) for other in sorted(offer.references - {path})]
            yield _Wait(references)
            failures = [node.failure for node in references if node.failure]
            if failures:
                return messages.references_missing(path, failures)
            event = yield from self._fetch(path, offer)
            if event.error is None:
                return Success(Status.SUBSTITUTED, {"": path})
            has_failed = has_failed or not event.has_vanished
        return messages.no_substitute(path, has_failed=has_failed)

    def _fetch(self, path: str, offer: Offer) -> Generator[_Request, Any, Fetched]:
        counts = self.progress.fetches
        counts.expected += 1
        self.progress.download_size += offer.download_size
        self.progress.nar_size += offer.nar_size
        yield _Acquire(Slot.FETCH, _order(path))
        counts.running += 1
        event: Fetched = yield Fetch(path, offer)
        counts.running -= 1
        if event.error is None:
            counts.done += 1
        else:
            counts.failed += 1
        self._running[Slot.FETCH] -= 1
        return event

    def _build(self, derivation: str) -> _Process:
        loading = self._node("load", derivation, derivation)
        yield _Wait([loading])
        facts = loading.outcome
        if not isinstance(facts, Facts):
            return loading.failure or _CANCELLED
        counts = self.progress.builds
        counts.expected += 1
        inputs = {
            Output(input_drv, name): self._goal_node(Output(input_drv, name))
            for input_drv, names in sorted(facts.inputs.items())
            for name in sorted(names)
        }
        sources = [self._path_node(path) for path in sorted(facts.missing_sources)]
        yield _Wait([*inputs.values(), *sources])
        failed = {goal.derivation for goal, node in inputs.items() if node.failure}
        failed.update(
            node.goal.path for node in sources if node.failure and isinstance(node.goal, Path)
        )
        if failed:
            counts.expected -= 1
            return messages.dependencies_failed(derivation, len(failed), facts)
        if facts.must_resolve:
            counts.expected -= 1
            return (yield from self._build_resolved(derivation, facts, inputs))
        return (yield from self._run_builder(derivation, facts))

    def _run_builder(self, derivation: str, facts: Facts) -> _Process:
        counts = self.progress.builds
        while True:
            yield _Acquire(facts.slot, _order(derivation))
            counts.running += 1
            event: Built | BuildFailed | Blocked = yield Build(derivation, self._mode(derivation))
            counts.running -= 1
            self._running[facts.slot] -= 1
            if not isinstance(event, Blocked):
                break
            yield _Pause(derivation)
        if isinstance(event, BuildFailed):
            counts.failed += 1
            return event.failure
        counts.done += 1
        status = Status.BUILT if event.was_built else Status.ALREADY_VALID
        return Success(status, event.paths)

    def _build_resolved(
        self, derivation: str, facts: Facts, inputs: Mapping[Output, _Node]
    ) -> _Process:
        paths: dict[str, dict[str, str]] = {}
        for goal, node in inputs.items():
            if isinstance(node.outcome, Success):
                paths.setdefault(goal.derivation, {}).update(node.outcome.paths)
        event: Resolved = yield Resolve(derivation, paths)
        if isinstance(event.resolved, Failure):
            return event.resolved
        outputs = [self._goal_node(Output(event.resolved, name)) for name in sorted(facts.outputs)]
        yield _Wait(outputs)
        if any(node.failure for node in outputs):
            return messages.resolved_failed(event.resolved)
        merged: dict[str, str] = {}
        for node in outputs:
            if isinstance(node.outcome, Success):
                merged.update(node.outcome.paths)
        adopted: Built | BuildFailed = yield Adopt(derivation, event.resolved, merged)
        if isinstance(adopted, BuildFailed):
            return adopted.failure
        return Success(Status.BUILT, merged)


def _has_really_failed(node: _Node) -> bool:
    """What no cache has can still be built, so its absence stops nobody."""
    return node.failure is not None and node.failure.kind is not FailureKind.NO_SUBSTITUTE


def _order(path: str) -> tuple[str, str]:
    """By name, then by the whole path."""
    return path[path.rindex("/") + 34 :], path


_ANSWERS: Final = {
    Load: Loaded,
    Find: Found,
    Fetch: Fetched,
    Build: Built,
    Adopt: Built,
    Resolve: Resolved,
    Inspect: Inspected,
}


def _question_of_instruction(instruction: Instruction) -> _Question | None:
    answer = _ANSWERS.get(type(instruction))
    return None if answer is None else (answer, _subject(instruction))


def _question_of_event(event: Event) -> _Question:
    kind = type(event)
    return (Built if kind in {BuildFailed, Blocked} else kind), _subject(event)


def _subject(item: Any) -> object:
    for name in ("output", "derivation", "path"):
        if hasattr(item, name):
            return getattr(item, name)
    raise TypeError(item)
