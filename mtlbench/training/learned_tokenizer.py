"""A tokenizer learned from a recipe's own training texts: one vocabulary for the whole family."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

FIRST, PAD, END, UNKNOWN = SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""With the numbers 0 to 3, as in BART and RoBERTa, whose configurations then fit as they are."""
LONGEST = 512
"""Tokens of an input, where the network has no limit of its own."""

_AROUND = {
    "text2text": (f"$A {END}", f"$A {END} $B {END}"),
    "causal": ("$A", "$A $B"),
    "heads": (f"{FIRST} $A {END}", f"{FIRST} $A {END} $B {END}"),
}
"""Kind of network → the special tokens around one text and around two."""


def learn(texts: Iterable[str], size: int, file: Path) -> None:
    """Write a BPE of `size` pieces. Blanks count as one space, “▁” marks a word's beginning, and punctuation stands alone,
    so that a word is the same piece before a comma as before a space.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    made = Tokenizer(models.BPE(unk_token=UNKNOWN))
    made.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " ")])
    marks = pre_tokenizers.Split(Regex(r"(?<!\d)[.,:?'-]"), "isolated")  # “3.5” stays whole
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), marks])
    made.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(SPECIAL), show_progress=False)
    made.train_from_iterator(texts, trainer)
    made.save(str(file))


def load(file: Path, kind: str) -> Any:
    """The tokenizer as networks of a kind (text2text, causal, heads) use it."""
    from tokenizers import Tokenizer, processors
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer.from_file(str(file))
    single, pair = _AROUND[kind]
    numbers = [(token, raw.token_to_id(token)) for token in (FIRST, END)]
    raw.post_processor = processors.TemplateProcessing(single=single, pair=pair, special_tokens=numbers)
    first = {"cls_token": FIRST, "sep_token": END} if FIRST in single else {}
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=LONGEST,
        model_input_names=["input_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
        **first,
    )
