"""One stage of training: transformers' Trainer, fed from a mixture of tasks, with a loss for each of them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer import TRAINER_STATE_NAME

from mtlbench.results.files import replacing
from mtlbench.suite.faults import InputError
from mtlbench.suite.recipe import Distillation, Settings
from mtlbench.training.balancing import Balancer
from mtlbench.training.consolidation import Consolidation
from mtlbench.training.distillation import distillation_loss
from mtlbench.training.examples import Example
from mtlbench.training.freezing import Unfreezing, parameter_groups
from mtlbench.training.kinds import Kind, Part
from mtlbench.training.parts import shared_parameters
from mtlbench.training.sampling import Mixture
from mtlbench.training.tally import Tally

BETAS = (0.9, 0.98)
"""Of AdamW: a second moment that forgets sooner than the usual 0.999 is steadier in short trainings with warm-up."""
PROGRESS = "progress.pt"
"""Beside Trainer's own files of a saved state, and written after them: a folder without it is not whole."""
SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}


@dataclass(frozen=True)
class Stage:
    """All that a stage needs, made before it begins."""

    network: Any
    kind: Kind
    padding: int
    examples: Mapping[str, Sequence[Example]]
    mixture: Mixture
    balancer: Balancer
    settings: Settings
    steps: int
    epoch: int
    """Examples in a pass over the rows of the stage's tasks."""
    seed: int
    folder: Path
    """Of its saved states."""
    device: str
    validate: Callable[[int], float] | None = None
    """Step → the score by which it may stop early."""
    consolidation: Consolidation | None = None
    teacher: Any = None
    distil: Distillation | None = None
    stepped: Callable[[int, Mapping[str, float]], None] = field(default=lambda step, losses: None)
    """Told the losses as they are written down."""


class StageTrainer(Trainer):  # type: ignore[misc]
    """One step is one batch of the mixture. Every process draws the same and takes its share, and their gradients add up
    to those of the whole batch: a process meets other tasks than its neighbour, which DistributedDataParallel cannot do.
    """

    control: Any

    def __init__(self, stage: Stage) -> None:
        super().__init__(model=stage.network, args=_arguments(stage), eval_dataset=_Batches(stage))  # which it asks for
        self.stage = stage
        self.tally = Tally(every=max(1, stage.steps // 50))
        self.remove_callback(PrinterCallback)
        self.add_callback(_Saved(self))
        if stage.settings.early_stopping is not None:
            self.add_callback(EarlyStoppingCallback(stage.settings.early_stopping.patience))
        stage.balancer.to(self.args.device)
        self._unfreezing: Unfreezing | None = None
        self._shared: list[nn.Parameter] | None = None

    def run(self) -> None:
        """From the last state that was saved whole, else from the start."""
        last = last_state(self.stage.folder)
        if last is None:
            self.train()
            return
        self._restore(torch.load(last / PROGRESS, map_location=self.args.device, weights_only=True))
        if step_of(last) < self.stage.steps:
            self.train(resume_from_checkpoint=str(last))
            return
        self.state = TrainerState.load_from_json(str(last / TRAINER_STATE_NAME))  # it ended, and was stopped just then
        self._load_from_checkpoint(self.state.best_model_checkpoint or str(last))

    def progress(self) -> dict[str, Any]:
        """What goes on where a state was saved, beside network, optimiser, schedule and random numbers."""
        stage = self.stage
        return {
            "mixture": stage.mixture.state_dict(),
            "balancer": stage.balancer.state_dict(),
            "tally": self.tally.state_dict(),
        }

    def _restore(self, progress: Mapping[str, Any]) -> None:
        self.stage.mixture.load_state_dict(progress["mixture"])
        self.stage.balancer.load_state_dict(progress["balancer"])
        self.tally.load_state_dict(progress["tally"])

    def get_train_dataloader(self) -> DataLoader[list[Example]]:
        """Batches as they are drawn, none ahead of time; the loader's own random numbers leave ours alone."""
        return DataLoader(_Batches(self.stage), batch_size=None, collate_fn=_same, generator=torch.Generator())

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        settings, network = self.stage.settings, self.model
        groups = parameter_groups(
            network,
            settings.learning_rate or 0.0,
            settings.layer_decay or 1.0,
            settings.head_rate or 1.0,
            settings.weight_decay or 0.0,
        )
        own = list(self.stage.balancer.parameters())
        if own:
            groups.append({"params": own, "lr": self.stage.balancer.learning_rate, "weight_decay": 0.0})
        if settings.unfreeze_every is not None:
            self._unfreezing = Unfreezing(network, settings.unfreeze_every)
        self.optimizer = torch.optim.AdamW(groups, betas=BETAS, fused=True)
        return self.optimizer

    def training_step(self, model: Any, inputs: list[Example], num_items_in_batch: Any = None) -> Tensor:
        """`inputs` is the whole batch, on every process."""
        self.model.train()
        stage, world = self.stage, self.args.world_size
        if self._unfreezing is not None:
            self._unfreezing.apply(self._epoch)
        stage.balancer.zero_grad()
        with self.compute_loss_context_manager():
            losses, counts = self._losses(inputs[self.args.process_index :: world])
        shares = {task: count / len(inputs) for task, count in counts.items()}
        total = stage.balancer.backward(losses, self._shared_parameters(), shares)
        if world > 1:
            _sum_gradients([*self.model.parameters(), *stage.balancer.parameters()])
        if stage.consolidation is not None:
            penalty = stage.consolidation.penalty(self.model)
            if penalty.requires_grad:
                penalty.backward()  # type: ignore[no-untyped-call]
                total = total + penalty.detach()
        self._note(inputs, losses, counts)
        return total.detach()

    @property
    def _epoch(self) -> float:
        """How many times the rows of the stage's tasks would have been seen."""
        steps: int = self.state.global_step
        return steps * (self.stage.settings.batch_size or 1) / self.stage.epoch

    def _losses(self, examples: Sequence[Example]) -> tuple[dict[str, Tensor], dict[str, int]]:
        """Of each task the mean loss over its examples, with its graph, and how many these are."""
        sums: dict[str, Tensor] = {}
        counts: dict[str, int] = {}
        for group in self.stage.kind.groups(examples, alike=bool(self.stage.settings.group_by_length)):
            for part, loss in self._parts(group):
                sums[part.task] = sums.get(part.task, 0.0) + part.count * loss
                counts[part.task] = counts.get(part.task, 0) + part.count
        return {task: loss / counts[task] for task, loss in sums.items()}, counts

    def _parts(self, group: Sequence[Example]) -> Iterator[tuple[Part, Tensor]]:
        """Each task's part of a group with its loss: of references, and of the teacher's probabilities."""
        stage = self.stage
        parts = stage.kind.parts(self.model, group, stage.padding)
        if stage.distil is None:
            yield from ((part, part.loss) for part in parts)
            return
        with torch.no_grad():
            taught = list(stage.kind.parts(stage.teacher, group, stage.padding))
        for part, teacher in zip(parts, taught, strict=True):
            soft = distillation_loss(part.logits, teacher.logits, None, stage.distil.temperature)
            yield part, (1 - stage.distil.weight) * part.loss + stage.distil.weight * soft

    def _shared_parameters(self) -> list[nn.Parameter]:
        if self._shared is None or self._unfreezing is not None:
            self._shared = list(shared_parameters(self.model).values())
        return self._shared

    def _note(self, batch: Sequence[Example], losses: Mapping[str, Tensor], counts: Mapping[str, int]) -> None:
        """Tell mixture, balancer and listener how the step went, on every process alike."""
        tasks = list(self.stage.examples)
        sums = torch.zeros(2, len(tasks), dtype=torch.float64, device=self.args.device)
        for task, loss in losses.items():
            number = tasks.index(task)
            sums[0, number], sums[1, number] = loss.detach() * counts[task], counts[task]
        if self.args.world_size > 1:
            dist.all_reduce(sums)
        found = {task: (total, int(n)) for task, total, n in zip(tasks, *sums.tolist(), strict=True) if n}
        try:
            self.stage.mixture.observe({task: total / n for task, (total, n) in found.items()})
        except ValueError as error:
            raise InputError(str(error), "lower `learning_rate:` or lengthen `warmup:`") from error
        epoch, step = math.floor(self._epoch), self.state.global_step + 1
        self.tally.add(found, batch)
        if math.floor(step * len(batch) / self.stage.epoch) > epoch:
            self.stage.balancer.epoch_ended(self.tally.epoch_ended())
        if step % self.tally.every == 0 or step == self.stage.steps:
            self.stage.stepped(step, self.tally.write_down(step))

    def evaluate(self, *given: Any, **keys: Any) -> dict[str, float]:
        """The validation score, computed by one process and told to all."""
        assert self.stage.validate is not None
        score = [self.stage.validate(self.state.global_step) if self.is_world_process_zero() else 0.0]
        if self.args.world_size > 1:
            dist.broadcast_object_list(score)
        metrics = {"eval_score": score[0]}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def floating_point_ops(self, inputs: Any) -> int:
        return 0


def last_state(folder: Path) -> Path | None:
    """The last state that was saved whole."""
    found = [path.parent for path in folder.glob(f"checkpoint-*/{PROGRESS}")]
    return max(found, key=step_of, default=None)


def step_of(state: Path) -> int:
    """The steps that a saved state comes after."""
    return int(state.name.rpartition("-")[2])


def _arguments(stage: Stage) -> TrainingArguments:
    settings, stopping = stage.settings, stage.settings.early_stopping
    cpu, alone = stage.device == "cpu", "RANK" not in os.environ  # which torchrun sets
    early = {
        "eval_strategy": "steps",
        "eval_steps": stopping.every,
        "load_best_model_at_end": True,
        "metric_for_best_model": "score",
        "greater_is_better": True,
    } if stopping else {}  # fmt: skip
    return TrainingArguments(
        output_dir=str(stage.folder),
        max_steps=stage.steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=SCHEDULES[settings.schedule or "cosine"],
        warmup_steps=round((settings.warmup or 0.0) * stage.steps),
        max_grad_norm=settings.clip,
        save_strategy="steps",
        save_steps=stopping.every if stopping else settings.save_every,
        save_total_limit=2,
        seed=stage.seed,
        use_cpu=cpu,
        ddp_backend="gloo" if cpu and not alone else None,
        bf16=settings.dtype == "bfloat16",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        ignore_data_skip=True,
        **early,
    )


class _Batches(IterableDataset[list[Example]]):
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __iter__(self) -> Iterator[list[Example]]:
        while True:
            drawn = self._stage.mixture.draw(self._stage.settings.batch_size or 1)
            yield [self._stage.examples[task][row] for task, row in drawn]


class _Saved(TrainerCallback):  # type: ignore[misc]
    """Writes our own part of a state after Trainer has written its parts."""

    def __init__(self, trainer: StageTrainer) -> None:
        self._trainer = trainer

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            with replacing(folder / PROGRESS) as file:
                torch.save(self._trainer.progress(), file)


def _sum_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Add up the processes' gradients; a parameter that none of them has used keeps none."""
    trained = [each for each in parameters if each.requires_grad]
    used = torch.tensor([float(each.grad is not None) for each in trained], device=trained[0].device)
    dist.all_reduce(used, dist.ReduceOp.MAX)
    mine = [each for each, wanted in zip(trained, used.tolist(), strict=True) if wanted]
    for each in mine:
        each.grad = torch.zeros_like(each) if each.grad is None else each.grad
    flat = torch.cat([each.grad.flatten() for each in mine if each.grad is not None])
    dist.all_reduce(flat)
    for each, gradient in zip(mine, torch.split(flat, [each.numel() for each in mine]), strict=True):
        each.grad = gradient.view_as(each)


def _same(batch: Any) -> Any:
    return batch
