"""PEFT adapters: what their files tell, whether they fit a base, and how they are put on it."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Asked, Refusal
from mtlbench.engines.checkpoint import BrokenWeights, Checkpoint, locate, read_header
from mtlbench.suite.faults import InputError

LAYERS = ("LORA", "IA3")
"""Types that change layers of the base."""
VIRTUAL = ("PREFIX_TUNING", "PROMPT_TUNING")
"""Types that put trained vectors before what the model reads."""
TASK_TYPES: Mapping[str, tuple[str, ...]] = {
    "text2text": ("SEQ_2_SEQ_LM",),
    "causal": ("CAUSAL_LM",),
    "heads": ("SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS", "FEATURE_EXTRACTION"),
}
"""What an adapter was trained for, by the kind of model it may then belong to."""
CHANGES_BASE = ("layer_replication", "megatron_config")
"""Keys of adapters that build another base than the checkpoint's, or import what they name."""
_PREFIX = "base_model.model."
_HIDDEN: tuple[str, ...] = ("hidden_size", "d_model", "n_embd")
_DEPTH: tuple[str, ...] = ("num_hidden_layers", "num_layers", "encoder_layers", "n_layer")


class Adapter(Checkpoint):
    """A folder with `adapter_config.json` and `adapter_model.safetensors`."""

    @cached_property
    def config(self) -> dict[str, Any]:
        return self._json("adapter_config.json")

    @property
    def weights(self) -> list[Path]:
        file = self.folder / "adapter_model.safetensors"
        return [file] if file.is_file() else []

    @property
    def is_virtual(self) -> bool:
        return self.config.get("peft_type") in VIRTUAL


def find_adapter(name: str, base: Path) -> Adapter:
    """The adapter's folder, beside the suite or fetched from the Hub; raises InputError."""
    return Adapter(locate(name, None, base))


def misfits(adapter: Adapter, checkpoint: Checkpoint, kind: str) -> Iterator[Refusal]:
    """Why the adapter cannot be put on the checkpoint, a model of this kind, as far as their files tell."""
    type_ = adapter.config.get("peft_type")
    if not adapter.weights:
        yield _without_weights(adapter)
    elif type_ not in (*LAYERS, *VIRTUAL):
        yield Refusal(f"adapters of type {type_} are not run", f"types are {', '.join((*LAYERS, *VIRTUAL))}")
    else:
        yield from _of_another_kind(adapter, kind)
        yield from _beyond_its_weights(adapter)
        yield from _of_another_size(adapter, checkpoint)


def _of_another_kind(adapter: Adapter, kind: str) -> Iterator[Refusal]:
    type_, task_type = adapter.config["peft_type"], adapter.config.get("task_type")
    if type_ in VIRTUAL and kind == "heads":
        yield Refusal(f"an adapter of type {type_} is for models that generate text, not for heads")
    if task_type is not None and task_type not in TASK_TYPES.get(kind, (task_type,)):
        yield Refusal(
            f"the adapter was trained as {task_type}, the checkpoint is of kind {kind}",
            f"its adapters are of task type {' or '.join(TASK_TYPES[kind])}: give the base that the adapter was made for",
        )


def _beyond_its_weights(adapter: Adapter) -> Iterator[Refusal]:
    found = [key for key in CHANGES_BASE if adapter.config.get(key)]
    if adapter.config.get("init_lora_weights") not in (None, True, False, "gaussian"):  # pissa and others subtract
        found.append("init_lora_weights")
    if found:
        yield Refusal(
            f"the adapter changes its base beyond its own weights (`{found[0]}`)",
            "merge it (`merge_and_unload`), save the whole model and give that as `checkpoint:`",
        )


def _of_another_size(adapter: Adapter, checkpoint: Checkpoint) -> Iterator[Refusal]:
    try:
        shapes = _shapes(adapter)
    except BrokenWeights as error:
        yield Refusal(f"its weights are broken: {error}", "copy or download the adapter again")
        return
    try:
        different = (
            _different_vectors(adapter, checkpoint) if adapter.is_virtual else _different_layer(shapes, checkpoint)
        )
    except BrokenWeights:  # the checkpoint's, told with the checkpoint
        return
    if different:
        made_for = adapter.config.get("base_model_name_or_path")
        yield Refusal(
            f"the adapter is for another base: {different}",
            f"it says that it was made for {made_for}" if made_for else "give the base that it was made for",
        )


def refusal(adapter: Adapter, asked: Asked) -> Refusal | None:
    """Why a model with this adapter cannot answer a task; None where it can."""
    if adapter.is_virtual and (asked.by == "likelihood" or asked.form == "nats"):
        return Refusal(
            f"task {asked.task} is answered by likelihood, which a {adapter.config['peft_type']} adapter is not run for",
            "use a LoRA or IA³ adapter, or say `answer_by: generation`",
        )
    return None


def mounted(network: Any, adapter: Adapter, device: str | None) -> tuple[Any, Callable[[], Any] | None]:
    """The network with the adapter (itself with other layers, or a PeftModel around it), and what takes these layers off.

    Raises InputError.
    """
    import peft

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of weights that are missing, which is looked at below
            model = peft.PeftModel.from_pretrained(network, adapter.folder, torch_device=device).eval().to(device)
            own = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise InputError(
            f"cannot put the adapter {adapter.folder} on its base: {str(error).splitlines()[0]}"
        ) from error
    unmatched = sorted(own.keys() ^ _shapes(adapter).keys())
    if unmatched:
        raise InputError(
            f"the adapter {adapter.folder} does not fit its base: {unmatched[0]} is in one of them alone",
            "give the base that the adapter was made for",
        )
    if not adapter.is_virtual:
        return network, _takes_off(model, network)
    if adapter.config["peft_type"] == "PROMPT_TUNING" and not network.config.is_encoder_decoder:
        _number_positions(model)
    return model, None


def _takes_off(model: Any, network: Any) -> Callable[[], None]:
    """What makes the network as it was. PEFT's own `unload` leaves whole modules that were trained where they are, and
    beside IA³ fails on them.
    """
    from peft.utils import AuxiliaryTrainingWrapper

    replaced = {
        name: part.original_module
        for name, part in network.named_modules()
        if isinstance(part, AuxiliaryTrainingWrapper)
    }

    def take_off() -> None:
        for name, module in replaced.items():
            network.set_submodule(name, module)
        model.unload()

    return take_off


def _number_positions(model: Any) -> None:
    """Make a decoder count positions from the first token that is no padding, the virtual ones included.

    PEFT drops the positions where it puts a prompt before padded inputs, so a row's output would depend on its batch.
    """
    if "position_ids" not in inspect.signature(model.get_base_model().forward).parameters:
        return
    prepare = model.prepare_inputs_for_generation

    @functools.wraps(prepare)  # generate() reads its signature
    def prepared(*args: Any, **keys: Any) -> Any:
        inputs = prepare(*args, **keys)
        mask, embeds = inputs.get("attention_mask"), inputs.get("inputs_embeds")
        if mask is not None:  # else nothing is padded
            length = (inputs["input_ids"] if embeds is None else embeds).shape[1]
            inputs["position_ids"] = (mask.long().cumsum(-1) - 1).clamp(min=0)[:, -length:]
        return inputs

    model.prepare_inputs_for_generation = prepared


def _without_weights(adapter: Adapter) -> Refusal:
    if (adapter.folder / "adapter_model.bin").is_file():
        return Refusal(
            "the adapter has pickled weights only (adapter_model.bin), which can run code when they are loaded",
            "load it with peft once, where you trust it, and `model.save_pretrained(folder)`",
        )
    return Refusal("the adapter has no adapter_model.safetensors", "save it with peft: `model.save_pretrained(folder)`")


def _different_vectors(adapter: Adapter, checkpoint: Checkpoint) -> str | None:
    """Whether the trained vectors are of another size than the checkpoint's, in words; None where that is not seen."""
    config = checkpoint.config
    hidden, depth = (next((config[name] for name in names if name in config), None) for names in (_HIDDEN, _DEPTH))
    sizes = {"token_dim": hidden}
    if adapter.config["peft_type"] == "PREFIX_TUNING":  # keys and values of each layer, of which heads may share some
        shared = config.get("num_key_value_heads")
        heads = config.get("num_attention_heads")
        sizes = {"token_dim": hidden // heads * shared if hidden and heads and shared else hidden, "num_layers": depth}
    for key, theirs in sizes.items():
        if theirs is not None and adapter.config.get(key) not in (None, theirs):
            return f"its {key} is {adapter.config[key]}, the checkpoint's {theirs}"
    return None


def _different_layer(shapes: Mapping[str, list[int]], checkpoint: Checkpoint) -> str | None:
    """The first layer that is of another size than the checkpoint's, in words; None where none is seen."""
    layers = {name.removesuffix(".weight"): shape for name, shape in _shapes(checkpoint).items()}
    for layer, needed in _layer_sizes(shapes):
        shape = next((layers[name] for name in layers if _is_same_layer(name, layer)), None)
        if shape is not None and not needed <= set(shape):
            ours, theirs = (" × ".join(map(str, sorted(each))) for each in (needed, shape))
            return f"its {layer} is of {ours}, the checkpoint's of {theirs}"
    return None


def _layer_sizes(shapes: Mapping[str, list[int]]) -> Iterator[tuple[str, set[int]]]:
    """Layers of the base that the adapter changes, with the sizes such a layer must have."""
    for name, shape in shapes.items():
        layer = name.removeprefix(_PREFIX)
        if name.endswith(".lora_A.weight") and len(shape) == 2:
            output = shapes.get(name.replace(".lora_A.", ".lora_B."), shape)[0]
            yield layer.removesuffix(".lora_A.weight"), {shape[1], output}
        elif name.endswith(".ia3_l"):
            yield layer.removesuffix(".ia3_l"), {max(shape)}


def _is_same_layer(one: str, other: str) -> bool:
    """Whether two names are of one layer, though a checkpoint saved without its head lacks the first part."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _shapes(checkpoint: Checkpoint) -> dict[str, list[int]]:
    return {name: entry["shape"] for file in checkpoint.weights for name, entry in read_header(file).items()}
