"""Checkpoints and rows for `inference.py`, made from a seed: nothing is downloaded, and what is there is not made again.

    python benchmarks/checkpoints.py FOLDER [NAME …]

`t5-small` (T5-small's shape) is taught by hand: an output is the walk from a word of the input along a chain of words to
the chain's end, 1 word for a label and up to 80 for a summary. So outputs end by themselves, at lengths that depend on
the input. The others have random weights: their outputs mean nothing, but cost what they would.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

SEED = 7
ROWS = 2048
LABELS = ("negative", "neutral", "positive")
ONSETS, VOWELS, CODAS = (
    ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch", "sh", "st", "br", "tr"],
    ["a", "e", "i", "o", "u", "ai", "ou"],
    ["", "n", "r", "s", "l"],
)

CHAINS = {
    "sentiment": (3, 1),
    "topic": (8, 3),
    "question": (12, 9),
    "headline": (6, 24),
    "translate": (6, 45),
    "summarize": (3, 80),
}
"""Tasks of the T5: how many chains, of how many words after the first."""
LENGTHS = {"sentiment": 1, "topic": 2, "question": 6, "headline": 14, "translate": 27, "summarize": 48}
"""Median words of an output."""
SHARES = {"sentiment": 0.22, "topic": 0.16, "question": 0.2, "headline": 0.16, "translate": 0.16, "summarize": 0.1}
NOISE, RECALL, THRESHOLD = 0.3, 5.0, 0.025
"""Of the T5: what its random layers add, how much stronger the next word is than the last, a unit's threshold."""


def words(count: int) -> list[str]:
    """Made-up words, all different; the commoner ones, which come first, are short."""
    draw = np.random.default_rng(SEED)
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = 2 + int(draw.integers(3) * len(found) // count)
        parts = (
            ONSETS[draw.integers(20)] + VOWELS[draw.integers(7)] + CODAS[draw.integers(5)] for _ in range(syllables)
        )
        found["".join(parts)] = None
    return list(found)


class Speaker:
    """Draws texts of which a few words make up most, as in any language."""

    def __init__(self, seed: int, vocabulary: list[str]) -> None:
        self.draw = np.random.default_rng(seed)
        self._vocabulary = vocabulary
        frequency = 1 / (np.arange(len(vocabulary)) + 10)
        self._upto = np.cumsum(frequency) / frequency.sum()

    def text(self, length: int) -> str:
        drawn = np.searchsorted(self._upto, self.draw.random(length))
        return " ".join(self._vocabulary[number] for number in drawn)

    def length(self, median: float, spread: float, least: int, most: int) -> int:
        """Log-normal, `spread` the standard deviation of its logarithm."""
        return int(np.clip(round(math.exp(self.draw.normal(math.log(median), spread))), least, most))


class Exercises:
    """What the T5 is asked: `task: word filler …` → the rest of the word's chain. Each third word is that word."""

    def __init__(self, seed: int) -> None:
        everything = words(32_000)
        self._speaker = Speaker(seed, everything[1_000:])
        spare = iter(everything[:1_000])
        self.chains = {
            task: [[next(spare) for _ in range(long + 1)] for _ in range(n)] for task, (n, long) in CHAINS.items()
        }

    def mixed(self, count: int) -> list[dict[str, str]]:
        """Rows of all tasks."""
        return [
            self._row(str(task)) for task in self._speaker.draw.choice(list(SHARES), count, p=list(SHARES.values()))
        ]

    def _row(self, task: str) -> dict[str, str]:
        chain = self.chains[task][self._speaker.draw.integers(len(self.chains[task]))]
        first, *rest = chain[-1 - self._speaker.length(LENGTHS[task], 0.6, 1, len(chain) - 1) :]
        text = self._speaker.text(self._speaker.length(63, 0.8, 10, 390)).split()
        said = [word if place % 3 else first for place, word in enumerate(text)]
        return {"task": task, "input": f"{task}: {' '.join(said)}", "target": " ".join(rest)}

    def ranked(self, count: int) -> list[dict[str, Any]]:
        """Rows with four choices, one of them right."""
        rows = []
        for row in self.mixed(count):
            wrong = [" ".join(row["target"].split()[:1] + self._speaker.text(n).split()) for n in (1, 3, 8)]
            rows.append({"input": row["input"], "choices": [row["target"].split()[0], *wrong]})
        return rows


def unigram_tokenizer() -> Any:
    """T5's kind, whole words for all that the speaker says."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import T5TokenizerFast

    everything = words(32_000)
    letters = sorted({letter for word in everything for letter in word} | set("▁:.?qwxyj"))
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((letter, -20.0) for letter in letters)]
    known = [f"{task}:" for task in CHAINS] + everything
    pieces += [(f"▁{word}", -math.log(rank + 10)) for rank, word in enumerate(known)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return T5TokenizerFast(tokenizer_object=tokenizer, extra_ids=0, model_max_length=512)


def t5(folder: Path, **shape: int) -> None:
    from transformers import T5Config, T5ForConditionalGeneration, set_seed

    set_seed(SEED)
    network = T5ForConditionalGeneration(T5Config(vocab_size=32_128, d_kv=64, decoder_start_token_id=0, **shape))
    tokenizer, exercises = unigram_tokenizer(), Exercises(SEED + 1)
    chains = (chain for several in exercises.chains.values() for chain in several)
    teach(network, [pair for chain in chains for pair in pairwise(tokenizer(" ".join(chain))["input_ids"])])
    save(folder, network, tokenizer)
    write(folder / "rows.jsonl", exercises.mixed(ROWS))
    write(folder / "choices.jsonl", exercises.ranked(ROWS))


def teach(network: Any, successors: list[tuple[int, int]]) -> None:
    """Write into the last decoder layer which token follows which; the rest stays random and is turned down.

    Cross-attention, spread evenly, adds the mean of the input, of which one word is a third; the start token adds nothing.
    The feed-forward layer then holds a unit for each pair: it answers to the first token's embedding with the second's. The
    first dimension, the same for all tokens, is the bias that the layer lacks: units keep silent at likenesses of chance.
    """
    import torch

    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith((".o.weight", ".wo.weight")):
                weight.mul_(NOISE)
        embeddings, size = network.shared.weight, network.config.d_model
        embeddings[:, 0] = 3
        embeddings[0] = 0
        _, cross, forward = network.decoder.block[-1].layer
        cross.EncDecAttention.q.weight.zero_()
        for part in (cross.EncDecAttention.v, cross.EncDecAttention.o):
            part.weight.copy_(torch.eye(size))
        first, then = torch.tensor(successors).T
        for part in (forward.DenseReluDense.wi, forward.DenseReluDense.wo):
            part.weight.zero_()
        forward.DenseReluDense.wi.weight[: len(successors)] = embeddings[first] / size
        forward.DenseReluDense.wi.weight[: len(successors), 0] = -THRESHOLD
        forward.DenseReluDense.wo.weight[:, : len(successors)] = RECALL * embeddings[then].T


def bert_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import BertTokenizerFast

    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {word: number for number, word in enumerate(known + words(30_000))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return BertTokenizerFast(tokenizer_object=tokenizer, model_max_length=512)


def encoder(folder: Path, **shape: int) -> None:
    """BERT with a head of three labels."""
    from transformers import BertConfig, BertForSequenceClassification, set_seed

    set_seed(SEED)
    config = BertConfig(id2label=dict(enumerate(LABELS)), label2id={name: n for n, name in enumerate(LABELS)}, **shape)
    network = BertForSequenceClassification(config)
    network.classifier.weight.data.mul_(20)  # so that labels differ
    save(folder, network, bert_tokenizer())
    speaker = Speaker(SEED, words(30_000))
    write(folder / "rows.jsonl", [{"input": speaker.text(speaker.length(32, 0.8, 3, 250))} for _ in range(ROWS)])


def gpt2(folder: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel, set_seed

    set_seed(SEED)
    speaker = Speaker(SEED, words(10_000))
    tokenizer = byte_tokenizer(speaker.text(30) for _ in range(3_000))
    end = tokenizer.eos_token_id
    save(folder, GPT2LMHeadModel(GPT2Config(bos_token_id=end, eos_token_id=end)), tokenizer)
    rows = []
    for _ in range(ROWS):
        prompt, choices = speaker.text(speaker.length(45, 0.2, 30, 70)), [speaker.text(n) for n in (1, 2, 4, 8)]
        rows.append({"input": prompt, "choices": choices})
    write(folder / "choices.jsonl", rows)


def byte_tokenizer(texts: Iterator[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2TokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=8_000, special_tokens=["<|endoftext|>"], initial_alphabet=letters, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return GPT2TokenizerFast(tokenizer_object=tokenizer, model_max_length=1024)


def save(folder: Path, network: Any, tokenizer: Any) -> None:
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def read_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


SMALL = {"d_model": 512, "d_ff": 2048, "num_layers": 6, "num_heads": 8}
BASE = {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12}
MINILM = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 1536}
MAKERS: dict[str, Callable[[Path], None]] = {
    "t5-small": partial(t5, **SMALL),
    "bert-base": encoder,
    "minilm": partial(encoder, **MINILM),
    "gpt2": gpt2,
    "t5-base": partial(t5, **BASE),
}
"""`minilm` is MiniLM-L12-H384. The last is for GPUs."""


def made(folder: Path, name: str) -> Path:
    """The checkpoint's folder, made whole or not at all."""
    path = folder / name
    if not path.exists():
        begun = folder / f"{name}.begun"
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(parents=True)
        MAKERS[name](begun)
        begun.rename(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MAKERS)}; default the first four")
    given = parser.parse_args()
    for name in given.names or list(MAKERS)[:4]:
        print(made(given.folder, name))


if __name__ == "__main__":
    main()
