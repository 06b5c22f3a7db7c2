"""The pool: which input is in which slot, when slots are filled, and when the pool changes its size."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mtlbench.engines.batching import is_out_of_memory, pack, pad_rows, release_memory
from mtlbench.engines.slots.decoder import Decoder
from mtlbench.engines.slots.memory import Memory

FEWEST_STEPS = 16
"""Positions that the memory begins with."""
SHRUNK = 0.8
"""The memory is cut once the longest input still read is this much shorter."""
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
        batches = pack([len(job.source) for job in jobs], self._budget, self._most_slots)
        state = _State(self._decoder, self._network.dtype, self._network.device, self._ends)
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
        self._fit(state, queue.encoded)
        while queue.encoded and state.free:
            self._seat(state, queue.encoded)
        started, rows = time.perf_counter(), len(state.seats)
        finished = state.step()
        self._clock += (time.perf_counter() - started) / rows
        return [Written(seat.job.number, seat.tokens, self._clock - seat.since) for seat in finished]

    @torch.inference_mode()
    def _encode(self, jobs: Sequence[Job]) -> list[tuple[Job, Tensor, float]]:
        """Of each job, its encoder's states without padding, and its share of the seconds."""
        started = time.perf_counter()
        ids, mask = (
            part.to(self._network.device) for part in pad_rows([job.source for job in jobs], self._ends.padding)
        )
        states = self._network.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        seconds = (time.perf_counter() - started) / len(jobs)
        return [(job, row[: len(job.source)], seconds) for job, row in zip(jobs, states, strict=True)]

    def _fit(self, state: _State, encoded: Sequence[tuple[Job, Tensor, float]]) -> None:
        """Give the memory the size that the inputs need: smaller at the end, and where inputs have become shorter."""
        lengths = [len(seat.job.source) for seat in state.seats.values()] + [len(job.source) for job, _, _ in encoded]
        inputs, rows = max(lengths), len(lengths)
        slots = min(self._most_slots, max(1, 2 * self._budget // inputs))
        while slots >= 2 * rows:
            slots //= 2
        slots = max(slots, len(state.seats))
        if not SHRUNK * state.inputs < inputs <= state.inputs or slots <= state.slots // 2 or not state.slots:
            state.resize(slots, inputs)

    @torch.inference_mode()
    def _seat(self, state: _State, encoded: deque[tuple[Job, Tensor, float]]) -> None:
        """Fill the free slots, all keys and values of the new inputs in one product."""
        coming = [encoded[place] for place in range(min(len(encoded), len(state.free)))]
        cross = self._decoder.cross(torch.cat([states for _, states, _ in coming]))
        for _ in coming:
            encoded.popleft()
        state.seat([_Seat(job, self._clock - seconds) for job, _, seconds in coming], cross)


class _State:
    """The slots as they are between two steps."""

    def __init__(self, decoder: Decoder, dtype: torch.dtype, device: torch.device, ends: Ends) -> None:
        self._decoder, self._ends = decoder, ends
        self._memory = Memory(decoder.shape, 0, FEWEST_STEPS, 1, torch.empty(0, dtype=dtype, device=device))
        self._ids = frozenset(ends.tokens)
        self.seats: dict[int, _Seat] = {}
        self.free: list[int] = []
        self._tokens = self._positions = torch.zeros(0, dtype=torch.long, device=device)

    @property
    def slots(self) -> int:
        return self._memory.slots

    @property
    def inputs(self) -> int:
        return self._memory.inputs

    @torch.inference_mode()
    def resize(self, slots: int, inputs: int, steps: int | None = None) -> None:
        kept = list(self.seats)
        self._memory = self._memory.resized(slots, steps or self._memory.steps, inputs, kept)
        for name in ("_tokens", "_positions"):
            old = getattr(self, name)
            new = old.new_zeros(slots)
            new[: len(kept)] = old[kept]
            setattr(self, name, new)
        self.seats = dict(enumerate(self.seats.values()))
        self.free = list(range(len(kept), slots))[::-1]

    def seat(self, seats: Sequence[_Seat], cross: Tensor) -> None:
        slots = [self.free.pop() for _ in seats]
        self._memory.read(slots, [len(seat.job.source) for seat in seats], cross)
        self._tokens[slots] = self._ends.start
        self._positions[slots] = 0
        self.seats.update(zip(slots, seats, strict=True))

    @torch.inference_mode()
    def step(self) -> list[_Seat]:
        """One token for every slot; the seats that this finished, which are then free."""
        longest = 1 + max(len(seat.tokens) for seat in self.seats.values())
        if longest > self._memory.steps:
            self.resize(self.slots, self.inputs, 2 * self._memory.steps)
        logits = self._decoder.step(self._tokens, self._positions, longest, self._memory)
        for slot, seat in self.seats.items():
            if len(seat.tokens) < seat.job.fewest:
                logits[slot, list(self._ids)] = float("-inf")
        chosen = logits.argmax(-1)
        told = chosen.tolist()
        forced = {slot: token for slot, seat in self.seats.items() if (token := self._forced(seat)) >= 0}
        for slot, token in forced.items():
            told[slot] = chosen[slot] = token
        self._tokens, self._positions = chosen, (self._positions + 1).clamp(max=longest)
        return self._leaving(told)

    def _forced(self, seat: _Seat) -> int:
        """The token that the next one must be, or −1; an output of one token is its end, as in `generate`."""
        if len(seat.tokens) == seat.job.most - 1 and self._ends.forced >= 0:
            return self._ends.forced
        return -1 if seat.tokens else seat.job.first

    def _leaving(self, told: list[int]) -> list[_Seat]:
        """Note each slot's token; the seats that it ends."""
        finished = []
        for slot, seat in list(self.seats.items()):
            seat.tokens.append(told[slot])
            if told[slot] in self._ids or len(seat.tokens) == seat.job.most:
                finished.append(self.seats.pop(slot))
                self.free.append(slot)
        return finished
