"""Quantised and pruned variants of a network, made on loading.

Both concern the linear layers alone, those of the output vocabulary excepted, which share their weights with the
embeddings in most models. On a CPU it is half of a decoding step, and is quantised as a copy of its own.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError

FP8_CAPABILITY = (8, 9)
"""Compute capability from which GPUs multiply 8-bit floats."""
X86 = ("x86_64", "AMD64")


def check_compression(model: Model, device: str, dtype: str) -> None:
    """Raises InputError where the device cannot do what the model asks for."""
    if model.quantize is None:
        return
    if model.adapter is not None:
        raise InputError(
            "`quantize` and `adapter` do not go together: an adapter's layers need those that it was trained on",
            "merge the adapter into its base (`merge_and_unload`), save that, and quantize it",
        )
    if device.startswith("cuda"):
        _check_gpu(model.quantize)
    elif model.quantize != "int8" or device != "cpu":
        raise InputError(
            f"`quantize: {model.quantize}` needs a GPU (CUDA), and this run is on {device}",
            "say `quantize: int8`, which the CPU can do, or run it where there is a GPU",
        )
    elif platform.machine() not in X86:
        raise InputError(
            f"`quantize: int8` on the CPU needs an x86 one, and this is {platform.machine()}",
            "leave it out, or run it on another machine",
        )
    elif dtype != "float32":
        raise InputError(
            f"`quantize: int8` on the CPU is of float32 models, not {dtype}", "leave `dtype` out, or say float32"
        )


def compressed(network: Any, model: Model, device: str) -> Any:
    """The network, changed in place: first pruned, then quantised."""
    if model.prune is not None:
        _prune(network, model.prune)
    if model.quantize is not None:
        _as_linear(network)
        (_quantize_on_cpu if device == "cpu" else _quantize_on_gpu)(network, model.quantize)
    return network


def linear_layers(network: Any) -> dict[str, Any]:
    """Linear layers by name, GPT-2's transposed ones too, without the output vocabulary's."""
    import torch
    from transformers.pytorch_utils import Conv1D

    output = network.get_output_embeddings()
    kinds = (torch.nn.Linear, Conv1D)
    return {name: part for name, part in network.named_modules() if isinstance(part, kinds) and part is not output}


def _prune(network: Any, share: float) -> None:
    """Set the weights of least magnitude to 0: in each layer by itself, round(share × its weights) of them."""
    import torch

    with torch.no_grad():
        for layer in linear_layers(network).values():
            weight = layer.weight
            smallest = weight.abs().flatten().topk(round(share * weight.numel()), largest=False).indices
            weight.mul_(torch.ones_like(weight).flatten().index_fill(0, smallest, 0).view_as(weight))


def _as_linear(network: Any) -> None:
    """Replace GPT-2's transposed layers by ordinary ones with the same numbers."""
    import torch
    from transformers.pytorch_utils import Conv1D

    for name, layer in linear_layers(network).items():
        if isinstance(layer, Conv1D):
            inputs, outputs = layer.weight.shape
            linear = torch.nn.Linear(inputs, outputs, device="meta")
            linear.weight = torch.nn.Parameter(layer.weight.detach().T.contiguous(), requires_grad=False)
            linear.bias = layer.bias
            network.set_submodule(name, linear.eval())


def _quantize_on_cpu(network: Any, to: str) -> None:
    """int8, the output vocabulary too: as a copy of its own, so that the embeddings stay what they are."""
    import torch

    from mtlbench.engines.layers.int8 import Int8Linear

    for name, layer in linear_layers(network).items():
        network.set_submodule(name, Int8Linear.of(layer))
    output = network.get_output_embeddings()
    if isinstance(output, torch.nn.Linear):
        network.set_output_embeddings(Int8Linear.of(output))


def _quantize_on_gpu(network: Any, to: str) -> None:
    from torchao.quantization import quantize_

    chosen = set(map(id, linear_layers(network).values()))
    quantize_(network, _gpu_config(to), filter_fn=lambda layer, name: id(layer) in chosen)


def _gpu_config(to: str) -> Any:
    from torchao import quantization

    configs: dict[str, Callable[[], Any]] = {
        "int8": quantization.Int8DynamicActivationInt8WeightConfig,
        "int4": quantization.Int4WeightOnlyConfig,
        "fp8": quantization.Float8DynamicActivationFloat8WeightConfig,
    }
    return configs[to]()


def _check_gpu(to: str) -> None:
    import importlib.util

    import torch

    if importlib.util.find_spec("torchao") is None:
        raise InputError(f"`quantize: {to}` on a GPU needs torchao", "pip install 'mtlbench[quantize]'")
    if to == "fp8" and torch.cuda.get_device_capability() < FP8_CAPABILITY:
        raise InputError("`quantize: fp8` needs a GPU of compute capability 8.9 (Ada, Hopper) or later", "say int8")
