"""A user's own metric, from the suite through a run to its scoring anew."""

import json
import shutil
from pathlib import Path

import pytest

from tests.projects import mtlbench, the_run, write_rows

SUITE = """\
version: 1
name: own
models:
  elsewhere: {predictions: outputs}
tasks:
  tales:
    kind: generation
    data: {path: tales.jsonl}
    input: "tell: {text}"
    reference: tale
    metrics: [bleu, {NAME: {mark: "."}}, {copy_rate: {n: 1}}, distinct_1]
significance: {resamples: 200, permutations: 199}
"""
METRIC = """\
from mtlbench.metrics.mean import MeanMetric, counted

class Fluency(MeanMetric):
    accepts = {"text"}

    def __init__(self, name, context, *, mark):
        self.mark = mark

    def statistics(self, predictions, references):
        return counted([float(text.endswith(self.mark)) for text in predictions])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A suite in a folder of its own, with a metric beside it and predictions made elsewhere."""
    folder = tmp_path / "suites"
    (folder / "outputs").mkdir(parents=True)
    write_rows(folder / "tales.jsonl", [{"text": f"cat {n}", "tale": f"the cat {n} sat."} for n in range(8)])
    (folder / "outputs" / "tales.txt").write_text("".join(f"the cat {n}{'.' * (n % 2)}\n" for n in range(8)))
    (folder / "own.py").write_text(METRIC)
    (folder / "suite.yaml").write_text(SUITE.replace("NAME", "own.py:Fluency"))
    return tmp_path


def scores(project: Path) -> dict[str, dict]:
    rows = json.loads((the_run(project) / "results.json").read_text())["scores"]
    return {row["metric"]: row for row in rows}


def test_from_suite_to_score(project):
    done = mtlbench("run", "suites/suite.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    found = scores(project)
    assert found["own.py:Fluency"]["value"] == 50
    assert found["own.py:Fluency"]["ci_low"] < 50
    assert "|file:" in found["own.py:Fluency"]["signature"]
    assert found["copy_rate"]["value"] == pytest.approx(100 * 16 / 28)
    assert found["distinct_1"]["ci_low"] is None
    assert "fewer different texts" in found["distinct_1"]["reason"]

    file = project / "suites" / "own.py"
    file.write_text(METRIC.replace("text.endswith(self.mark)", "1"))
    again = mtlbench("score", the_run(project), cwd=project)
    assert again.returncode == 0, again.stderr
    assert scores(project)["own.py:Fluency"]["value"] == 100

    file.unlink()
    gone = mtlbench("score", the_run(project), cwd=project)
    assert gone.returncode == 2
    assert "own.py cannot be read: No such file" in " ".join(gone.stderr.split())
    assert "relative to" in " ".join(gone.stderr.split())


def test_adding_a_metric_computes_it_alone(project):
    calls = project / "calls"
    noting = f"        open({str(calls)!r}, 'a').write('called ')\n        return counted"
    (project / "suites" / "own.py").write_text(METRIC.replace("        return counted", noting))
    assert mtlbench("run", "suites/suite.yaml", cwd=project).returncode == 0
    suite = the_run(project) / "suite.yaml"
    suite.write_text(suite.read_text().replace("- bleu\n", "- bleu\n    - chrf\n"))
    again = mtlbench("score", the_run(project), cwd=project)
    assert again.returncode == 0, again.stderr
    assert scores(project)["chrf"]["value"] is not None
    assert calls.read_text() == "called "


def test_a_suite_that_extends_it_finds_the_file(project):
    (project / "other.yaml").write_text("extends: suites/suite.yaml\nname: other\n")
    checked = mtlbench("validate", "other.yaml", cwd=project)
    assert checked.returncode == 0, checked.stderr
    shutil.move(project / "suites" / "own.py", project / "own.py")
    checked = mtlbench("validate", "other.yaml", cwd=project)
    assert checked.returncode == 2
    assert "suites/own.py cannot be read" in checked.stderr


def test_faults_stand_beside_the_others(project):
    suite = project / "suites" / "suite.yaml"
    suite.write_text(SUITE.replace("NAME", "own.py:Fluenzy").replace("copy_rate", "copy_rat"))
    checked = mtlbench("validate", suite, cwd=project)
    assert checked.returncode == 2
    assert "own.py has no class Fluenzy: did you mean Fluency?" in checked.stderr
    assert "there is no metric “copy_rat”" in checked.stderr
    suite.write_text(SUITE.replace("NAME", "own.py:Fluency").replace("mark", "marks"))
    checked = mtlbench("validate", suite, cwd=project)
    assert "the metric `own.py:Fluency` has no option `marks`" in checked.stderr


def test_a_metric_that_fails_is_told_as_the_users_fault(project):
    (project / "suites" / "own.py").write_text(METRIC.replace("float(text", "float(nothing"))
    done = mtlbench("run", "suites/suite.yaml", cwd=project)
    assert done.returncode == 2
    assert "own.py failed: NameError: name 'nothing' is not defined (line 10)" in " ".join(done.stderr.split())
