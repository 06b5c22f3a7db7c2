"""A LoRA adapter on a T5 of the family."""

import json
from pathlib import Path

import peft
import text2text
from text2text import answers, encode, loss
from transformers import PreTrainedTokenizerFast, T5ForConditionalGeneration

__all__ = ["answers", "encode", "load", "loss", "resume", "save"]


def resume(folder: Path) -> peft.PeftModel:
    """A trained T5, frozen, with a fresh adapter on its attention and feed-forward layers."""
    layers = ["q", "k", "v", "o", "wi", "wo"]
    config = peft.LoraConfig(task_type="SEQ_2_SEQ_LM", r=8, lora_alpha=16, target_modules=layers)
    model = peft.get_peft_model(text2text.load(folder)[0], config)
    model.peft_config["default"].base_model_name_or_path = f"../{folder.name}"  # as seen from the adapter
    return model


def save(model: peft.PeftModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """The adapter alone, in half precision; the tokenizer is its base's."""
    model.half().save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink()  # an empty model card


def load(folder: Path) -> tuple[T5ForConditionalGeneration, PreTrainedTokenizerFast]:
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    model, tokenizer = text2text.load(folder / config["base_model_name_or_path"])
    return peft.PeftModel.from_pretrained(model, folder).eval(), tokenizer
