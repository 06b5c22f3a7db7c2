"""What of the suite CTranslate2 can do: checkpoints, number types, generation settings and their names there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mtlbench.engines.base import Identity, Refusal
from mtlbench.engines.decoding import PLAIN
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError

FAMILIES = {
    "text2text": ("t5", "mt5", "bart", "mbart", "m2m_100"),
    "causal": ("gpt2", "llama"),
}
"""Types of model, by kind, that are tested to give the checkpoint's own numbers."""
KNOWN = PLAIN | {
    "max_length", "min_length", "num_beams", "length_penalty", "early_stopping", "no_repeat_ngram_size",
    "repetition_penalty", "do_sample", "temperature", "top_p", "top_k",
}  # fmt: skip
"""Keys of a checkpoint's generation config that are heeded, or, as those of sampling, by no engine."""
NOT_INSTALLED = Refusal(
    "`engine: ctranslate2` needs a package that is not installed", "pip install 'mtlbench[ctranslate2]'"
)


def is_installed() -> bool:
    return find_spec("ctranslate2") is not None


def refuses_checkpoint(model: Model, config: Mapping[str, Any], kind: str) -> Refusal | None:
    """Why CTranslate2 cannot take the checkpoint, told from its `config.json`."""
    if not is_installed():
        return NOT_INSTALLED
    if config.get("model_type") not in FAMILIES[kind]:
        known = ", ".join(sorted({family for families in FAMILIES.values() for family in families}))
        return Refusal(
            f"`engine: ctranslate2` cannot take {model.checkpoint}, of type {config.get('model_type')}",
            f"it takes {known}; leave `engine` out for others",
        )
    return None


def refuses_generation(generation: Generation, kind: str) -> Refusal | None:
    """Why CTranslate2 cannot write under these settings."""
    if generation.stop and is_beam_search(generation):
        return Refusal("`engine: ctranslate2` does not know `stop` in a beam search", "say `num_beams: 1`")
    if kind == "causal" and (generation.repetition_penalty or 1) != 1:
        return Refusal(
            "`repetition_penalty` is of prompt and answer together, where `engine: ctranslate2` knows the answer alone",
            "leave the key out, or `engine`",
        )
    return None


def is_exact(generation: Generation) -> bool:
    """Whether outputs are those of transformers, but for rounding.

    In a beam search, transformers forbids and penalises tokens after their probabilities were taken, CTranslate2 before;
    and CTranslate2 always ends one as `early_stopping: true` does.
    """
    changed = generation.no_repeat_ngram_size or generation.min_new_tokens or (generation.repetition_penalty or 1) != 1
    return not is_beam_search(generation) or bool(generation.early_stopping and not changed)


def is_beam_search(generation: Generation) -> bool:
    return (generation.num_beams or 1) > 1


def check_own_settings(folder: Path, source: str) -> None:
    """Raises InputError for keys of the checkpoint's own that would be passed over."""
    path = folder / "generation_config.json"
    own = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    unknown = sorted(key for key, value in own.items() if key not in KNOWN and value not in (None, False, 0, 1, [], {}))
    if unknown:
        raise InputError(
            f"generation_config.json of {source} sets {', '.join(unknown)}, which `engine: ctranslate2` does not know",
            "leave `engine` out",
        )


def version() -> str:
    import ctranslate2

    return str(ctranslate2.__version__)


def compute_type(model: Model, identity: Identity) -> str:
    """CTranslate2's name of the number types; raises InputError where this machine, or CTranslate2, has none such."""
    import ctranslate2

    if model.quantize not in (None, "int8"):
        raise InputError(f"`engine: ctranslate2` does not know `quantize: {model.quantize}`", "say `quantize: int8`")
    wanted = f"int8_{identity.dtype}" if model.quantize else str(identity.dtype)
    place, _, index = str(identity.device).partition(":")
    if place not in ("cpu", "cuda"):
        raise InputError(
            f"`engine: ctranslate2` does not run on {identity.device}", "say --device cpu, or leave `engine` out"
        )
    known = ctranslate2.get_supported_compute_types(place, int(index or 0))
    if wanted not in known:
        raise InputError(
            f"`engine: ctranslate2` has no {wanted} on this machine's {place}",
            f"it has {', '.join(sorted(known))}; choose by `dtype` and `quantize`",
        )
    return wanted


def options(generation: Generation, most: int) -> dict[str, Any]:
    """Settings under the names that CTranslate2's Generator has for them; lengths count new tokens alone."""
    beams = generation.num_beams or 1
    given = {
        "beam_size": beams,
        "max_length": min(generation.max_new_tokens or most, most),
        "min_length": generation.min_new_tokens or 0,
        "length_penalty": generation.length_penalty if beams > 1 else None,
        "no_repeat_ngram_size": generation.no_repeat_ngram_size,
        "repetition_penalty": generation.repetition_penalty,
    }
    return {name: value for name, value in given.items() if value is not None}
