"""Languages of multilingual encoder-decoders (mBART, mBART-50, M2M100, NLLB): from a task's names to the model's tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mtlbench.engines.base import Asked, Refusal
from mtlbench.registry import nearest
from mtlbench.suite.faults import InputError

BEGINS_WITH_CODE = frozenset({"mbart", "plbart"})
"""Types of model whose decoder starts from the language's code, where the tokenizer puts codes last; others force it
as the first token after the start.
"""
MULTILINGUAL = BEGINS_WITH_CODE | {"m2m_100", "nllb-moe"}
_NLLB_CODE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


class Direction(NamedTuple):
    """The code of the input's language and the token of the output's; None where the model has or needs none."""

    source: str | None = None
    target: int | None = None


def refuse_unknown_direction(config: Mapping[str, Any], source: str, asked: Asked) -> Refusal | None:
    """A multilingual model that is told no language writes in any. A checkpoint may name one for all its outputs."""
    own = config.get("forced_bos_token_id") or config.get("decoder_start_token_id") not in (
        None,
        config.get("eos_token_id", 2),
    )
    missing = [key for key in ("source_lang", "target_lang") if getattr(asked, key) is None]
    if config.get("model_type") not in MULTILINGUAL or own or not missing:
        return None
    return Refusal(
        f"task `{asked.task}` lacks {' and '.join(f'`{key}`' for key in missing)}, which {source} must be told",
        "write them on the task, as in `source_lang: en` and `target_lang: fr`; models of one language ignore them",
    )


class Languages:
    """The languages that a tokenizer has codes for; it has none where its model knows but one language."""

    def __init__(self, tokenizer: Any, model_type: str, source: str) -> None:
        self._tokenizer, self._source = tokenizer, source
        self._codes = _codes(tokenizer)
        self._first: str | None = tokenizer.src_lang if self._codes else None
        starts = model_type in BEGINS_WITH_CODE and self._puts_codes_last()
        self._key = "decoder_start_token_id" if starts else "forced_bos_token_id"

    def direction(self, asked: Asked) -> Direction:
        """Raises InputError for a language that the tokenizer does not have."""
        if not self._codes:
            return Direction()
        source = self._first if asked.source_lang is None else self._code(asked.source_lang)
        target = None if asked.target_lang is None else self._codes[self._code(asked.target_lang)]
        return Direction(source, target)

    def read_as(self, direction: Direction) -> None:
        """Inputs tokenised from now on are in the direction's source language."""
        if direction.source is not None:
            self._tokenizer.src_lang = direction.source
            self._tokenizer.tgt_lang = direction.source  # any will do: codes around targets are taken off again

    def generation_keys(self, direction: Direction) -> dict[str, int]:
        """What makes a model write the target language: keys of transformers' generation config."""
        return {} if direction.target is None else {self._key: direction.target}

    def without_codes(self, tokens: list[int]) -> list[int]:
        """The tokens of a target less the codes that its tokenizer puts around them."""
        codes = set(self._codes.values())
        return [token for token in tokens if token not in codes]

    def _code(self, name: str) -> str:
        """The code that `name` is, or the only one whose language it is: fr → fr_XX."""
        if name in self._codes:
            return name
        same = [code for code in self._codes if code.split("_")[0] == name.lower()]
        if len(same) == 1:
            return same[0]
        if same:
            raise InputError(f"“{name}” may be {' or '.join(same)} to {self._source}", "write the one that is meant")
        near = [code for code in self._codes if code[:2].lower() == name[:2].lower()]
        near = near or [code for code in (nearest(name, self._codes),) if code]
        raise InputError(
            f"the tokenizer of {self._source} knows no language “{name}”",
            f"near it: {', '.join(near)}" if near else f"it knows {', '.join(self._codes)}",
        )

    def _puts_codes_last(self) -> bool:
        return bool(self._codes) and self._tokenizer(text_target="")["input_ids"][-1] in self._codes.values()


def _codes(tokenizer: Any) -> dict[str, int]:
    """Language code → token id; empty for tokenizers without languages."""
    if not hasattr(tokenizer, "src_lang"):
        return {}
    if hasattr(tokenizer, "lang_code_to_id"):
        return dict(tokenizer.lang_code_to_id)
    tokens = (token for token in tokenizer.all_special_tokens if _NLLB_CODE.fullmatch(token))
    return {token: tokenizer.convert_tokens_to_ids(token) for token in tokens}
