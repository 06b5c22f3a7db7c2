"""Encoder-decoders (T5, Flan-T5, mT5, BART) through transformers: text in, text out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from mtlbench.engines.base import Engine, Identity, Options, Output, Request
from mtlbench.engines.batching import pack
from mtlbench.engines.checkpoint import BrokenWeights, Checkpoint, find_checkpoint
from mtlbench.engines.device import choose_device, choose_dtype
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError

BUDGETS = {"cpu": 8_192, "cuda": 131_072}
"""Padded encoder tokens × beams in a batch."""
MOST_ROWS = 512
UNLIMITED = 1_000_000
"""Tokenizers without a limit claim an absurd one."""


class Text2Text(Engine):
    names = ("transformers",)
    engine = "transformers"
    kinds = ("text2text",)

    @classmethod
    def identify(cls, model: Model, base: Path, options: Options) -> Identity:
        checkpoint = find_checkpoint(model, base)
        device = choose_device(options.device)
        try:
            parameters = checkpoint.parameters
        except BrokenWeights as error:
            raise InputError(f"the weights of {model.checkpoint} are broken: {error}") from error
        return Identity(
            kind="text2text",
            engine=cls.engine,
            source=model.checkpoint or "",
            fingerprint=checkpoint.fingerprint,
            folder=checkpoint.folder,
            parameters=parameters,
            bytes=checkpoint.bytes,
            dtype=choose_dtype(model.dtype, device),
            device=device,
            defaults=_own_generation(checkpoint),
            checkpoint_generation=checkpoint.generation_config,
        )

    @classmethod
    def load(cls, identity: Identity, model: Model, options: Options, notify: Callable[[str], None]) -> Self:
        import torch
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        trust = model.trust_remote_code and options.trust_remote_code
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(identity.folder, trust_remote_code=trust)
            network, report = transformers.AutoModelForSeq2SeqLM.from_pretrained(
                identity.folder,
                dtype=getattr(torch, str(identity.dtype)),
                use_safetensors=True,
                trust_remote_code=trust,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as error:
            raise InputError(f"cannot load {identity.source}: {_first_line(error)}") from error
        _refuse_random_weights(identity, report)
        if len(tokenizer) > network.get_input_embeddings().num_embeddings:
            raise InputError(
                f"the tokenizer of {identity.source} knows {len(tokenizer)} tokens, its model only "
                f"{network.get_input_embeddings().num_embeddings}: they do not belong together"
            )
        tokenizer.padding_side = "right"  # left padding shifts the absolute positions of BART's encoder
        return cls(network.eval().to(identity.device), tokenizer, identity, notify)

    def __init__(self, network: Any, tokenizer: Any, identity: Identity, notify: Callable[[str], None]) -> None:
        self._network, self._tokenizer, self._notify = network, tokenizer, notify
        self._budget = BUDGETS[str(identity.device).split(":")[0]] if identity.device else BUDGETS["cpu"]
        self._limit = _input_limit(network, tokenizer)
        self._eos = _as_set(network.generation_config.eos_token_id)

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        def settings(request: Request) -> str:
            return request.generation.model_dump_json()

        for _, alike in groupby(sorted(requests, key=settings), settings):
            yield from self._run_alike(list(alike))

    def _run_alike(self, requests: list[Request]) -> Iterator[list[tuple[int, Output]]]:
        """Requests with the same generation settings."""
        tokens, truncated = self._tokenize(requests)
        beams = requests[0].generation.num_beams or 1
        waiting = list(pack([len(row) for row in tokens], self._budget // beams, MOST_ROWS))[::-1]
        while waiting:
            batch = waiting.pop()
            try:
                outputs = self._answer([tokens[index] for index in batch], requests[0].generation)
            except (MemoryError, RuntimeError) as error:
                if not _is_out_of_memory(error) or len(batch) == 1:
                    raise
                self._release_memory()
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
                self._budget = max(1, self._budget // 2)
                self._notify(f"out of memory with {len(batch)} rows: going on with {half}")
                continue
            yield [
                (requests[index].number, _marked(output, truncated[index]))
                for index, output in zip(batch, outputs, strict=True)
            ]

    def _tokenize(self, requests: list[Request]) -> tuple[list[list[int]], list[bool]]:
        """Token ids of each request, cut to the limit, and whether they were cut."""
        rows: list[list[int]] = self._tokenizer([request.text for request in requests], verbose=False)["input_ids"]
        truncated = [False] * len(rows)
        for index, (row, request) in enumerate(zip(rows, requests, strict=True)):
            limit = min(request.max_input_tokens or UNLIMITED, self._limit)
            if len(row) > limit:
                rows[index] = self._tokenizer(request.text, truncation=True, max_length=limit)["input_ids"]
                truncated[index] = True
        return rows, truncated

    def _answer(self, rows: list[list[int]], generation: Generation) -> list[Output]:
        import torch

        device = self._network.device
        started = time.perf_counter()
        padded = self._tokenizer.pad({"input_ids": rows}, padding=True, return_tensors="pt").to(device)
        with torch.inference_mode():
            sequences = self._network.generate(
                input_ids=padded["input_ids"],
                attention_mask=padded["attention_mask"],
                generation_config=self._config(generation),
            )[:, 1:].cpu()
        texts = self._tokenizer.batch_decode(sequences, skip_special_tokens=True)
        seconds = (time.perf_counter() - started) / len(rows)
        outputs = []
        for row, text, sequence in zip(rows, texts, sequences.tolist(), strict=True):
            length, ended = _generated(sequence, self._eos)
            outputs.append(Output(text, len(row), length, seconds, limited=not ended))
        return outputs

    def _config(self, generation: Generation) -> Any:
        """The checkpoint's generation config with the request's keys over it; lengths count decoder tokens alone."""
        config = deepcopy(self._network.generation_config)
        config.max_length = config.min_length = None
        config.do_sample = False
        config.temperature = config.top_p = config.top_k = None  # of sampling alone; transformers would warn of them
        for key, value in generation.model_dump(exclude_none=True).items():
            setattr(config, key, value)
        positions = getattr(self._network.config, "max_position_embeddings", None)
        if positions:  # learned positions end; what runs into the end is reported as limited
            config.max_new_tokens = min(config.max_new_tokens, positions - 1)
        if (config.num_beams or 1) == 1:  # keys of beam search, of which greedy search would warn
            config.early_stopping = config.length_penalty = None
        return config

    def _release_memory(self) -> None:
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _own_generation(checkpoint: Checkpoint) -> Generation:
    """What the checkpoint itself sets. Its `max_length` and `min_length` count the decoder's start token, ours do not."""
    found = dict(checkpoint.generation_config)
    for total, new in (("max_length", "max_new_tokens"), ("min_length", "min_new_tokens")):
        if found.get(total) and not found.get(new):
            found[new] = max(int(found[total]) - 1, 1 if new == "max_new_tokens" else 0)
    return Generation(**{key: value for key, value in found.items() if key in Generation.model_fields})


def _refuse_random_weights(identity: Identity, report: dict[str, Any]) -> None:
    """Weights that the checkpoint lacks would be random numbers, and so would the scores."""
    missing = sorted(report["missing_keys"]) + sorted(str(key[0]) for key in report["mismatched_keys"])
    if missing:
        names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise InputError(
            f"{identity.source} lacks weights that its config.json calls for: {names}",
            "they would be random; save the checkpoint again from the whole model",
        )


def _input_limit(network: Any, tokenizer: Any) -> int:
    """Longest input in tokens: the tokenizer's limit, and the positions of models that learn them."""
    limits = [int(min(tokenizer.model_max_length, UNLIMITED))]
    positions = getattr(network.config, "max_position_embeddings", None)
    if positions:
        limits.append(int(positions))
    return min(limits)


def _generated(sequence: list[int], eos: set[int]) -> tuple[int, bool]:
    """Tokens generated, the end token included, and whether it came."""
    for position, token in enumerate(sequence):
        if token in eos:
            return position + 1, True
    return len(sequence), False


def _as_set(value: int | list[int] | None) -> set[int]:
    if value is None:
        return set()
    return set(value) if isinstance(value, list) else {value}


def _marked(output: Output, truncated: bool) -> Output:
    return replace(output, truncated=True) if truncated else output


def _is_out_of_memory(error: BaseException) -> bool:
    import torch

    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in str(error)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
