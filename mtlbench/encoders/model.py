"""The multi-task encoder: any of transformers' encoders, and a head for each task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils import ModelOutput

from mtlbench.encoders.config import HeadConfig, MultitaskConfig
from mtlbench.encoders.head import Head
from mtlbench.encoders.heads import HEADS
from mtlbench.encoders.inputs import known_inputs


@dataclass
class MultitaskOutput(ModelOutput):  # type: ignore[misc]
    """`logits` in the shape that the task's head tells; `loss` where labels were given."""

    loss: Tensor | None = None
    logits: Any = None


class MultitaskEncoder(PreTrainedModel):  # type: ignore[misc]
    """`from_backbone` starts from a pretrained encoder; `save_pretrained` and `from_pretrained` as of any model."""

    config_class = MultitaskConfig
    base_model_prefix = "backbone"
    _supports_sdpa = True
    _supports_flash_attn = True

    def __init__(self, config: MultitaskConfig) -> None:
        super().__init__(config)
        self.backbone = _without_pooler(AutoModel.from_config(backbone_config(config)))
        size = self.backbone.config.hidden_size
        # by number: a task may be called what a module's own attribute is (`type`), or have a dot in its name
        self.head_list = nn.ModuleList(HEADS[head.type](head, size) for head in config.head_configs)
        self.post_init()

    @classmethod
    def from_backbone(cls, backbone: str | Path | Any, heads: Iterable[HeadConfig | Mapping[str, Any]]) -> Self:
        """A pretrained encoder, or the folder of one, with new heads that are still to be trained."""
        encoder = AutoModel.from_pretrained(backbone) if isinstance(backbone, str | Path) else backbone
        config = encoder.config.to_diff_dict()
        config.pop("dtype", None)  # the number type is the whole model's
        made = cls(MultitaskConfig(backbone=config, heads=heads))
        made.backbone = _without_pooler(encoder)
        return made

    @property
    def heads(self) -> dict[str, Head]:
        """Task → its head."""
        heads = cast("list[Head]", list(self.head_list))
        return {head.config.task: head for head in heads}

    def get_input_embeddings(self) -> nn.Module:
        embeddings: nn.Module = self.backbone.get_input_embeddings()
        return embeddings

    def encode(self, input_ids: Tensor, attention_mask: Tensor | None = None, **inputs: Tensor) -> Tensor:
        """Token ids `[..., T]` → hidden states `[..., T, H]`. Inputs that the encoder does not know are left out."""
        mask = input_ids.new_ones(input_ids.shape) if attention_mask is None else attention_mask
        given = {"input_ids": input_ids, "attention_mask": mask, **inputs}
        known = known_inputs(self.backbone, self.backbone.config, given)
        flat = {name: tensor.flatten(0, -2) for name, tensor in known.items()}
        hidden: Tensor = self.backbone(**flat).last_hidden_state
        return hidden.reshape(*input_ids.shape, -1)

    def forward(
        self,
        task: str,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        words: Tensor | None = None,
        **inputs: Tensor,
    ) -> MultitaskOutput:
        """`words` as `first_tokens` gives them, for heads over words; labels as the task's head tells."""
        mask = input_ids.new_ones(input_ids.shape) if attention_mask is None else attention_mask
        head = self.heads[task]
        logits = head(self.encode(input_ids, mask, **inputs), mask, words=words)
        return MultitaskOutput(None if labels is None else head.loss(logits, labels), logits)


def backbone_config(config: MultitaskConfig) -> Any:
    """The encoder's own configuration."""
    given = dict(config.backbone)
    made = AutoConfig.for_model(given.pop("model_type"), **given)
    if made.is_encoder_decoder:
        raise ValueError(f"the backbone {made.model_type} is an encoder-decoder, where an encoder is needed")
    return made


def _without_pooler(encoder: Any) -> Any:
    """Heads pool for themselves: a pooler would be weights that nothing uses."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder


AutoConfig.register(MultitaskConfig.model_type, MultitaskConfig)
AutoModel.register(MultitaskConfig, MultitaskEncoder)
