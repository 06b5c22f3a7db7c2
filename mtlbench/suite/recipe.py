"""What a recipe file may say: which models to train on which of a suite's tasks, from what, and how."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from mtlbench.suite.declarations import Data, Declaration, Name, NonNegative

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]

PART = re.compile(r"backbone|embeddings|layers:[1-9][0-9]*|head:.+")
"""What `freeze:` may name."""


def _part(value: str) -> str:
    if not PART.fullmatch(value):
        raise ValueError(f"“{value}” is no part of a model: parts are backbone, embeddings, layers:K, head:TASK")
    return value


FrozenPart = Annotated[str, AfterValidator(_part), Field(json_schema_extra={"pattern": f"^({PART.pattern})$"})]


class Sampling(Declaration):
    """With what probability the next example is of which task."""

    strategy: Literal["proportional", "uniform", "sqrt", "temperature", "weights", "loss", "curriculum"] = Field(
        "proportional",
        description="By rows; alike; by the root of rows; by rows to the power 1/temperature; by declared weights; by the "
        "task's latest loss; by rows, each task's easiest first.",
    )
    temperature: Positive = Field(1.0, description="Of `temperature`: 1 is proportional, large ones tend to uniform.")
    cap: int | None = Field(None, ge=1, description="Rows of a task beyond which it counts no larger (T5's K).")
    weights: dict[str, NonNegative] | None = Field(None, min_length=1, description="Of `weights`: by task.")
    by: str | None = Field(None, min_length=1, description="Of `curriculum`: a column of numbers; default the length.")

    @model_validator(mode="after")
    def _fits(self) -> Sampling:
        _check_options(self, {"temperature": "temperature", "weights": "weights", "by": "curriculum"})
        if self.strategy == "weights" and self.weights is None:
            raise ValueError("`strategy: weights` needs `weights:`, a number for each task")
        return self


class Balancing(Declaration):
    """How the losses of tasks are weighed against each other."""

    strategy: Literal["none", "fixed", "uncertainty", "dwa", "gradnorm", "pcgrad"] = "none"
    weights: dict[str, NonNegative] | None = Field(None, min_length=1, description="Of `fixed`: by task.")
    temperature: Positive = Field(2.0, description="Of `dwa`.")
    alpha: NonNegative = Field(1.5, description="Of `gradnorm`: how strongly slow tasks are pulled along.")

    @model_validator(mode="after")
    def _fits(self) -> Balancing:
        _check_options(self, {"weights": "fixed", "temperature": "dwa", "alpha": "gradnorm"})
        if self.strategy == "fixed" and self.weights is None:
            raise ValueError("`strategy: fixed` needs `weights:`, a number for each task")
        return self


def _check_options(declared: Sampling | Balancing, options: dict[str, str]) -> None:
    """Raises ValueError for an option of another strategy than the declared one; `options`: option → its strategy."""
    for option, strategy in options.items():
        if option in declared.model_fields_set and declared.strategy != strategy:
            raise ValueError(f"`{option}:` goes with `strategy: {strategy}`, not with {declared.strategy}")


class AdapterRecipe(Declaration):
    """A parameter-efficient adapter, trained in place of the backbone's weights."""

    type: Literal["lora", "ia3", "prefix", "prompt"]
    rank: int = Field(8, ge=1, description="Of `lora`.")
    alpha: Positive = Field(16.0, description="Of `lora`: its scale is alpha ÷ rank.")
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    tokens: int = Field(16, ge=1, description="Of `prefix` and `prompt`: virtual tokens.")
    modules: list[str] | None = Field(
        None, min_length=1, description="Names of the layers changed; default PEFT's own."
    )


class Ewc(Declaration):
    """Elastic weight consolidation: what mattered to earlier stages is held in place."""

    strength: NonNegative = Field(description="λ of the penalty λ/2 Σ F (θ − θ*)².")
    sample: int = Field(
        200, ge=1, description="Rows of each finished stage from which the Fisher diagonal is estimated."
    )


class Distillation(Declaration):
    """A teacher's probabilities as targets beside the references."""

    teacher: str = Field(min_length=1, description="A model of the recipe, or a checkpoint's folder.")
    temperature: Positive = 2.0
    weight: Share = Field(0.5, description="Of the teacher's part in the loss.")


class EarlyStopping(Declaration):
    """Stop when the headline scores on the validation rows, averaged over tasks, get no better."""

    every: int = Field(500, ge=1, description="Steps between evaluations.")
    patience: int = Field(3, ge=1, description="Evaluations without a better one.")


class Head(Declaration):
    """The shape of a task's head."""

    pooling: Literal["first", "mean", "max"] = "first"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    hidden: list[Annotated[int, Field(ge=1)]] = Field([], description="Sizes of layers between encoder and output.")


class Backbone(Declaration):
    """What training starts from: a checkpoint, or fresh weights of a configuration."""

    checkpoint: str | None = Field(None, min_length=1, description="A folder or a Hub id.")
    revision: str | None = None
    config: dict[str, Any] | None = Field(None, description="A transformers configuration with its `model_type`.")
    tokenizer: str | int | None = Field(
        None, description="A folder; or a size of vocabulary, to learn one from the training rows of all tasks."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Backbone:
        if (self.checkpoint is None) == (self.config is None):
            raise ValueError("a backbone has either `checkpoint:` or `config:`")
        if self.config is not None and "model_type" not in self.config:
            raise ValueError("`config:` needs `model_type`, such as t5 or bert")
        if self.config is not None and self.tokenizer is None:
            raise ValueError("`config:` needs `tokenizer:`, a folder or a size to learn")
        return self


class Settings(Declaration):
    """How a model is trained. What a model leaves out, the recipe's `training:` says; what that leaves out, the default."""

    examples: int | None = Field(None, ge=1, description="Budget in examples seen.")
    epochs: Positive | None = Field(None, description="Budget in passes over the rows of its tasks; default 3.")
    batch_size: int | None = Field(None, ge=1, description="Examples a step; default 32.")
    learning_rate: Positive | None = Field(None, description="The highest; default 3e-4.")
    schedule: Literal["cosine", "linear", "constant"] | None = Field(None, description="After warm-up; default cosine.")
    warmup: Annotated[float, Field(ge=0, lt=1)] | None = Field(None, description="Share of steps; default 0.06.")
    weight_decay: NonNegative | None = Field(None, description="Default 0.01.")
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = Field(None, description="Default the configuration's own.")
    clip: Positive | None = Field(None, description="Largest norm of a step's gradient; default 1.")
    dtype: Literal["auto", "float32", "bfloat16"] | None = Field(None, description="auto is bfloat16 on CUDA.")
    sampling: Sampling | None = None
    balancing: Balancing | None = None
    freeze: list[FrozenPart] | None = Field(
        None, description="Parts that stay as they are: backbone, embeddings, layers:K (the first K), head:TASK."
    )
    unfreeze_every: Positive | None = Field(
        None, description="Epochs after which one more layer is trained, from the top; all are frozen at first."
    )
    layer_decay: Share | None = Field(None, description="Learning rate of a layer ÷ that of the layer above it.")
    head_rate: Positive | None = Field(None, description="Learning rate of heads ÷ that of the backbone.")
    early_stopping: EarlyStopping | None = None
    group_by_length: bool | None = Field(None, description="Batches of like lengths: less padding; default true.")
    save_every: int | None = Field(None, ge=1, description="Steps between saved states, to resume from; default 500.")

    @model_validator(mode="after")
    def _one_budget(self) -> Settings:
        if self.examples is not None and self.epochs is not None:
            raise ValueError("a budget is either `examples:` or `epochs:`")
        return self


class Stage(Settings):
    """One of the steps of sequential training."""

    tasks: list[str] = Field(min_length=1)
    rehearsal: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="Share of examples that are of earlier stages' tasks."
    )


class TrainedModel(Settings):
    """A model to train, or with `matrix:` a family of them."""

    tasks: list[str] | None = Field(None, min_length=1, description="Default all of the suite's.")
    matrix: Literal["single", "all", "pairs", "leave-one-out"] | None = Field(
        None, description="One model for each task, for all tasks, for each pair, or for all tasks but each one."
    )
    fractions: list[Share] | None = Field(None, min_length=1, description="One model for each share of the rows.")
    seeds: list[Annotated[int, Field(ge=0)]] | None = Field(None, min_length=1, description="One model for each seed.")
    stages: list[Stage] | None = Field(None, min_length=2, description="Trained one after the other, for forgetting.")
    ewc: Ewc | None = None
    starts_from: str | None = Field(None, min_length=1, description="Another model of the recipe, trained first.")
    backbone: Backbone | None = Field(None, description="Default the recipe's.")
    heads: dict[str, Head] | None = Field(None, description="Shapes of heads, by task, of an encoder.")
    adapter: AdapterRecipe | None = None
    distil: Distillation | None = None
    rows: dict[str, Data] = Field({}, description="Other training rows than the suite's, by task.")
    description: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> TrainedModel:
        if self.stages is not None and self.tasks is not None:
            raise ValueError("the `stages:` of a model name its tasks, so `tasks:` has no place beside them")
        if self.stages is not None and self.matrix is not None:
            raise ValueError("`matrix:` makes models of one stage, so it has no place beside `stages:`")
        if self.ewc is not None and self.stages is None:
            raise ValueError("`ewc:` holds what earlier stages learned, and needs `stages:`")
        if self.starts_from is not None and self.backbone is not None:
            raise ValueError("a model has either `starts_from:` or `backbone:`")
        return self


class Recipe(Declaration):
    """A family of models that differ in nothing but what is declared."""

    version: Literal[1]
    name: Name
    description: str = ""
    suite: str = Field(min_length=1, description="The suite whose tasks are trained on, relative to this file.")
    output: str = Field(min_length=1, description="Folder of the checkpoints, relative to this file.")
    evaluation: str | None = Field(
        None, min_length=1, description="Suite file to write, that evaluates them all; default `<output>/suite.yaml`."
    )
    seed: int = Field(0, ge=0, lt=2**63)
    train_split: str = Field("train", min_length=1, description="Split of the tasks' data to train on.")
    validation_split: str = Field("validation", min_length=1, description="Split to stop early by.")
    backbone: Backbone
    training: Settings = Settings()
    store_dtype: Literal["float32", "float16", "bfloat16"] = Field("float32", description="Of the written weights.")
    models: dict[Name, TrainedModel] = Field(min_length=1)
