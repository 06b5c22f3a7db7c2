"""A user's own engine: a file of thirty lines beside the suite, run, cached and refused as any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtlbench.engines import ENGINES, find_engine
from mtlbench.engines.causal import Causal
from mtlbench.engines.predictions import Predictions
from mtlbench.engines.text2text import Text2Text
from mtlbench.registry import UnknownName
from tests.projects import mtlbench, the_run, write_rows

COATTENTION = '''\
import torch
from safetensors.torch import load_file
from mtlbench.engines import Engine, Output

class CoAttention(Engine):
    """Each of two texts attends to the other; what they say of each other is classified."""

    kinds = ("coattention",)

    @classmethod
    def load(cls, identity, model, options, notify):
        engine = cls()
        engine.weights = load_file(identity.folder / "model.safetensors")
        return engine

    def embed(self, text):
        return self.weights["embedding"][[sum(map(ord, word)) % 50 for word in text.split()]]

    def run(self, requests):
        for request in requests:
            one, two = map(self.embed, request.question.segments)
            affinity = one @ two.T  # [words of one, words of two]
            context = torch.cat([affinity.softmax(0).T @ one, two], -1).mean(0)
            scores = (context @ self.weights["output"]).log_softmax(-1)
            label = request.asked.labels[int(scores.argmax())]
            yield [(request.number, Output(label, scores=scores.tolist()))]
'''
SUITE = """\
version: 1
name: own
models:
  net: {checkpoint: net, engine: "ENGINE"}
tasks:
  entails:
    kind: classification
    data: {path: rows.jsonl}
    input: "{one} {two}"
    segments: ["{one}", "{two}"]
    reference: label
    labels: ["no", "yes"]
significance: {resamples: 200, permutations: 199}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(0)
    (tmp_path / "net").mkdir()
    weights = {"embedding": torch.randn(50, 8, generator=generator), "output": torch.randn(16, 2, generator=generator)}
    save_file(weights, tmp_path / "net" / "model.safetensors")
    (tmp_path / "net" / "config.json").write_text('{"model_type": "coattention"}')
    words = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "two", "dogs"]
    rows = [{"one": " ".join(words[: 2 + n % 5]), "two": " ".join(words[n % 7 :]), "label": "yes"} for n in range(12)]
    write_rows(tmp_path / "rows.jsonl", rows)
    (tmp_path / "own.py").write_text(COATTENTION)
    (tmp_path / "suite.yaml").write_text(SUITE.replace("ENGINE", "own.py:CoAttention"))
    return tmp_path


def test_an_engine_of_a_few_lines_runs_through_the_command_line(project: Path) -> None:
    assert len(COATTENTION.splitlines()) <= 30
    assert mtlbench("validate", "suite.yaml", cwd=project).returncode == 0
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=project)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(project) / "results.json").read_text())
    (model,) = results["models"]
    assert (model["kind"], model["engine"]) == ("coattention", "own.py:CoAttention")
    assert model["parameters"] == 50 * 8 + 16 * 2
    accuracy = next(row["value"] for row in results["scores"] if row["metric"] == "accuracy")
    assert 0 < accuracy < 100


def test_changed_code_is_never_answered_from_the_cache(project: Path) -> None:
    def run() -> list[tuple[str, int]]:
        done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=project)
        assert done.returncode == 0, done.stderr
        manifests = [json.loads(path.read_text()) for path in project.glob("results/*/*/manifest.json")]
        return [(each["models"]["net"]["fingerprint"], each["pairs"][0]["cached"]) for each in manifests]

    ((first, cached),) = run()
    assert cached == 0
    assert run() == [(first, 12)]
    (project / "own.py").write_text(COATTENTION.replace("argmax", "argmin"))
    found = dict(run())
    assert len(found) == 2
    assert found == {first: 12, **{other: 0 for other in found if other != first}}


@pytest.mark.parametrize(
    ("engine", "code", "keys", "message"),
    [
        ("gone.py:Net", COATTENTION, "", "the engine's file gone.py cannot be read: No such file or directory"),
        ("own.py:CoAtention", COATTENTION, "", "own.py has no class CoAtention: did you mean CoAttention?"),
        ("own.py:Net", "class Net: pass", "", "Net in own.py is no engine: it must extend mtlbench.engines.Engine"),
        ("own.py:CoAttention", COATTENTION.replace("def run", "def go"), "", "own.py:CoAttention lacks run()"),
        ("own.py:CoAttention", COATTENTION.replace('("coattention",)', '"coattention"'), "", "`kinds` must be a tuple"),
        ("own.py:CoAttention", "import absent\n" + COATTENTION, "", "own.py cannot be loaded: ModuleNotFoundError"),
        ("own.py:CoAttention", COATTENTION, ", kind: causal", "runs models of kind coattention, not “causal”"),
    ],
)
def test_what_is_no_engine_is_told_with_its_place(
    project: Path, engine: str, code: str, keys: str, message: str
) -> None:
    (project / "own.py").write_text(code)
    (project / "suite.yaml").write_text(SUITE.replace('"ENGINE"', f'"{engine}"{keys}'))
    done = mtlbench("validate", "suite.yaml", cwd=project)
    assert done.returncode == 2
    assert message in done.stderr
    assert "suite.yaml:4:" in done.stderr


def test_a_mistake_of_the_users_is_told_with_its_line(project: Path) -> None:
    (project / "own.py").write_text(COATTENTION.replace("one @ two.T", "one @ two"))
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=project)
    assert done.returncode == 3
    manifest = json.loads((the_run(project) / "manifest.json").read_text())
    assert manifest["pairs"][0]["error"].startswith("own.py failed: RuntimeError")
    assert "(line 22)" in manifest["pairs"][0]["error"]


def test_keys_that_an_engine_does_not_know_are_not_passed_over(project: Path) -> None:
    (project / "suite.yaml").write_text(SUITE.replace('"ENGINE"', '"own.py:CoAttention", prune: 0.5'))
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=project)
    assert done.returncode == 2
    assert "`prune` is no key of models of kind coattention" in done.stderr


def test_one_name_for_all_engines_of_a_library(tmp_path: Path) -> None:
    assert find_engine("transformers", "text2text", tmp_path) is Text2Text
    assert find_engine("transformers", "causal", tmp_path) is Causal
    assert find_engine("auto", "causal", tmp_path) is Causal
    assert find_engine("auto", "predictions", tmp_path) is Predictions
    assert find_engine("predictions", "auto", tmp_path) is Predictions
    with pytest.raises(ValueError, match=r"the engine “transformers” runs models of kind .*text2text"):
        find_engine("transformers", "predictions", tmp_path)
    for engine, kind in (("tranformers", "causal"), ("auto", "casual")):
        with pytest.raises(UnknownName) as raised:
            find_engine(engine, kind, tmp_path)
        assert raised.value.suggestion in ("transformers", "causal")


def test_an_engine_of_an_installed_package_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed(Predictions):
        names = ("installed",)
        engine = "installed"
        kinds = ("elsewhere",)

    monkeypatch.setitem(ENGINES._classes, "installed", Installed)
    assert find_engine("installed", "auto", tmp_path) is Installed
    assert find_engine("auto", "elsewhere", tmp_path) is Installed
