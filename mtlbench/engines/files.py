"""What of a checkpoint's files is read beside its weights: tokenizer, configuration, generation settings."""

from __future__ import annotations

from typing import Any, NamedTuple

from mtlbench.engines import loading
from mtlbench.engines.base import Identity, Options
from mtlbench.suite.declarations import Model


class Files(NamedTuple):
    """As transformers reads them."""

    tokenizer: Any
    config: Any
    generation: Any
    """Its generation config."""

    @classmethod
    def of(cls, identity: Identity, model: Model, options: Options) -> Files:
        """Raises InputError where the checkpoint is at fault."""
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        trust = {"trust_remote_code": model.trust_remote_code and options.trust_remote_code}
        with loading.explained(identity.source):
            config = AutoConfig.from_pretrained(identity.folder, **trust)
            tokenizer = AutoTokenizer.from_pretrained(identity.folder, **trust)
            if (identity.folder / "generation_config.json").is_file():
                return cls(tokenizer, config, GenerationConfig.from_pretrained(identity.folder))
            return cls(tokenizer, config, GenerationConfig.from_model_config(config))

    @property
    def limit(self) -> int:
        """Longest input in tokens: the tokenizer's limit, and the positions of models that learn them."""
        limit = int(min(self.tokenizer.model_max_length, loading.UNLIMITED))
        return min(limit, self.positions or limit)

    @property
    def positions(self) -> int | None:
        """Learned positions."""
        found: int | None = getattr(self.config, "max_position_embeddings", None)
        return found
