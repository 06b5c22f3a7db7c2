from __future__ import annotations

from math import log

import pytest
import torch

from mtlbench.training.distillation import distillation_loss

TEACHER = [log(0.75), log(0.25)]
STUDENT = [0.0, 0.0]
DIVERGENCE = 0.75 * log(0.75 / 0.5) + 0.25 * log(0.25 / 0.5)
SOFTER = 3**0.5 / (3**0.5 + 1)
"""Of the teacher's first, at temperature 2: √¾ / (√¾ + √¼)."""
SOFT_DIVERGENCE = SOFTER * log(2 * SOFTER) + (1 - SOFTER) * log(2 * (1 - SOFTER))


@pytest.mark.parametrize(
    ("student", "teacher", "mask", "temperature", "expected"),
    [
        ([STUDENT], [TEACHER], None, 1.0, DIVERGENCE),
        ([STUDENT], [TEACHER], None, 2.0, 4 * SOFT_DIVERGENCE),
        ([TEACHER], [TEACHER], None, 2.0, 0.0),
        ([STUDENT, TEACHER], [TEACHER, TEACHER], None, 1.0, DIVERGENCE / 2),
        ([STUDENT, STUDENT], [TEACHER, STUDENT], [1, 0], 1.0, DIVERGENCE),
        ([[STUDENT, STUDENT], [STUDENT, STUDENT]], [[TEACHER, STUDENT], [TEACHER, TEACHER]], [[1, 1], [1, 0]], 1.0, DIVERGENCE * 2 / 3),
        ([STUDENT], [TEACHER], [0], 1.0, 0.0),
    ],
)  # fmt: skip
def test_by_hand(student: list, teacher: list, mask: list | None, temperature: float, expected: float) -> None:
    counted = None if mask is None else torch.tensor(mask)
    loss = distillation_loss(torch.tensor(student), torch.tensor(teacher), counted, temperature)
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_the_student_alone_learns_and_padding_teaches_nothing() -> None:
    student = torch.tensor([[0.3, -0.2], [float("inf"), 0.0]], requires_grad=True)
    teacher = torch.tensor([TEACHER, [float("nan"), 0.0]], requires_grad=True)
    distillation_loss(student, teacher, torch.tensor([True, False]), 2.0).backward()
    assert teacher.grad is None
    assert student.grad is not None
    assert student.grad[0, 0] < 0 < student.grad[0, 1]
