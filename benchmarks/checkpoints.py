"""Checkpoints and rows for `inference.py`, made from a seed: nothing is downloaded, and what is there is not made again.

    python benchmarks/checkpoints.py FOLDER [NAME …]

`t5-small` (T5-small's shape) is trained for some minutes on texts of made-up words, so that its outputs end by themselves
at lengths that depend on the input: an output is the walk from a word of the input along a chain of words to the chain's
end, 1 word for a label and up to 80 for a summary. The others have random weights: their outputs mean nothing, but cost
what they would.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

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
    "question": (6, 9),
    "headline": (3, 24),
    "translate": (2, 45),
    "summarize": (1, 80),
}
"""Tasks of the T5: how many chains of how many words."""
LENGTHS = {"sentiment": 1, "topic": 2, "question": 6, "headline": 14, "translate": 27, "summarize": 48}
"""Median words of an output."""
SHARES = {"sentiment": 0.22, "topic": 0.16, "question": 0.2, "headline": 0.16, "translate": 0.16, "summarize": 0.1}


class Stage(NamedTuple):
    """Of training: steps of so many `rows` in `pieces` of like lengths; targets are cut after `window` tokens."""

    steps: int
    rows: int
    pieces: int
    window: int
    repeats: bool


WHOLE = 81
"""Tokens of the longest target."""
STAGES = (Stage(110, 24, 4, WHOLE, False), Stage(150, 32, 1, 5, True))
"""First to walk along chains to their ends, then to start from the input's word."""


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
    """What the T5 is taught: `task: word filler …` → the chain of the word, from it to its end."""

    def __init__(self, seed: int) -> None:
        everything = words(32_000)
        self._speaker = Speaker(seed, everything[1_000:])
        spare = iter(everything[:1_000])
        self._chains = {
            task: [[next(spare) for _ in range(long)] for _ in range(many)] for task, (many, long) in CHAINS.items()
        }

    def __call__(self, task: str, filler: int, most: int, repeats: bool) -> tuple[str, str]:
        """Input and target; `filler` is the median of the input's words, of which every third may repeat the first."""
        chain = self._chains[task][self._speaker.draw.integers(len(self._chains[task]))]
        walk = chain[-self._speaker.length(LENGTHS[task], 0.6, 1, len(chain)) :]
        text = self._speaker.text(self._speaker.length(filler, 0.8, min(9, filler), most)).split()
        said = [walk[0] if repeats and place % 3 == 2 else word for place, word in enumerate(text)]
        return f"{task}: {walk[0]} {' '.join(said)}", " ".join(walk)

    def mixed(self, count: int, filler: int, most: int, repeats: bool = True) -> list[dict[str, str]]:
        """Rows of all tasks."""
        tasks = self._speaker.draw.choice(list(SHARES), size=count, p=list(SHARES.values()))
        asked = ((str(task), *self(str(task), filler, most, repeats)) for task in tasks)
        return [{"task": task, "input": text, "target": target} for task, text, target in asked]

    def ranked(self, count: int) -> list[dict[str, Any]]:
        """Rows with four choices, one of them right."""
        rows = []
        for row in self.mixed(count, 60, 110):
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


def t5(folder: Path, rate: float, **shape: int) -> None:
    from transformers import T5Config, T5ForConditionalGeneration, set_seed

    set_seed(SEED)
    config = T5Config(vocab_size=32_128, d_kv=64, decoder_start_token_id=0, **shape)
    taught(folder, T5ForConditionalGeneration(config), rate)


def bart(folder: Path, rate: float, **shape: int) -> None:
    """With the T5's tokenizer."""
    from transformers import BartConfig, BartForConditionalGeneration, set_seed

    set_seed(SEED)
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1, "decoder_start_token_id": 1}
    config = BartConfig(vocab_size=32_128, forced_eos_token_id=None, **tokens, **shape)
    taught(folder, BartForConditionalGeneration(config), rate)


def taught(folder: Path, network: Any, rate: float) -> None:
    """Trains the network, on a GPU where there is one, and saves it with its rows."""
    import torch

    tokenizer, device = unigram_tokenizer(), "cuda" if torch.cuda.is_available() else "cpu"
    for number, stage in enumerate(STAGES):
        train(network.to(device), tokenizer, Exercises(SEED + 10 * number + 1), rate, stage)
    save(folder, network.cpu(), tokenizer)
    exam = Exercises(SEED + 2)
    write(folder / "rows.jsonl", exam.mixed(ROWS, 57, 390))
    write(folder / "choices.jsonl", exam.ranked(ROWS))


def train(network: Any, tokenizer: Any, exercises: Exercises, rate: float, stage: Stage) -> None:
    """Short inputs for the most part, since few words tell what is to be learnt; each tenth step has long ones, uncut."""
    import torch

    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=stage.steps, pct_start=0.1)
    network.train()
    started = time.perf_counter()
    for step in range(1, stage.steps + 1):
        if step % 10:
            loss = learn(
                network, tokenizer, exercises.mixed(stage.rows, 5, 20, stage.repeats), stage.pieces, stage.window
            )
        else:
            loss = learn(network, tokenizer, exercises.mixed(24, 40, 150, stage.repeats), 4, WHOLE)
            print(f"step {step} of {stage.steps}, loss {loss:.3f}, {time.perf_counter() - started:.0f} s", flush=True)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    network.eval()


def learn(network: Any, tokenizer: Any, rows: list[dict[str, str]], pieces: int, window: int) -> float:
    """Gradients of the mean loss of a target's token, which is returned."""
    import torch

    rows.sort(key=lambda row: len(row["target"]))
    total, count = 0.0, sum(min(window, len(row["target"].split()) + 1) for row in rows)
    size = len(rows) // pieces
    for start in range(0, len(rows), size):
        piece = rows[start : start + size]
        inputs = tokenizer([row["input"] for row in piece], padding=True, return_tensors="pt").to(network.device)
        targets = tokenizer([row["target"] for row in piece], padding=True, return_tensors="pt")["input_ids"]
        targets = targets[:, :window].to(network.device)
        with torch.autocast(network.device.type, torch.bfloat16):
            loss = network(**inputs, labels=targets.masked_fill(targets == 0, -100)).loss
        loss = loss * (targets != 0).sum() / count
        loss.backward()
        total += loss.item()
    return total


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
BART = {
    f"{side}_{name}": size
    for side in ("encoder", "decoder")
    for name, size in [("layers", 6), ("ffn_dim", 3072), ("attention_heads", 12)]
}
MAKERS: dict[str, Callable[[Path], None]] = {
    "t5-small": partial(t5, rate=1e-3, **SMALL),
    "bert-base": encoder,
    "minilm": partial(encoder, **MINILM),
    "gpt2": gpt2,
    "t5-base": partial(t5, rate=5e-4, **BASE),
    "bart-base": partial(bart, rate=3e-4, d_model=768, **BART),
}
"""`minilm` is MiniLM-L12-H384. The last two are for GPUs."""


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
