"""What a metric's name may mean besides ours: a user's file, an installed package's class, a metric of `evaluate`."""

import math
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from mtlbench.metrics import METRICS, Metric, MetricContext, corpus_score
from mtlbench.metrics.lookup import find_metric
from mtlbench.registry import Registry, UnknownName

FLUENCY = """\
from mtlbench.metrics.mean import MeanMetric, counted

class Fluency(MeanMetric):
    '''Outputs that end in a full stop.'''
    accepts = {"text"}

    def __init__(self, name, context, *, mark="."):
        if len(mark) != 1:
            raise ValueError(f"mark must be one character, not {mark!r}")
        self.mark, self.signature = mark, f"fluency|mark:{mark}|version:1"

    def statistics(self, predictions, references):
        return counted([float(text[-1] == self.mark) for text in predictions])

class Plain(MeanMetric):
    accepts = {"text"}

    def statistics(self, predictions, references):
        return [[1, 2, 3]]

class Bare(MeanMetric):
    pass

class Thing:
    pass
"""

LENGTHS = """\
import datasets
import evaluate

class Lengths(evaluate.Metric):
    def _info(self):
        return evaluate.MetricInfo(
            description="", citation="",
            features=datasets.Features(
                {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
            ),
        )

    def _compute(self, predictions, references, unit="characters"):
        sizes = [len(text.split()) if unit == "words" else len(text) for text in predictions]
        equal = sum(p == r for p, r in zip(predictions, references)) / len(predictions)
        return {"sizes": sizes, "mean": sum(sizes) / len(sizes), "equal": equal, "note": "text"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(FLUENCY)
    return tmp_path


@pytest.fixture
def adapted(tmp_path: Path) -> Callable[..., Metric]:
    """A metric of `evaluate`, from a script in a folder, with options."""
    (tmp_path / "lengths").mkdir()
    (tmp_path / "lengths" / "lengths.py").write_text(LENGTHS)

    def metric(name: str = "evaluate:lengths", **options: object) -> Metric:
        return find_metric(name, tmp_path)(name, MetricContext(), **options)

    return metric


def user_metric(name: str, folder: Path, **options: object) -> Metric:
    return find_metric(name, folder)(name, MetricContext(), **options)


def test_our_own_names(folder):
    assert find_metric("bleu", folder) is METRICS.get("bleu")
    with pytest.raises(UnknownName):
        find_metric("blue", folder)


def test_a_users_class(folder):
    metric = user_metric("own.py:Fluency", folder)
    assert metric.name == "own.py:Fluency"
    assert corpus_score(metric, metric.statistics(["Yes.", "No"], [["a"], ["b"]])) == 50
    assert metric.signature.startswith("fluency|mark:.|version:1|file:")
    assert user_metric("own.py:Fluency", folder, mark="!").statistics(["a!"], [["a"]]).tolist() == [[1, 1]]


def test_the_signature_tells_files_apart(folder):
    before = user_metric("own.py:Fluency", folder).signature
    (folder / "own.py").write_text(FLUENCY.replace("full stop", "period"))
    assert user_metric("own.py:Fluency", folder).signature != before


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("gone.py:Fluency", "", "the metric's file gone.py cannot be read: No such file"),
        ("own.py:Fluenzy", FLUENCY, "own.py has no class Fluenzy: did you mean Fluency"),
        ("own.py:Thing", FLUENCY, "Thing in own.py is no metric: it must extend mtlbench.metrics.Metric"),
        ("own.py:counted", FLUENCY, "counted in own.py is no metric"),
        ("own.py:Bare", FLUENCY, "`accepts` must be a set of what it scores"),
        ("own.py:A", "import os\n1 / 0\n", r"own.py cannot be loaded: ZeroDivisionError: division by zero \(line 2\)"),
        ("own.py:A", "x = 1\ndef (\n", r"own.py cannot be loaded: SyntaxError: .* \(line 2\)"),
        ("own.py:A", "import no_such_package\n", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("own.py:A", "raise SystemExit(3)\n", "own.py cannot be loaded: SystemExit: 3"),
    ],
)
def test_faults_of_a_users_file(folder, name, written, message):
    (folder / "own.py").write_text(written)
    with pytest.raises(ValueError, match=message):
        find_metric(name, folder)


def test_a_users_mistakes_while_scoring(folder):
    with pytest.raises(ValueError, match=r"own.py failed: IndexError: .* \(line 13\)"):
        user_metric("own.py:Fluency", folder).statistics([""], [["a"]])
    with pytest.raises(ValueError, match=r"shape \(1, 3\); \(1, 2\) was expected"):
        user_metric("own.py:Plain", folder).statistics(["a"], [["a"]])
    with pytest.raises(ValueError, match="mark must be one character"):
        user_metric("own.py:Fluency", folder, mark="")
    with pytest.raises(TypeError):
        user_metric("own.py:Plain", folder, mark="!")


def test_an_entry_point_is_found(monkeypatch):
    entry = EntryPoint("mine", "tests.metrics.test_lookup:Added", "mtlbench.metrics")
    monkeypatch.setattr("mtlbench.registry.entry_points", lambda group: [entry] if group == entry.group else [])
    registry: Registry[Metric] = Registry("metric", "mtlbench.metrics", "mtlbench.metrics")
    assert registry.get("added").__name__ == "Added"


class Added:
    names = ("added",)


def test_evaluate_with_a_value_per_example(adapted):
    metric = adapted(key="sizes", unit="words", scale=10)
    rows = metric.statistics(["a b", "c"], [["a b"], ["x"]])
    assert rows.tolist() == [[20, 1, 0], [10, 1, 0]]
    assert metric.resample(np.array([[1.0, 1], [0, 2]]), rows) == pytest.approx([15, 10])
    assert metric.unsampled(rows) is None
    assert "|key:sizes|scale:10|unit:words|file:" in metric.signature


def test_evaluate_with_one_score_for_the_whole(adapted):
    metric = adapted(key="equal", scale=100, higher_is_better=False)
    rows = metric.statistics(["a b", "c"], [["a b"], ["x"]])
    assert corpus_score(metric, rows) == 50
    assert np.isnan(metric.resample(np.array([[2.0, 0], [0, 2]]), rows)).all()
    assert metric.unsampled(rows) == "it gives one score for the whole, and none for resamples"
    assert not metric.higher_is_better
    assert math.isnan(corpus_score(metric, metric.statistics([], [])))


@pytest.mark.parametrize(
    ("options", "references", "message"),
    [
        ({}, [["a"], ["b"]], "gives sizes, mean, equal: its option `key` says which"),
        ({"key": "note"}, [["a"], ["b"]], "gives sizes, mean, equal"),
        ({"key": "mean", "units": "words"}, [["a"], ["b"]], "failed: TypeError: .*unexpected keyword argument 'units'"),
        ({"key": "mean"}, [["a", "b"], ["b"]], "row 0: evaluate:lengths takes one reference, not 2"),
    ],
)
def test_faults_while_evaluate_computes(adapted, options, references, message):
    with pytest.raises(ValueError, match=message):
        adapted(**options).statistics(["a", "b"], references)


@pytest.mark.parametrize(
    "name", ["evaluate:./none", "evaluate:none.py", "evaluate:../a/b", "evaluate:", "evaluate:a b"]
)
def test_scripts_that_are_not_there(folder, name):
    with pytest.raises(ValueError, match=r"there is no script"):
        find_metric(name, folder)


def test_a_name_on_the_hub_that_cannot_be_fetched(adapted, monkeypatch):
    metric = adapted("evaluate:no_such_metric")
    monkeypatch.setattr("evaluate.load", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError("gone\nfar")))
    with pytest.raises(ValueError, match=r"evaluate:no_such_metric is not cached and cannot be fetched: .*gone"):
        metric.statistics(["a"], [["a"]])


def test_bad_options_of_the_adapter(adapted):
    with pytest.raises(ValueError, match="scale must be a number other than 0"):
        adapted(scale=0)
    with pytest.raises(ValueError, match="higher_is_better must be true or false"):
        adapted(higher_is_better="no")


def test_evaluate_is_imported_only_to_compute(folder):
    import subprocess
    import sys

    (folder / "lengths.py").write_text(LENGTHS)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from mtlbench.metrics import MetricContext\nfrom mtlbench.metrics.lookup import find_metric\n"
        f"find_metric('evaluate:lengths.py', Path({str(folder)!r}))('evaluate:lengths.py', MetricContext(), a=1)\n"
        "assert not {'evaluate', 'datasets', 'torch'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_stored_rows_stand_for_new_ones_only_where_the_code_is_known(tmp_path):
    (tmp_path / "lengths.py").write_text(LENGTHS)
    (tmp_path / "own.py").write_text(FLUENCY)
    assert find_metric("evaluate:lengths.py", tmp_path).reusable
    assert find_metric("own.py:Fluency", tmp_path).reusable
    assert not find_metric("evaluate:accuracy", tmp_path).reusable
    assert not METRICS.get("distinct_1").reusable
