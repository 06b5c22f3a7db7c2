"""Tiny encoders of each family with the tokenizer of their family, with one head of transformers or several of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.checkpoints import WORDS

FAMILIES = ("bert", "roberta", "distilbert", "electra", "deberta-v2")

TEXTS = [" ".join(WORDS), " ".join(reversed(WORDS)), "The hotel was quiet."]

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
LONGEST = 64
"""Tokens."""


def tokenizer(family: str) -> Any:
    """WordPiece, byte-level BPE or Unigram, in transformers' own class."""
    import transformers

    made: dict[str, Any] = {
        "bert": ("BertTokenizer", _wordpiece),
        "electra": ("ElectraTokenizer", _wordpiece),
        "distilbert": ("DistilBertTokenizer", _wordpiece),
        "roberta": ("RobertaTokenizer", _byte_level),
        "deberta-v2": ("DebertaV2Tokenizer", _unigram),
    }
    name, train = made[family]
    return getattr(transformers, name)(**train(), model_max_length=LONGEST)


def _wordpiece() -> dict[str, Any]:
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    marks = [*"0123456789.,?!-"]
    tokens = [*BERT_SPECIAL, *letters, *marks, *(f"##{each}" for each in (*letters, *marks)), *WORDS[::2]]
    return {"vocab": {token: number for number, token in enumerate(dict.fromkeys(tokens))}}


def _byte_level() -> dict[str, Any]:
    from tokenizers import ByteLevelBPETokenizer

    raw = ByteLevelBPETokenizer(add_prefix_space=False)
    raw.train_from_iterator(TEXTS * 3, vocab_size=330, min_frequency=2, special_tokens=ROBERTA_SPECIAL)
    import json

    model = json.loads(raw.to_str())["model"]
    return {"vocab": model["vocab"], "merges": [tuple(merge) for merge in model["merges"]]}


def _unigram() -> dict[str, Any]:
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    raw = Tokenizer(models.Unigram())
    raw.pre_tokenizer = pre_tokenizers.Metaspace()
    raw.train_from_iterator(
        TEXTS * 3, trainers.UnigramTrainer(vocab_size=120, special_tokens=BERT_SPECIAL, unk_token="[UNK]")
    )
    return {"vocab": [tuple(entry) for entry in json.loads(raw.to_str())["model"]["vocab"]]}


def config(family: str, tokens: Any, **others: Any) -> Any:
    from transformers import AutoConfig

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
    positions = LONGEST + (tokens.pad_token_id + 1 if family == "roberta" else 0)
    own: dict[str, Any] = {
        "bert": sizes,
        "electra": {**sizes, "embedding_size": 16},
        "roberta": {**sizes, "type_vocab_size": 1},
        "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
        "deberta-v2": {**sizes, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8},
    }[family]
    return AutoConfig.for_model(
        family,
        vocab_size=len(tokens),
        max_position_embeddings=positions,
        pad_token_id=tokens.pad_token_id,
        **own,
        **others,
    )


def sharpen(network: Any) -> Any:
    """Weights large enough that answers differ from input to input."""
    import torch

    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
    return network


def headed(folder: Path, family: str, head: str, labels: Sequence[str] = (), seed: int = 0, **others: Any) -> Path:
    """One of transformers' own: `head` is SequenceClassification, TokenClassification, QuestionAnswering, MultipleChoice."""
    import torch
    import transformers

    torch.manual_seed(seed)
    tokens = tokenizer(family)
    if labels:
        others["id2label"] = dict(enumerate(labels))
        others["label2id"] = {label: number for number, label in enumerate(labels)}
    made = getattr(transformers, f"AutoModelFor{head}").from_config(config(family, tokens, **others))
    sharpen(made).save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder


def multitask(folder: Path, family: str, heads: Sequence[dict[str, Any]], seed: int = 0) -> Path:
    """Ours, with these heads."""
    import torch
    from transformers import AutoModel

    from mtlbench.encoders import MultitaskEncoder

    torch.manual_seed(seed)
    tokens = tokenizer(family)
    made = MultitaskEncoder.from_backbone(AutoModel.from_config(config(family, tokens)), heads)
    sharpen(made).save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder
