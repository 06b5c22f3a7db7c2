"""What of a checkpoint's files is read beside its weights: tokenizer, configuration, generation settings."""

from __future__ import annotations

from typing import Any, NamedTuple

from mtlbench.engines import loading
from mtlbench.engines.adapters import Adapter
from mtlbench.engines.base import Identity, Options
from mtlbench.suite.declarations import Model


class Files(NamedTuple):
    """As transformers reads them."""

    tokenizer: Any
    config: Any
    generation: Any
    """Its generation config."""
    virtual: int = 0
    """Tokens that an adapter puts before an input."""

    @classmethod
    def of(cls, identity: Identity, model: Model, options: Options) -> Files:
        """Raises InputError where the checkpoint is at fault."""
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        trust = {"trust_remote_code": model.trust_remote_code and options.trust_remote_code}
        with loading.explained(identity.source):
            config = AutoConfig.from_pretrained(identity.folder, **trust)
            tokenizer = AutoTokenizer.from_pretrained(identity.folder, **trust)
            if (identity.folder / "generation_config.json").is_file():
                generation = GenerationConfig.from_pretrained(identity.folder)
            else:
                generation = GenerationConfig.from_model_config(config)
        virtual = Adapter(identity.adapter).config.get("num_virtual_tokens", 0) if identity.adapter else 0
        return cls(tokenizer, config, generation, virtual)

    @property
    def limit(self) -> int:
        """Longest input in tokens."""
        return loading.longest(self.config, self.tokenizer, self.virtual)

    @property
    def positions(self) -> int | None:
        """Learned positions."""
        found: int | None = getattr(self.config, "max_position_embeddings", None)
        return found
