"""How others answer the rows of `inference.py`: each loads once and returns what answers texts, strings in to strings out.

All decode greedily up to `most` new tokens. Settings are those that their users have, the batch size apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Answer = Callable[[Sequence[str]], list[str]]
Teach = Callable[[Sequence[str], Sequence[str]], list[str]]
"""Texts with their targets → answers."""
Rank = Callable[[Sequence[tuple[str, Sequence[str]]]], list[str]]
"""Texts with their choices → the likeliest choices."""


def harness(folder: Path, backend: str, device: str, dtype: str) -> Any:
    """lm-eval's model."""
    import logging

    from lm_eval.models.huggingface import HFLM

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    return HFLM(pretrained=str(folder), backend=backend, device=device, dtype=dtype)


def harness_writes(model: Any, batch: int, most: int) -> Answer:
    """`generate_until`, which sorts by length; `batch_size=auto` is 64 wherever the memory does, and a search for it."""

    def answer(texts: Sequence[str]) -> list[str]:
        model.batch_size_per_gpu = batch
        settings = {"until": [], "max_gen_toks": most, "do_sample": False}
        return list(
            model.generate_until([_instance("generate_until", (text, settings)) for text in texts], disable_tqdm=True)
        )

    return answer


def harness_ranks(model: Any, batch: int) -> Rank:
    """`loglikelihood` of a space and each choice."""

    def rank(rows: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        model.batch_size_per_gpu = batch
        asked = [_instance("loglikelihood", (text, f" {choice}")) for text, choices in rows for choice in choices]
        scores = iter([score for score, _ in model.loglikelihood(asked, disable_tqdm=True)])
        return [
            choices[max(range(len(choices)), key=[next(scores) for _ in choices].__getitem__)] for _, choices in rows
        ]

    return rank


def _instance(kind: str, arguments: tuple[Any, ...]) -> Any:
    from lm_eval.api.instance import Instance

    return Instance(request_type=kind, doc={}, arguments=arguments, idx=0)


def text_pipeline(folder: Path, batch: int | None, most: int, device: str, dtype: str) -> Answer:
    """transformers 5 has no text-to-text pipeline any more: this is version 4's, step for step, on version 5's base."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, Pipeline

    class Text2TextGeneration(Pipeline):  # type: ignore[misc]
        def _sanitize_parameters(self, **given: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
            return {}, given, {}

        def preprocess(self, text: str) -> Any:
            return self.tokenizer(text, return_tensors="pt")

        def _forward(self, inputs: Any, **settings: Any) -> Any:
            return {"output_ids": self.model.generate(**inputs, **settings)}

        def postprocess(self, outputs: Any) -> str:
            return str(self.tokenizer.decode(outputs["output_ids"][0], skip_special_tokens=True))

    network = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=dtype)
    settings = {"max_new_tokens": most, "do_sample": False}
    pipe = Text2TextGeneration(network, AutoTokenizer.from_pretrained(folder), device=device, **settings)
    return lambda texts: list(pipe(list(texts), batch_size=batch or 1))


def seq2seq_trainer(folder: Path, batch: int, most: int, device: str, dtype: str) -> Teach:
    """`Seq2SeqTrainer.predict` with `predict_with_generate`; it also takes the targets' loss, and does not run without."""
    from transformers import (
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
        DataCollatorForSeq2Seq,
        Seq2SeqTrainer,
        Seq2SeqTrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=dtype)
    arguments = Seq2SeqTrainingArguments(**_arguments(batch, device), predict_with_generate=True)
    trainer = Seq2SeqTrainer(network, arguments, data_collator=DataCollatorForSeq2Seq(tokenizer))

    def answer(texts: Sequence[str], targets: Sequence[str]) -> list[str]:
        labelled = _tokens(tokenizer, texts).add_column("labels", tokenizer(list(targets))["input_ids"])
        found = trainer.predict(labelled, max_new_tokens=most, do_sample=False).predictions
        found[found < 0] = tokenizer.pad_token_id
        return list(tokenizer.batch_decode(found, skip_special_tokens=True))

    return answer


def label_pipeline(folder: Path, batch: int, device: str, dtype: str) -> Answer:
    from transformers import pipeline

    pipe = pipeline("text-classification", model=str(folder), device=device, dtype=dtype)
    return lambda texts: [found["label"] for found in pipe(list(texts), batch_size=batch)]


def label_trainer(folder: Path, batch: int, device: str, dtype: str) -> Answer:
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder, dtype=dtype)
    trainer = Trainer(
        network, TrainingArguments(**_arguments(batch, device)), data_collator=DataCollatorWithPadding(tokenizer)
    )

    def answer(texts: Sequence[str]) -> list[str]:
        found = trainer.predict(_tokens(tokenizer, texts)).predictions.argmax(-1)
        return [network.config.id2label[int(number)] for number in found]

    return answer


def _arguments(batch: int, device: str) -> dict[str, Any]:
    return {
        "output_dir": tempfile.mkdtemp(),
        "per_device_eval_batch_size": batch,
        "disable_tqdm": True,
        "report_to": "none",
        "use_cpu": device == "cpu",
    }


def _tokens(tokenizer: Any, texts: Sequence[str]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(dict(tokenizer(list(texts))))
