"""A teacher's probabilities as targets (Hinton, Vinyals & Dean 2015)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def distillation_loss(
    student_logits: Tensor, teacher_logits: Tensor, mask: Tensor | None, temperature: float
) -> Tensor:
    """T² · KL(softmax(teacher / T) ‖ softmax(student / T)), averaged over what is real.

    Logits `[..., V]`; mask `[...]`, true where a token (or a row) counts, None where all do. T² keeps gradients of one size
    at all temperatures. The teacher gets no gradient. 0 where nothing counts.
    """
    student = functional.log_softmax(student_logits.float() / temperature, -1)
    teacher = functional.log_softmax(teacher_logits.detach().float() / temperature, -1)
    divergence = functional.kl_div(student, teacher, reduction="none", log_target=True).sum(-1)
    if mask is None:
        return temperature**2 * divergence.mean()
    return temperature**2 * divergence.masked_fill(~mask.bool(), 0.0).sum() / mask.bool().sum().clamp(min=1)
