"""The pool: which input is in which slot, when slots are filled, and when the pool changes its size."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mtlbench.engines.batching import is_out_of_memory, pack, release_memory
from mtlbench.engines.clock import CLOCK
from mtlbench.engines.slots.decoder import Decoder
from mtlbench.engines.slots.memory import Memory

SHRUNK = 0.8
"""The memory is laid out anew once the longest input still read is this much shorter."""
ALIKE = 4
"""Rows that the pool empties by: to end with ever one less would make every product's shape a new one."""
ENCODED = 2_048
"""Tokens that a CPU encodes at once: what lies between two layers then stays in its cache."""
TOLD = 16
"""Outputs that are given out together."""


class Job(NamedTuple):
    """An input: its number and token ids, how many tokens may be written, and how many must be; `first` is a forced first
    token, or −1.
    """

    number: int
    source: list[int]
    most: int
    fewest: int = 0
    first: int = -1


class Written(NamedTuple):
    """What was written to a job, the end token included, and the seconds it took: its share of each step."""

    number: int
    tokens: list[int]
    seconds: float


class Ends(NamedTuple):
    """With which token the decoder starts, and which end an output; `forced` ends one that runs into its limit, or −1."""

    start: int
    tokens: Sequence[int]
    padding: int
    forced: int = -1


@dataclass(slots=True)
class _Seat:
    """A job in its slot."""

    job: Job
    since: float
    """The pool's clock when it came, less what its encoding took."""
    tokens: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Queue:
    """Batches that wait to be encoded, encoded inputs without padding with the seconds that each took, and the slots."""

    waiting: deque[list[Job]]
    state: _State
    encoded: deque[tuple[Job, Tensor, float]] = field(default_factory=deque)

    def __bool__(self) -> bool:
        return bool(self.waiting or self.encoded or self.state.seats)

    def left(self) -> list[Job]:
        """All jobs that are not finished."""
        seated = [seat.job for seat in self.state.seats.values()]
        return [*seated, *(job for job, _, _ in self.encoded), *(job for batch in self.waiting for job in batch)]


class Pool:
    """Decodes greedily, `slots` inputs at once.

    `budget` is of padded tokens: of a batch that is encoded, and twice that of inputs in memory.
    """

    def __init__(
        self,
        network: Any,
        decoder: Decoder,
        ends: Ends,
        slots: int,
        budget: int,
        notify: Callable[[str], None] = print,
    ) -> None:
        self._network, self._decoder, self._ends = network, decoder, ends
        self._most_slots, self._budget, self._notify = slots, budget, notify
        self._clock = 0.0
        """Seconds that each of the rows in the pool has taken part in: the sum over steps of seconds ÷ rows."""

    def run(self, jobs: Sequence[Job]) -> Iterator[list[Written]]:
        """Everything written, as it is finished; longest inputs first. Where memory runs out, half the slots go on, and
        what was in the pool begins anew.
        """
        queue, done = self._queue(jobs), list[Written]()
        while queue:
            try:
                done += self._advance(queue)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error) or self._most_slots == 1:
                    raise
                queue = self._smaller(queue)
            if len(done) >= TOLD:
                yield done
                done = []
        if done:
            yield done

    def _queue(self, jobs: Sequence[Job]) -> _Queue:
        at_once = min(self._budget, ENCODED) if self._network.device.type == "cpu" else self._budget
        batches = pack([len(job.source) for job in jobs], at_once, self._most_slots)
        longest, slots = max(len(job.source) for job in jobs), min(self._most_slots, len(jobs))
        capacity = max(longest, min(2 * self._budget, slots * longest))
        like = torch.empty(0, dtype=self._network.dtype, device=self._network.device)
        memory = Memory(self._decoder.shape, slots, capacity, max(job.most for job in jobs), like)
        state = _State(self._decoder, memory, capacity, self._ends)
        return _Queue(deque([jobs[index] for index in batch] for batch in batches), state)

    def _smaller(self, queue: _Queue) -> _Queue:
        """The same work for half the slots."""
        left, before = queue.left(), self._most_slots
        queue.state.seats.clear()
        release_memory()
        self._most_slots, self._budget = self._most_slots // 2, max(1, self._budget // 2)
        self._notify(f"out of memory with {before} rows: going on with {self._most_slots}")
        return self._queue(left)

    def _advance(self, queue: _Queue) -> list[Written]:
        """Encode what there is room for, fill the free slots, and take one step."""
        state = queue.state
        while queue.waiting and len(queue.encoded) < self._most_slots - len(state.seats):
            queue.encoded.extend(self._encode(queue.waiting[0]))
            queue.waiting.popleft()
        state.make_room(max((len(job.source) for job, _, _ in queue.encoded), default=0))
        while queue.encoded and state.free:
            self._seat(state, queue.encoded)
        if not queue.encoded:
            state.close_up()
        started, rows = time.perf_counter(), len(state.seats)
        with CLOCK.timed("decode"):
            finished = state.step()
        self._clock += (time.perf_counter() - started) / rows
        return [Written(seat.job.number, seat.tokens, self._clock - seat.since) for seat in finished]

    @torch.inference_mode()
    def _encode(self, jobs: Sequence[Job]) -> list[tuple[Job, Tensor, float]]:
        """Of each job, its encoder's states without padding, and its share of the seconds."""
        started = time.perf_counter()
        with CLOCK.timed("encode"):
            states = self._decoder.encode([job.source for job in jobs], self._ends.padding)
        seconds = (time.perf_counter() - started) / len(jobs)
        return [(job, row, seconds) for job, row in zip(jobs, states, strict=True)]

    @torch.inference_mode()
    def _seat(self, state: _State, encoded: deque[tuple[Job, Tensor, float]]) -> None:
        """Fill the free slots, all keys and values of the new inputs in one product."""
        coming = [encoded.popleft() for _ in range(min(len(encoded), len(state.free)))]
        with CLOCK.timed("encode"):
            cross = self._decoder.cross(torch.cat([states for _, states, _ in coming]))
        state.seat([_Seat(job, self._clock - seconds) for job, _, seconds in coming], cross)


class _State:
    """The slots as they are between two steps; `free` ones as a heap, for the lowest is taken first."""

    def __init__(self, decoder: Decoder, memory: Memory, capacity: int, ends: Ends) -> None:
        self._decoder, self._memory, self._capacity, self._ends = decoder, memory, capacity, ends
        self.seats: dict[int, _Seat] = {}
        self.free: list[int] = []

    @torch.inference_mode()
    def make_room(self, longest: int) -> None:
        """Lay the memory out for inputs of this length at most, and those it holds, where these fill it badly."""
        memory = self._memory
        longest = max(longest, *(len(seat.job.source) for seat in self.seats.values()), 1)
        if not SHRUNK * memory.inputs < longest <= memory.inputs:
            slots = max(memory.slots, min(memory.most_slots, self._capacity // longest))
            self.free += range(memory.slots, slots)
            memory.lay_out(slots, longest)

    def seat(self, seats: Sequence[_Seat], cross: Tensor) -> None:
        slots = [heappop(self.free) for _ in seats]
        self._memory.read(slots, [len(seat.job.source) for seat in seats], cross)
        self.seats.update(zip(slots, seats, strict=True))

    @torch.inference_mode()
    def close_up(self) -> None:
        """Move the last slots into free ones before them, as far as that leaves whole groups of rows out."""
        kept = -(-len(self.seats) // ALIKE) * ALIKE
        for slot in [slot for slot in self.seats if slot >= kept]:
            to = heapreplace(self.free, slot)
            self._memory.move(slot, to)
            self.seats[to] = self.seats.pop(slot)

    @torch.inference_mode()
    def step(self) -> list[_Seat]:
        """One token for every slot; the seats that this finished, which are then free."""
        memory, device = self._memory, self._memory.own.device
        rows = [self.seats.get(slot) for slot in range(1 + max(self.seats))]
        written = [0 if seat is None else len(seat.tokens) for seat in rows]
        tokens = [seat.tokens[-1] if seat and seat.tokens else self._ends.start for seat in rows]
        memory.rows = len(rows)
        memory.lengthen(1 + max(written))
        logits = self._decoder.step(
            torch.tensor(tokens, device=device), torch.tensor(written, device=device), 1 + max(written), memory
        )
        early = [slot for slot, seat in self.seats.items() if len(seat.tokens) < seat.job.fewest]
        if early:
            logits[torch.tensor(early)[:, None], torch.tensor(self._ends.tokens, dtype=torch.long)] = float("-inf")
        return self._leaving(logits.float().argmax(-1).tolist())  # in bf16 a CPU takes four times as long

    def _forced(self, seat: _Seat) -> int:
        """The token that the next one must be, or −1; an output of one token is its end, as in `generate`."""
        if len(seat.tokens) == seat.job.most - 1 and self._ends.forced >= 0:
            return self._ends.forced
        return -1 if seat.tokens else seat.job.first

    def _leaving(self, told: list[int]) -> list[_Seat]:
        """Note each slot's token, where another is not forced; the seats that it ends."""
        finished = []
        for slot, seat in list(self.seats.items()):
            forced = self._forced(seat)
            seat.tokens.append(told[slot] if forced < 0 else forced)
            if seat.tokens[-1] in self._ends.tokens or len(seat.tokens) == seat.job.most:
                finished.append(self.seats.pop(slot))
                heappush(self.free, slot)
        return finished
