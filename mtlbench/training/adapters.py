"""Parameter-efficient training: a recipe's adapter put on a network by PEFT."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import peft
from peft.utils import constants
from torch import nn
from transformers.pytorch_utils import Conv1D

from mtlbench.encoders import MultitaskEncoder
from mtlbench.engines.adapters import TASK_TYPES
from mtlbench.suite.recipe import AdapterRecipe

CHANGED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "lora": constants.TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING,
    "ia3": constants.TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING,
}
"""PEFT's own choice of layers to change, by type of adapter and family."""
FEEDFORWARD: Mapping[str, Sequence[str]] = constants.TRANSFORMERS_MODELS_TO_IA3_FEEDFORWARD_MODULES_MAPPING
"""Those of them whose inputs IA³ scales, in place of their outputs."""


def adapted(network: Any, recipe: AdapterRecipe, kind: str) -> peft.PeftModel:
    """The network as a PeftModel, in which the adapter and a multi-task encoder's heads alone are trained.

    kind: `text2text`, `causal` or `heads`, as engines call them. Raises ValueError for virtual tokens before a network with
    heads, whose tokens they would displace, and where the layers to change are not known or not there.
    """
    if kind == "heads" and recipe.type in ("prefix", "prompt"):
        raise ValueError(f"a {recipe.type} adapter is for models that generate text, not for heads: use lora or ia3")
    config = CONFIGS[recipe.type](network, recipe)
    config.task_type = None if kind == "heads" else TASK_TYPES[kind][0]  # PEFT's models of other tasks know no `task`
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of GPT-2's layers being transposed, which PEFT sees to
        return peft.get_peft_model(network, config)


def merged(model: peft.PeftModel) -> Any:
    """The network alone, with the weights of a LoRA or IA³ adapter taken up into its own, and with the heads it trained."""
    encoder = model.get_base_model()
    if isinstance(encoder, MultitaskEncoder):  # PEFT cannot unwrap a head beside IA³, which asks it for its `weight`
        heads: Any = encoder.head_list
        for number, head in enumerate(heads):
            heads[number] = head.modules_to_save[head.active_adapter]
    return model.merge_and_unload()


def trainable_share(network: nn.Module) -> float:
    """Trainable parameters ÷ all parameters, each counted once."""
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in network.parameters()]
    return sum(size for size, trained in sizes if trained) / sum(size for size, _ in sizes)


def _lora(network: Any, recipe: AdapterRecipe) -> peft.PeftConfig:
    """W + alpha/rank · B A (Hu et al. 2021): rank · (in + out) weights a layer."""
    return peft.LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,  # type: ignore[arg-type]  # PEFT takes any number
        lora_dropout=recipe.dropout,
        target_modules=_changed(network, recipe),
        modules_to_save=_heads(network),
    )


def _ia3(network: Any, recipe: AdapterRecipe) -> peft.PeftConfig:
    """A scale for each output of a layer, or each input of a feed-forward layer (Liu et al. 2022)."""
    modules = _changed(network, recipe)
    return peft.IA3Config(
        target_modules=modules,
        feedforward_modules=[name for name in modules if name in FEEDFORWARD.get(_family(network), ())],
        modules_to_save=_heads(network),
    )


def _prefix(network: Any, recipe: AdapterRecipe) -> peft.PeftConfig:
    """Keys and values of virtual tokens in each layer (Li & Liang 2021)."""
    return peft.PrefixTuningConfig(num_virtual_tokens=recipe.tokens)


def _prompt(network: Any, recipe: AdapterRecipe) -> peft.PeftConfig:
    """Embeddings of virtual tokens before the input (Lester et al. 2021)."""
    return peft.PromptTuningConfig(num_virtual_tokens=recipe.tokens)


CONFIGS = {"lora": _lora, "ia3": _ia3, "prefix": _prefix, "prompt": _prompt}


def _changed(network: Any, recipe: AdapterRecipe) -> list[str]:
    """Names of the layers that an adapter changes."""
    family, backbone = _family(network), _backbone(network)
    wanted = list(recipe.modules or CHANGED[recipe.type].get(family, []))
    names = [f".{name}" for name, _ in backbone.named_modules()]
    missing = [each for each in wanted if not any(name.endswith(f".{each}") for name in names)]
    if wanted and not missing:
        return wanted
    known = {name.split(".")[-1] for name, each in backbone.named_modules() if isinstance(each, nn.Linear | Conv1D)}
    what = (
        f"has no layers called {', '.join(missing)}"
        if missing
        else f"has none that PEFT would choose for {recipe.type}"
    )
    raise ValueError(
        f"a network of type {family} {what}: name its layers to change in `modules:`, of {', '.join(sorted(known))}"
    )


def _backbone(network: Any) -> Any:
    return network.backbone if isinstance(network, MultitaskEncoder) else network


def _family(network: Any) -> str:
    return str(_backbone(network).config.model_type)


def _heads(network: Any) -> list[str] | None:
    """Heads are trained whole beside the adapter; by number, as PEFT takes no list of modules."""
    if not isinstance(network, MultitaskEncoder):
        return None
    return [f"head_list.{number}" for number in range(len(network.head_list))]
