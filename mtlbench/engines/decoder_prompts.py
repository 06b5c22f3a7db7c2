"""Questions → the tokens that a decoder reads: solved examples, chat template, first token, and cuts from the left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mtlbench.engines.decoder_likelihood import Branches
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question, delimiter


class Prompt(NamedTuple):
    """The text before the answer, and what stands between the two."""

    text: str
    gap: str


class Prompts:
    """Prompts for one tokenizer. Inputs longer than they may be lose their beginning: the end asks the question."""

    def __init__(self, tokenizer: Any, chat: bool) -> None:
        self._tokenizer, self._chat = tokenizer, chat
        bos, eos, padding = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
        self.filler: int = next((token for token in (padding, eos) if token is not None), 0)
        self.first: list[int] = [] if bos is None else [bos]
        """The token that a text begins with."""
        adds_first = bool(self.first) and tokenizer("")["input_ids"][:1] == self.first
        self._start = self.first if adds_first and not chat else []  # a chat template brings its own

    def of(self, question: Question) -> Prompt:
        if not self._chat:
            return Prompt(question.prompt, delimiter(question.text))
        turns = [(("user", text), ("assistant", answer)) for text, answer in question.shots]
        messages = [
            {"role": role, "content": content}
            for role, content in [*(turn for pair in turns for turn in pair), ("user", question.text)]
        ]
        return Prompt(self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True), "")

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of each text, no special ones added."""
        found: list[list[int]] = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return found

    def begun(self, tokens: list[int]) -> list[int]:
        """With what inputs of this tokenizer begin with; never empty, as the first prediction needs a token before it."""
        return [*self._start, *tokens] or self.first or [self.filler]

    def cut(self, tokens: list[int], most: int) -> list[int]:
        """The last `most`, the start token kept before them."""
        if len(tokens) <= most:
            return tokens
        start = self._start[:most]
        return [*start, *tokens[len(tokens) - most + len(start) :]]

    def branches(self, prompt: Prompt, choices: Sequence[str], most: int, limit: int) -> tuple[Branches, bool]:
        """A prompt of `most` tokens and its choices, `limit` tokens together; and whether the prompt was cut.

        Prompt and choice are tokenised together, blanks at the prompt's end with the choice, as lm-evaluation-harness
        does. A choice of which that leaves no token is tokenised by itself. Raises InputError for one that is too long.
        """
        context = prompt.text.rstrip()
        gap = prompt.text[len(context) :] + prompt.gap
        read, *wholes = self.encode([context, *(f"{context}{gap}{choice}" for choice in choices)])
        if any(len(whole) <= len(read) or whole[:1] != read[:1] for whole in wholes):
            wholes = [[*read, *own] for own in self.encode([gap + choice for choice in choices])]
        lead = self.begun(read)[: -len(read) or None]
        found = Branches.of([*lead, *read], [[*lead, *whole] for whole in wholes])
        over = len(lead) + len(read) - min(most, limit - max(found.scored))
        if over <= 0:
            return found, False
        if over >= len(found.shared):
            message = f"“{max(choices, key=len)}” is too long to be a choice: the model reads {limit} tokens"
            raise InputError(message, "shorten it, or leave this model out of the task with `tasks:`")
        return Branches(self.cut(found.shared, len(found.shared) - over), found.own, found.scored), True


def has_chat_template(folder: Path) -> bool:
    """Whether the tokenizer in a folder has one, told from its files."""
    if (folder / "chat_template.jinja").is_file():
        return True
    settings = folder / "tokenizer_config.json"
    return settings.is_file() and bool(json.loads(settings.read_text(encoding="utf-8")).get("chat_template"))
