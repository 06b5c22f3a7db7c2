"""What a suite file may say: its keys, their types and their defaults."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
"""A name that is safe as a file name."""

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100)]
Label = str | int | bool


HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
"""What the id of a model or dataset on the Hub looks like."""


def _twice(names: list[str]) -> str | None:
    """The first name that stands in the list twice."""
    return next((name for number, name in enumerate(names) if name in names[:number]), None)


class Declaration(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Generation(Declaration):
    """How text is decoded. A key left out keeps what the checkpoint says, else the library's default."""

    max_new_tokens: int | None = Field(None, ge=1, description="Most tokens to generate, the decoder's alone.")
    min_new_tokens: int | None = Field(None, ge=0, description="Fewest tokens to generate.")
    num_beams: int | None = Field(None, ge=1, description="1 is greedy search.")
    length_penalty: Finite | None = Field(None, description="Exponent of the length in a beam's score.")
    no_repeat_ngram_size: int | None = Field(None, ge=0, description="No n-gram of this size comes twice; 0 is off.")
    repetition_penalty: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="Above 1, tokens that came before are less likely."
    )
    early_stopping: bool | None = Field(None, description="Stop a beam search once num_beams outputs are finished.")
    stop: list[Annotated[str, StringConstraints(min_length=1)]] | None = Field(
        None, description="Texts at which an output ends; none of them is part of it."
    )

    def over(self, other: Generation) -> Generation:
        """These settings, and those of `other` where these are silent."""
        return Generation(**{**other.model_dump(exclude_none=True), **self.model_dump(exclude_none=True)})


class Model(Declaration):
    """A checkpoint plus how to run it, or a folder of predictions made elsewhere."""

    checkpoint: str | None = Field(None, min_length=1, description="A folder or a Hub id.")
    checkpoints: dict[str, str] | None = Field(
        None, min_length=1, description="In place of `checkpoint`: one for each task, run as one model of kind heads."
    )
    revision: str | None = Field(None, description="Branch, tag or commit of a Hub checkpoint.")
    predictions: str | None = Field(None, min_length=1, description="Folder of <task>.jsonl or <task>.txt files.")
    adapter: str | None = Field(
        None,
        min_length=1,
        description="Folder or Hub id of a PEFT adapter (LoRA, IA³, prefix, prompt) on the checkpoint.",
    )
    kind: str = Field(
        "auto", description="text2text | heads | causal | predictions | an entry-point name; auto reads config.json."
    )
    engine: str = Field(
        "auto", description="What runs it: transformers, ctranslate2, vllm, FILE.py:CLASS, or an entry-point name."
    )
    trained_on: dict[str, NonNegative] | None = Field(
        None, description="Tasks it was trained on, with loss or sampling weights; a list means equal weights."
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto is bfloat16 on CUDA, else float32."
    )
    quantize: Literal["int8", "int4", "fp8"] | None = Field(
        None, description="Number type of the weights of linear layers, converted on loading."
    )
    prune: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="Share of the weights of linear layers, the smallest, that is set to 0 on loading."
    )
    head_labels: dict[str, list[str]] | None = Field(
        None, description="Label words of a task's head, in the head's order, where its config.json names others."
    )
    inputs: dict[str, str] = Field({}, description="Templates of this model's own, by task, in place of the task's.")
    shots: int = Field(0, ge=0, le=1000, description="Solved examples before each input, from the task's `examples`.")
    chat_template: bool = Field(False, description="Wrap each input as the user's turn in the tokenizer's template.")
    seed_of: str | None = Field(
        None, min_length=1, description="A model of the suite, of which this is the same training with another seed."
    )
    fraction_of: str | None = Field(
        None, min_length=1, description="A model of the suite, of which this is the same training on fewer rows."
    )
    trained_rows: dict[str, Annotated[int, Field(ge=1)]] | None = Field(
        None, description="Rows it was trained on, by task; default what its training.json tells."
    )
    family: str | None = Field(
        None,
        min_length=1,
        description="Models that differ in their training alone: a single-task baseline is of the same family.",
    )
    tasks: list[str] | None = Field(None, min_length=1, description="Tasks to run it on; default all.")
    generation: Generation = Generation()
    trust_remote_code: bool = Field(False, description="Run code from the checkpoint; needs --trust-remote-code too.")
    description: str = ""

    @field_validator("trained_on", mode="before")
    @classmethod
    def _weights(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if not all(isinstance(task, str) for task in value):
            raise ValueError("`trained_on` takes names of tasks, or a mapping of them to weights")
        if twice := _twice(value):
            raise ValueError(f"`trained_on` names “{twice}” twice")
        return dict.fromkeys(value, 1.0)

    @model_validator(mode="after")
    def _one_source(self) -> Model:
        if sum(source is not None for source in (self.checkpoint, self.checkpoints, self.predictions)) != 1:
            raise ValueError("a model has either `checkpoint:`, `checkpoints:` or `predictions:`")
        if self.adapter is not None and self.checkpoint is None:
            raise ValueError("`adapter:` goes with `checkpoint:`, its base")
        if self.predictions is not None and self.kind not in ("auto", "predictions"):
            raise ValueError(f"`predictions:` goes with `kind: predictions`, not “{self.kind}”")
        if self.predictions is None and self.kind == "predictions":
            raise ValueError("`kind: predictions` needs `predictions:`, a folder, in place of `checkpoint:`")
        if self.checkpoints is not None and self.kind not in ("auto", "heads"):
            raise ValueError(f"`checkpoints:` goes with `kind: heads`, not “{self.kind}”")
        for task in self.tasks or ():
            if self.checkpoints is not None and task not in self.checkpoints:
                raise ValueError(f"`tasks` names “{task}”, for which `checkpoints` has none")
        return self

    @property
    def limited_to(self) -> list[str] | None:
        """The tasks it is to run on; None for all."""
        return list(self.checkpoints) if self.tasks is None and self.checkpoints is not None else self.tasks

    @property
    def parts(self) -> dict[tuple[str, ...], Model]:
        """The models of one checkpoint each that it is made of, by the keys under which their checkpoints stand."""
        if self.checkpoints is None:
            return {("checkpoint",): self}
        return {
            ("checkpoints", task): self.model_copy(
                update={"checkpoint": folder, "checkpoints": None, "kind": "heads", "tasks": [task]}
            )
            for task, folder in self.checkpoints.items()
        }


class Data(Declaration):
    """Where a task's rows come from: a local file, a folder of `<split>.<ext>` files, or a Hub dataset."""

    path: str | None = Field(
        None, min_length=1, description="A .jsonl, .json, .csv, .tsv or .parquet file, or a folder of them."
    )
    hub: str | None = Field(None, min_length=1, description="Hub dataset id, e.g. nyu-mll/glue.")
    config: str | None = Field(None, description="Configuration of a Hub dataset, e.g. sst2.")
    split: str | None = Field(None, description="Split of a Hub dataset, or the file's stem in a folder.")
    revision: str | None = Field(None, description="Branch, tag or commit of a Hub dataset.")
    id: str | None = Field(None, description="Column of the row ids; default `id`, else the row's number.")
    columns: list[str] | None = Field(None, min_length=1, description="Column names of a CSV or TSV without a header.")
    quoting: bool = Field(True, description="Whether quotes are special in CSV and TSV.")

    @model_validator(mode="after")
    def _one_source(self) -> Data:
        if (self.path is None) == (self.hub is None):
            raise ValueError("data has either `path:` or `hub:`")
        if self.hub is None and (self.config is not None or self.revision is not None):
            raise ValueError("`config:` and `revision:` go with `hub:`")
        if self.hub is not None and self.split is None:
            raise ValueError("`hub:` needs `split:`")
        return self


class Binned(Declaration):
    """A column of numbers cut into groups: below the first edge, from each edge up to the next, from the last on."""

    column: str = Field(min_length=1)
    bins: list[Finite] = Field(
        min_length=1, description="Edges of the groups, rising; an edge belongs to what follows."
    )

    @field_validator("bins")
    @classmethod
    def _rising(cls, value: list[float]) -> list[float]:
        if any(low >= high for low, high in pairwise(value)):
            raise ValueError(f"the edges {', '.join(f'{edge:g}' for edge in value)} do not rise")
        return value


Part = Annotated[str, StringConstraints(min_length=1)] | Binned
"""A column that groups rows by its values, or by the bins that they fall into."""


class MetricUse(Declaration):
    """A metric by name, with its options."""

    name: str
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, dict) or "name" in value:
            return value
        if len(value) != 1:
            raise ValueError("a metric is its name, or its name with options under it, as in `bleu: {tokenize: intl}`")
        ((name, options),) = value.items()
        return {"name": name, "options": {} if options is None else options}


WordPair = Annotated[list[Annotated[str, StringConstraints(min_length=1)]], Field(min_length=2, max_length=2)]


class Swap(Declaration):
    """Words of one group and their counterparts of another; with neither pairs nor words, the built-in list of its name."""

    pairs: list[WordPair] | None = Field(None, min_length=1, description="[he, she] and so on; each word stands once.")
    words: str | None = Field(None, min_length=1, description="YAML file with `pairs`, and `groups` that name the two.")
    groups: WordPair | None = Field(None, description="What the two groups are called.")
    placebo: list[WordPair] | None = Field(
        None, min_length=1, description="Words to swap within a group; default neutral synonyms, or the list's own."
    )
    swap_reference: bool = Field(False, description="Swap the reference too, where the answer is text.")

    @model_validator(mode="after")
    def _one_source(self) -> Swap:
        if self.pairs is not None and self.words is not None:
            raise ValueError("a swap has either `pairs:` or `words:`")
        return self


class Pairs(Declaration):
    """Columns of data whose rows come in pairs that differ in a group's words alone."""

    id: str = Field(min_length=1, description="Column of what the rows of a pair share.")
    variant: str = Field(
        min_length=1, description="Column of the group that a row is for; rows without one are left out."
    )


class Task(Declaration):
    """Rows, how they become requests, and how outputs are scored."""

    preset: str | None = Field(
        None,
        min_length=1,
        description="A known task, as t5/sst2, whose keys are laid under these when the suite is read; `mtlbench list "
        "presets` names them.",
    )
    kind: str = Field(description="classification | regression | qa | summarization | translation | generation | …")
    data: Data
    input: str = Field(min_length=1, description="Template of the request: text with {column} places.")
    segments: list[str] | None = Field(
        None,
        min_length=1,
        max_length=2,
        description="Templates of the one or two texts that encoders with heads read (premise and hypothesis, question "
        "and context); default the input.",
    )
    words: str | None = Field(None, min_length=1, description="Column of the words to tag or parse: a list each.")
    choices: str | list[str] | None = Field(
        None, description="Column that holds a row's choices as a list, or a list of columns with one each."
    )
    answer_by: Literal["generation", "likelihood"] | None = Field(
        None,
        description="How models that generate text answer where there are labels or choices: by what they write, or by "
        "which is likeliest; default likelihood for multiple_choice, generation for others.",
    )
    examples: Data | None = Field(
        None, description="Rows from which models with `shots:` take solved examples; never the evaluated rows."
    )
    source_lang: str | None = Field(None, description="Language of the input, as the tokenizer names it (en, en_XX).")
    target_lang: str | None = Field(None, description="Language of the output, as the tokenizer names it (fr, fr_XX).")
    reference: str | list[str] = Field(
        description="Column of the reference. A list of columns, or a column holding a list, gives several references."
    )
    labels: dict[str, Label] | None = Field(
        None, min_length=2, description="Label words, as a list; or word: value in the data, as a mapping."
    )
    positive: str | None = Field(None, description="The positive label word of a binary metric; default the last.")
    match: Literal["exact", "normalized"] = Field(
        "exact", description="How an output is read as a label word; normalized ignores case and punctuation."
    )
    invalid_value: Finite | None = Field(
        None, description="What an output that is no number counts as; default the middle of the references' range."
    )
    metrics: list[MetricUse] | None = Field(None, min_length=1, description="The first is the headline.")
    weight: NonNegative = Field(1.0, description="Its share in the overall score, relative to the others'.")
    floor: Finite | None = Field(None, description="Score of chance, on the headline's scale.")
    ceiling: Finite | None = Field(None, description="Human or best-known score, on the headline's scale.")
    groups: list[Part | Annotated[list[Part], Field(min_length=2)]] = Field(
        [],
        description="Groups to compare: a column, an intersection (`gender × region`, or a list of columns), or bins of a "
        "column of numbers. Rows without a value are the group “missing”.",
    )
    controls: list[Part] = Field([], description="Columns within whose values groups are compared: like with like.")
    cluster: str | None = Field(
        None,
        min_length=1,
        description="Column of what several rows come from (document, template): such rows are drawn and exchanged "
        "together. A row without a value stands alone.",
    )
    priority: Literal["normal", "critical"] = Field(
        "normal", description="A model that breaks a limit of a critical task is marked, whatever its overall score."
    )
    minimum: Finite | None = Field(None, description="Limit: worst headline score that is acceptable.")
    max_regression: NonNegative | None = Field(
        None, description="Limit: by how many points the headline may be worse than the single-task baseline's."
    )
    max_gap: NonNegative | None = Field(None, description="In place of the suite's `fairness: {max_gap: …}`.")
    margin: NonNegative | None = Field(
        None, description="By how many points it may be worse than the stored baseline; default the `margin` of `gate`."
    )
    domain: Literal["in", "out"] | None = Field(
        None, description="Whether its rows are of the domain that the models were trained on."
    )
    counterpart: str | None = Field(
        None,
        min_length=1,
        description="The task of which this is another split or domain, to tell the gap between them.",
    )
    templates: dict[Name, Annotated[str, StringConstraints(min_length=1)]] = Field(
        {}, description="Other inputs, by name, that ask for the same: how much scores depend on the wording."
    )
    slices: list[str] = Field(
        [], description="Columns by whose values errors are told apart; numbers are told by quarters of the rows."
    )
    counterfactual: dict[Name, Swap] = Field(
        {}, description="Swaps of words, by name, after which the answer should be the same; a list of built-in names."
    )
    pairs: Pairs | None = Field(None, description="Pairs of rows given in the data, read as swaps are.")
    robustness: list[Literal["typos", "case", "contractions", "spaces", "templates"]] = Field(
        [], description="Disturbances of the input that should change no answer; templates are those of `templates`."
    )
    generation: Generation = Generation()
    max_input_tokens: int | None = Field(None, ge=1, description="Longer inputs are cut, counted and warned of.")
    description: str = ""

    @field_validator("labels", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        words = [str(item) for item in value]
        if twice := _twice(words):
            raise ValueError(f"the label “{twice}” stands twice")
        return dict(zip(words, value, strict=True))

    @field_validator("counterfactual", mode="before")
    @classmethod
    def _swaps(cls, value: Any) -> Any:
        return (
            {name: {} for name in value}
            if isinstance(value, list) and all(isinstance(v, str) for v in value)
            else value
        )

    @model_validator(mode="after")
    def _consistent(self) -> Task:
        if self.labels is not None and self.positive is not None and self.positive not in self.labels:
            raise ValueError(f"`positive: {self.positive}` is none of the labels")
        if "input" in self.templates:
            raise ValueError("`templates: input` is how the task's own input is called; name it otherwise")
        if twice := _twice(list(self.robustness)):
            raise ValueError(f"`robustness` names “{twice}” twice")
        if taken := {"pairs", "all", *self.robustness} & {*self.counterfactual}:
            raise ValueError(f"a swap cannot be called “{min(taken)}”: the results call something else so")
        if "templates" in self.robustness and not self.templates:
            raise ValueError("`robustness: [templates]` needs `templates:`, the other wordings by name")
        return self

    @property
    def references(self) -> list[str]:
        """The reference columns."""
        return [self.reference] if isinstance(self.reference, str) else list(self.reference)


class SequenceStage(Declaration):
    """A model as it stood after a stage, and the tasks trained in that stage."""

    model: str = Field(min_length=1)
    tasks: list[str] = Field(min_length=1)


class Sequence(Declaration):
    """Training of one task after another: the models after each stage, in order."""

    stages: list[SequenceStage] = Field(min_length=2)
    start: str | None = Field(None, min_length=1, description="The model before the first stage, for forward transfer.")
    joint: str | None = Field(
        None,
        min_length=1,
        description="The model trained on all the tasks together, for intransigence; default the one of the same family.",
    )


class Overall(Declaration):
    """How task scores make one."""

    weights: Literal["declared", "equal", "size", "difficulty"] = Field(
        "declared", description="By difficulty: the single-task baseline's distance from the ceiling."
    )
    normalize: Literal["none", "floor_ceiling"] = "none"


class Significance(Declaration):
    """How sure is sure: the level of intervals and tests and the effort spent on them."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    resamples: int = Field(5000, ge=100, le=1_000_000)
    permutations: int = Field(9999, ge=99, le=10_000_000)
    correction: Literal["holm", "max_t", "none"] = Field(
        "holm", description="max_t adjusts tests over the same examples together, and finds more than holm."
    )


class Fairness(Declaration):
    """How sure a gap between groups must be, and how wide one may be."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05, description="Level of the tests and intervals of gaps; all tests of a run are corrected together by Holm."
    )
    max_gap: NonNegative | None = Field(
        None, description="Limit: widest acceptable gap between two groups' headline scores, in points."
    )


class Gate(Declaration):
    """When `mtlbench gate` finds a model worse than a stored baseline. A stored baseline may hold these keys too; its own
    come before the suite's.
    """

    margin: NonNegative = Field(
        1.0,
        description="Points by which scores may get worse; half of it is the largest measured drop of the overall that "
        "does not fail. A task's own `margin` comes first.",
    )
    rule: Literal["drop", "margin"] = Field(
        "drop",
        description="What fails: a significant drop that is over the margin as it was measured, or one that is "
        "significantly over the margin.",
    )
    alpha: Annotated[float, Field(gt=0, lt=0.25)] = Field(0.05, description="Level of the one-sided tests and bounds.")
    power: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.8, description="Of the detectable drops that are told.")
    on: Literal["overall", "tasks", "both"] = Field(
        "overall",
        description="What must be shown to be no worse, by the margin, for a pass; critical tasks must be in any case. A "
        "drop of any task fails.",
    )
    invalid_rate: Percent | None = Field(None, description="Most outputs that are no answer, on any task.")
    truncation: Percent | None = Field(None, description="Most inputs that are cut, on any task.")
    speed: NonNegative | None = Field(
        None, description="Most percent that it may be slower; gates only where one run measured both models."
    )
    memory: NonNegative | None = Field(None, description="The same of its peak memory.")

    def over(self, other: Gate) -> Gate:
        """These keys, and those of `other` where these were not written."""
        return Gate(**{**other.model_dump(exclude_unset=True), **self.model_dump(exclude_unset=True)})


class Suite(Declaration):
    """A benchmark: models × tasks, and how their scores are weighed and compared."""

    version: Literal[1]
    name: Name
    description: str = ""
    seed: int = Field(0, ge=0, lt=2**63)
    models: dict[Name, Model] = Field(min_length=1)
    tasks: dict[Name, Task] = Field(min_length=1)
    prefer: Literal["speed"] | None = Field(
        None,
        description="With speed, a model of `engine: auto` runs on CTranslate2, where that is installed and gives the same "
        "outputs in float32.",
    )
    generation: Generation = Field(
        Generation(), description="For every task; a task's own keys come first, a model's before those."
    )
    sequences: dict[Name, Sequence] = Field({}, description="Models of sequential training, to tell forgetting.")
    overall: Overall = Overall()
    significance: Significance = Significance()
    gate: Gate = Gate()
    measure: list[Literal["flops", "energy"]] = Field(
        [], description="Costs that take time of their own: operations per example; joules, which needs codecarbon."
    )
    fairness: Fairness = Fairness()

    @model_validator(mode="after")
    def _weighs(self) -> Suite:
        if self.overall.weights == "declared" and math.fsum(task.weight for task in self.tasks.values()) <= 0:
            raise ValueError("all task weights are 0: the overall score would weigh nothing")
        return self


class Tasks(Suite):
    """A suite of which the tasks alone count: it may be without models."""

    models: dict[Name, Model] = {}
