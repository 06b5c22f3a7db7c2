"""Real PEFT adapters, made on the spot: small, and with weights large enough to change what the base answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TYPES = ("lora", "ia3", "prefix", "prompt")


def adapter(folder: Path, base: Path, kind: str, auto_class: str, task_type: str, **keys: Any) -> Path:
    """An adapter of one of TYPES on a checkpoint, saved by peft."""
    import peft
    import torch
    import transformers

    config = {
        "lora": peft.LoraConfig,
        "ia3": peft.IA3Config,
        "prefix": peft.PrefixTuningConfig,
        "prompt": peft.PromptTuningConfig,
    }[kind](task_type=task_type, **({"num_virtual_tokens": 3} if kind in ("prefix", "prompt") else {}), **keys)
    torch.manual_seed(len(kind))
    network = getattr(transformers, auto_class).from_pretrained(base)
    adapted = peft.get_peft_model(network, config)
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:  # LoRA's B begins at 0, IA³'s vectors at 1
                parameter.normal_(1.0 if kind == "ia3" else 0.0, 0.5)
    adapted.save_pretrained(folder)
    return folder
