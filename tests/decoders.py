"""Real, tiny decoders made on the spot: a GPT-2 (bytes, no first token) and a Llama (words, first token, chat template)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.checkpoints import WORDS

CONTEXT = 64

CHAT = (
    "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}[end]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def tokenizer(folder: Path, family: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    texts = [" ".join(WORDS), "\n".join(WORDS)] * 3
    if family == "gpt2":
        raw = Tokenizer(models.BPE())
        raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        raw.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet)
        special = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
        raw.train_from_iterator(texts, trainer)
    else:
        raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
        raw.pre_tokenizer = pre_tokenizers.Metaspace()
        raw.decoder = decoders.Metaspace()
        trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>", "[end]"])
        special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
        raw.train_from_iterator([*texts, "[user][assistant]()!?.:\n"], trainer)
        raw.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    made = PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=CONTEXT, **special)
    if family == "llama":
        made.chat_template = CHAT
    made.save_pretrained(folder)
    return made


def decoder(folder: Path, family: str, seed: int = 0) -> Path:
    """A GPT-2 or Llama with weights large enough that its choices are clear and its outputs end."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    tokens = tokenizer(folder, family)
    ids = {"bos_token_id": tokens.bos_token_id, "eos_token_id": tokens.eos_token_id}
    network: Any
    if family == "gpt2":
        network = GPT2LMHeadModel(
            GPT2Config(vocab_size=len(tokens), n_positions=CONTEXT, n_embd=32, n_layer=2, n_head=4, **ids)
        )
    else:
        config = LlamaConfig(
            vocab_size=len(tokens), max_position_embeddings=CONTEXT, hidden_size=32, intermediate_size=64,
            num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, **ids,
        )  # fmt: skip
        network = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
    network.save_pretrained(folder)
    return folder
