"""BERTScore (Zhang et al. 2020): greedy matching of contextual embeddings, computed with bert-score's own functions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtlbench.metrics.base import FloatArray, MetricContext, check_flag, check_texts, check_whole, sign
from mtlbench.metrics.mean import MeanMetric, counted

if TYPE_CHECKING:
    import torch

BATCH = 64
_PACKAGE = "bert_score"


class BertScore(MeanMetric):
    """100 × the mean of each example's best F over its references; its parts are the means of P and R.

    P is the mean over the output's tokens of each one's highest cosine with a token of the reference, R the other way
    round, F = 2PR/(P + R); of several references each of the three takes its best, as in bert-score. With `idf` tokens
    are weighed by their rarity in the references. `rescale_with_baseline` (which needs `lang`) maps bert-score's stored
    value for unrelated sentences to 0, and may give less than 0.

    `model` is a folder, relative to the suite's, or a Hub id. A model that bert-score has no best layer for needs
    `num_layers`, which counts from the input.
    """

    names = ("bertscore",)
    accepts = frozenset({"text"})
    columns = ("precision", "recall", "f", "count")
    parts = ("precision", "recall")

    def __init__(
        self,
        name: str,
        context: MetricContext,
        *,
        model: str = "roberta-large",
        num_layers: int | None = None,
        idf: bool = False,
        rescale_with_baseline: bool = False,
        lang: str | None = None,
    ) -> None:
        if not isinstance(model, str) or not model:
            raise ValueError(f"model must be a folder or a Hub id, not {model!r}")
        check_flag("idf", idf)
        check_flag("rescale_with_baseline", rescale_with_baseline)
        if num_layers is not None:
            check_whole("num_layers", num_layers, 1)
        if rescale_with_baseline and not lang:
            raise ValueError("rescale_with_baseline needs lang, the language of the texts, as in `lang: en`")
        local = context.folder / model
        self.name, self._layers, self._idf = name, num_layers, idf
        self._model = str(local) if local.is_dir() else model
        self.reusable = not local.is_dir()  # the signature does not tell of the folder's weights
        self._baseline_file = _baseline_file(model, str(lang)) if rescale_with_baseline else None
        self.bounds = (-math.inf, 100.0) if rescale_with_baseline else (-100.0, 100.0)
        self.signature = sign(
            name,
            version("bert-score"),
            model=Path(model).name,
            layer=num_layers or "best",
            idf=idf,
            rescaled=lang if rescale_with_baseline else False,
            transformers=version("transformers"),
        )

    def statistics(self, predictions: Sequence[Any], references: Sequence[Any]) -> FloatArray:
        """Rows (P, R, F, 1), `[n, 4]`, the same whenever they are computed of the same texts."""
        check_texts(predictions, references)
        if not predictions:
            return np.ones((0, 4))
        outputs = [prediction for prediction, texts in zip(predictions, references, strict=True) for _ in texts]
        flat = [text for texts in references for text in texts]
        encoder = _encoder(self._model, self._layers)
        scores = encoder.compare(outputs, flat, encoder.rarity(flat) if self._idf else encoder.alike())
        starts = np.cumsum([0, *(len(texts) for texts in references[:-1])])
        best = np.maximum.reduceat(scores, starts, axis=0)
        if self._baseline_file is not None:
            zero = _baseline(self._baseline_file, encoder.layers)
            best = (best - zero) / (1 - zero)
        return counted(best)

    def part_scores(self, totals: FloatArray) -> FloatArray:
        """Sums `[..., 4]` → the means of (P, R) on 0–100 `[..., 2]`."""
        means = np.full((*np.shape(totals)[:-1], 2), np.nan)
        np.divide(100.0 * totals[..., :2], totals[..., 3:], out=means, where=totals[..., 3:] > 0)
        return means


class _Encoder:
    """A loaded model. Sentences are encoded in an order that depends on them alone, so that results can be repeated."""

    def __init__(self, model: str, layers: int) -> None:
        import torch
        from bert_score.utils import get_model, get_tokenizer  # type: ignore[import-untyped]

        self.layers = layers
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = get_model(model, layers).to(self._device)
        self._tokenizer = get_tokenizer(model)
        if not hasattr(self._tokenizer, "build_inputs_with_special_tokens"):  # transformers 5; asked for the empty text
            self._tokenizer.build_inputs_with_special_tokens = lambda nothing: self._tokenizer.encode("")
        longest = getattr(self._network.config, "max_position_embeddings", None)
        if longest is not None and self._tokenizer.model_max_length > longest:  # a tokenizer that names no limit
            offset = 2 if self._network.config.model_type in ("roberta", "xlm-roberta", "camembert") else 0
            self._tokenizer.model_max_length = longest - offset

    def alike(self) -> Mapping[int, float]:
        """Each token weighs 1, the special ones at both ends nothing."""
        weights: defaultdict[int, float] = defaultdict(lambda: 1.0)
        weights[self._tokenizer.sep_token_id] = weights[self._tokenizer.cls_token_id] = 0.0
        return weights

    def rarity(self, references: list[str]) -> Mapping[int, float]:
        """log((M + 1) / (m + 1)) for a token that m of the M references have."""
        from bert_score.utils import get_idf_dict

        weights: Mapping[int, float] = get_idf_dict(references, self._tokenizer, nthreads=0)
        return weights

    def compare(self, outputs: list[str], references: list[str], weights: Mapping[int, float]) -> FloatArray:
        """(P, R, F) of each output with its reference, `[n, 3]`."""
        import torch
        from bert_score.utils import greedy_cos_idf

        encoded = dict(self._encoded(sorted({*outputs, *references}, key=lambda text: (-len(text), text)), weights))
        scores = []
        with torch.no_grad():
            for start in range(0, len(outputs), BATCH):
                sides = ([encoded[text] for text in side[start : start + BATCH]] for side in (references, outputs))
                scores.append(torch.stack(greedy_cos_idf(*(part for side in sides for part in _padded(side))), dim=-1))
        found: FloatArray = torch.cat(scores).double().numpy()
        return np.clip(np.nan_to_num(found), -1.0, 1.0)  # NaN where all tokens weigh 0: nothing matches

    def _encoded(
        self, texts: list[str], weights: Mapping[int, float]
    ) -> Iterator[tuple[str, tuple[torch.Tensor, torch.Tensor]]]:
        """Each text with its tokens' embeddings and weights."""
        from bert_score.utils import get_bert_embedding

        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            vectors, masks, rarity = get_bert_embedding(
                batch, self._network, self._tokenizer, weights, device=self._device
            )
            for text, vector, length, weight in zip(batch, vectors.cpu(), masks.sum(1).tolist(), rarity, strict=True):
                yield text, (vector[:length], weight[:length])


def _padded(texts: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Embeddings, mask and weights of several texts, as bert-score pads them."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    vectors, weights = [vector for vector, _ in texts], [weight for _, weight in texts]
    lengths = torch.tensor([len(vector) for vector in vectors])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    return pad_sequence(vectors, True, 2.0), mask, pad_sequence(weights, True)


@lru_cache(maxsize=2)
def _encoder(model: str, layers: int | None) -> _Encoder:
    """The model up to its layer `layers`, bert-score's best one by default; raises ValueError where it cannot be had."""
    from bert_score.utils import model2layers

    if layers is None and model not in model2layers:
        raise ValueError(f"num_layers must say which layer of {model} to take: bert-score knows no best one")
    try:
        return _Encoder(model, model2layers[model] if layers is None else layers)
    except AssertionError as error:
        raise ValueError(str(error)) from error
    except (OSError, ValueError) as error:
        first = str(error).strip().split("\n")[0]
        message = f"the model {model} is neither a folder with a model nor cached, and cannot be fetched: {first}"
        raise ValueError(message) from error


def _baseline_file(model: str, lang: str) -> Path:
    """bert-score's table of baselines; raises ValueError where it has none."""
    package = find_spec(_PACKAGE)
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "rescale_baseline" / lang / f"{model}.tsv"
    if not file.is_file():
        raise ValueError(f"rescale_with_baseline: bert-score has no baseline of {model} for lang {lang}")
    return file


def _baseline(file: Path, layers: int) -> FloatArray:
    """The baselines of P, R and F at a layer, `[3]`."""
    return np.loadtxt(file, delimiter=",", skiprows=1)[layers, 1:].astype(np.float32).astype(np.float64)
