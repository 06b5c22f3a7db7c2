"""Real, tiny checkpoints of each family, made on the spot: random weights, tokenizers trained on a few sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = [
    "the",
    "a",
    "hotel",
    "room",
    "was",
    "clean",
    "quiet",
    "and",
    "staff",
    "were",
    "kind",
    "food",
    "cold",
    "price",
    "high",
    "we",
    "stayed",
    "two",
    "nights",
    "near",
    "old",
    "station",
    "breakfast",
    "lovely",
    "noisy",
    "street",
    "waiter",
    "forgot",
    "our",
    "order",
    "shop",
    "sold",
    "fresh",
    "bread",
    "cheap",
    "positive",
    "negative",
    "what",
    "who",
]


def tokenizer(folder: Path, kind: str) -> Any:
    """A fast tokenizer with the special tokens of its family."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    start, end = {"t5": (None, "</s>"), "bart": ("<s>", "</s>")}[kind]
    special = [token for token in (start, "<pad>", end, "<unk>") if token]
    raw = Tokenizer(models.BPE(unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Metaspace()
    raw.decoder = decoders.Metaspace()
    raw.train_from_iterator([" ".join(WORDS)] * 3, trainers.BpeTrainer(vocab_size=200, special_tokens=special))
    pairs = [(token, raw.token_to_id(token)) for token in (start, end) if token]
    single = f"{start} $A {end}" if start else f"$A {end}"
    raw.post_processor = processors.TemplateProcessing(single=single, special_tokens=pairs)
    made = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token=end, unk_token="<unk>", bos_token=start, model_max_length=128
    )
    made.save_pretrained(folder)
    return made


def text2text(folder: Path, kind: str, seed: int = 0) -> Path:
    """A T5 or BART with weights large enough that its choices are clear and its outputs end."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

    torch.manual_seed(seed)
    tokens = tokenizer(folder, kind)
    ids = {"pad_token_id": tokens.pad_token_id, "eos_token_id": tokens.eos_token_id}
    network: Any
    if kind == "t5":
        config = T5Config(
            vocab_size=len(tokens), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
            decoder_start_token_id=tokens.pad_token_id, **ids,
        )  # fmt: skip
        network = T5ForConditionalGeneration(config)
    else:
        config = BartConfig(
            vocab_size=len(tokens), d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
            decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=128,
            bos_token_id=tokens.bos_token_id, decoder_start_token_id=tokens.eos_token_id, forced_eos_token_id=None, **ids,
        )  # fmt: skip
        network = BartForConditionalGeneration(config)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
    network.save_pretrained(folder)
    return folder
