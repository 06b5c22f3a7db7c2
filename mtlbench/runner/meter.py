"""What a model's turn costs: memory, the time to its first output, energy, and operations per example."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from mtlbench.engines import Engine, Request
from mtlbench.engines.bases import BASES
from mtlbench.engines.clock import CLOCK
from mtlbench.engines.energy import Energy
from mtlbench.engines.memory import PeakMemory
from mtlbench.engines.operations import flops_per_example
from mtlbench.engines.peak import matmul_peak
from mtlbench.runner.costs import CACHED, COLD_START, ENERGY, FLOPS, Costs
from mtlbench.runner.plan import PlannedModel
from mtlbench.runner.reading import Batches, read_ahead


class Meter:
    """To be made right before a model is loaded."""

    def __init__(self, model: PlannedModel, measure: Collection[str], *, profile: bool = False) -> None:
        self.costs = Costs.none(measure, "the model failed before it was measured")
        self._model, self._measure = model, measure
        self._reused = BASES.reused
        self._memory = PeakMemory(model.identity.device)
        self._answers = False
        self._began = time.perf_counter()
        self.loading = 0.0
        """Seconds from before loading until the engine was ready."""
        self._profile, self._before = profile, CLOCK.read()
        CLOCK.settle = _settle(model.identity.device) if profile else None

    def run(self, engine: Engine, shards: Iterator[Sequence[Request]], computes: bool = True) -> Iterator[Batches]:
        """The loaded engine's batches, shard by shard; `computes` tells that there are any."""
        self.loading = time.perf_counter() - self._began
        self.costs.weight_bytes = engine.weight_bytes
        energy = Energy() if ENERGY in self._measure and computes else None
        self._began = time.perf_counter() - self.loading  # starting to measure energy is none of the model's time
        try:
            for batches in read_ahead(engine, shards):
                yield self._watched(batches)
        finally:
            self.costs.phases = CLOCK.read(self._before)
            self.costs.peak_memory = self._memory.read()
            if energy is not None:
                self.costs.joules = energy.stop()
        self._ended(computes)

    def count(self, engine: Engine, examples: Callable[[], Mapping[str, Sequence[Request]]]) -> None:
        """Operations per example of each task, if they are asked for."""
        identity = self._model.identity
        if self._profile and identity.device is not None and identity.dtype is not None:
            self.costs.matmul_peak = matmul_peak(identity.device, identity.dtype)
        if FLOPS not in self._measure and not self._profile:
            return
        if self._model.model.quantize is not None:
            self.costs.unmeasured[FLOPS] = "products of quantised weights are not counted"
            return
        self.costs.unmeasured[FLOPS] = "the engine does nothing that PyTorch could count"
        try:
            found = {task: flops_per_example(engine, rows) for task, rows in examples().items()}
        except Exception as error:  # the outputs are there, and count without it
            self.costs.unmeasured[FLOPS] = f"they could not be counted ({type(error).__name__}: {error})"
        else:
            self.costs.flops = {task: flops for task, flops in found.items() if flops is not None}

    def read(self) -> Costs:
        """All that was measured."""
        self.costs.peak_memory = self.costs.peak_memory or self._memory.read()
        return self.costs

    def _watched(self, batches: Batches) -> Batches:
        for batch in batches:
            if not self._answers:
                self._answers = True
                self._started(time.perf_counter() - self._began)
            yield batch

    def _started(self, seconds: float) -> None:
        if self._model.identity.device is None:
            self.costs.unmeasured[COLD_START] = "no network is loaded"
        elif self._reused == BASES.reused:
            self.costs.cold_start = seconds
        else:
            self.costs.unmeasured[COLD_START] = "its network was in memory already, for the model before it"

    def _ended(self, computed: bool) -> None:
        """Say why what an unbroken run could not measure is missing."""
        if not computed:
            self.costs.unmeasured[COLD_START] = CACHED
        if ENERGY in self._measure:
            self.costs.unmeasured[ENERGY] = "codecarbon found nothing to measure" if computed else CACHED


def _settle(device: str | None) -> Callable[[], object] | None:
    """Waits for a GPU to have done what it was told, so that time counts for the phase that asked for it."""
    if device is None or not device.startswith("cuda"):
        return None
    import torch

    return partial(torch.cuda.synchronize, device)
