"""Tiny checkpoints of models of several languages, made on the spot, with the tokenizers of their families."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.checkpoints import WORDS, tokenizer

SIZES: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 128,
}  # fmt: skip


def multilingual(folder: Path, family: str) -> Path:
    """A checkpoint of `family`: mbart50, mbart, nllb, m2m100 or mt5."""
    import torch

    torch.manual_seed(0)
    network = {"mbart50": _mbart50, "mbart": _mbart, "nllb": _nllb, "m2m100": _m2m100, "mt5": _mt5}[family](folder)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
    network.save_pretrained(folder)
    return folder


def _mbart50(folder: Path) -> Any:
    """The decoder starts from the end token, and the language's code is forced after it."""
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

    made = MBart50Tokenizer(vocab=_pieces(), src_lang="en_XX", model_max_length=128)
    made.save_pretrained(folder)
    config = MBartConfig(
        vocab_size=len(made), decoder_start_token_id=made.eos_token_id, forced_eos_token_id=None, **SIZES
    )
    return MBartForConditionalGeneration(config)


def _mbart(folder: Path) -> Any:
    """The decoder starts from the language's code."""
    from transformers import MBartConfig, MBartForConditionalGeneration, MBartTokenizer

    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    made = MBartTokenizer(vocab=[*special, *_pieces()[3:]], src_lang="en_XX", model_max_length=128)
    made.save_pretrained(folder)
    return MBartForConditionalGeneration(MBartConfig(vocab_size=len(made), forced_eos_token_id=None, **SIZES))


def _nllb(folder: Path) -> Any:
    from transformers import NllbTokenizer

    letters = sorted({letter for word in WORDS for letter in word})
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "▁", *letters]
    made = NllbTokenizer(
        vocab={piece: number for number, piece in enumerate(vocabulary)}, merges=[], src_lang="eng_Latn",
        model_max_length=128,
    )  # fmt: skip
    made.save_pretrained(folder)
    return _m2m100_network(made, len(made))


def _m2m100(folder: Path) -> Any:
    """Its codes are plain (en, fr), its tokens __en__, and its tokenizer is sentencepiece's own."""
    from sentencepiece import SentencePieceTrainer
    from transformers import M2M100Tokenizer

    SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(WORDS)] * 5), model_prefix=str(folder / "trained"), vocab_size=60,
        hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    pieces = (folder / "trained.vocab").read_text(encoding="utf-8").splitlines()
    names = ["<s>", "<pad>", "</s>", "<unk>", *(line.split("\t")[0] for line in pieces[3:])]
    (folder / "pieces.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    made = M2M100Tokenizer(folder / "pieces.json", str(folder / "trained.model"), src_lang="en", model_max_length=128)
    made.save_pretrained(folder)
    return _m2m100_network(made, max(made.lang_code_to_id.values()) + 1)


def _m2m100_network(made: Any, size: int) -> Any:
    """NLLB's and M2M100's, for a tokenizer whose tokens, the codes among them, are `size`."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    return M2M100ForConditionalGeneration(
        M2M100Config(vocab_size=size, decoder_start_token_id=made.eos_token_id, forced_eos_token_id=None, **SIZES)
    )


def _mt5(folder: Path) -> Any:
    from transformers import MT5Config, MT5ForConditionalGeneration

    made = tokenizer(folder, "t5")
    return MT5ForConditionalGeneration(
        MT5Config(
            vocab_size=len(made), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4,
            pad_token_id=made.pad_token_id, eos_token_id=made.eos_token_id, decoder_start_token_id=made.pad_token_id,
        )
    )  # fmt: skip


def _pieces() -> list[tuple[str, float]]:
    """Pieces of a unigram model, in sentencepiece's order: the unknown piece, two for start and end, the others."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    raw = Tokenizer(models.Unigram())
    raw.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>"]
    raw.train_from_iterator(
        WORDS * 3,
        trainers.UnigramTrainer(vocab_size=150, special_tokens=special, unk_token="<unk>", show_progress=False),
    )
    return [(piece, score) for piece, score in json.loads(raw.to_str())["model"]["vocab"]]
