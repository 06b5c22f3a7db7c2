"""Which file a path means; ids; the fingerprint; Parquet; a dataset's own ways."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from mtlbench.data import load_data
from mtlbench.suite.declarations import Data
from mtlbench.suite.faults import InputError

ROW = '{"a": 1}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite's folder with a file, a folder of splits and some others."""
    for name in (
        "rows.jsonl",
        "sets/train.jsonl",
        "sets/validation.jsonl",
        "one/test.csv",
        "twice/test.jsonl",
        "twice/test.json",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a\n1\n" if name.endswith("csv") else ROW)
    (tmp_path / "one/readme.md").write_text("no data")
    (tmp_path / "none").mkdir()
    (tmp_path / "rows.txt").write_text(ROW)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({"path": "rows.jsonl"}, "rows.jsonl"),
        ({"path": "./sets/../rows.jsonl"}, "sets/../rows.jsonl"),
        ({"path": "sets", "split": "validation"}, "sets/validation.jsonl"),
        ({"path": "one"}, "one/test.csv"),
        ({"path": "one/", "split": "test"}, "one/test.csv"),
    ],
)
def test_the_source_is_the_path_as_written(folder, options, source):
    dataset = load_data(Data(**options), folder)
    assert (dataset.source, len(dataset)) == (source, 1)
    assert dataset.file == folder / source


def test_an_absolute_path_is_named_by_its_end(folder):
    assert load_data(Data(path=str(folder / "rows.jsonl")), Path()).source == "rows.jsonl"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "row.jsonl"}, "there is no file row.jsonl did you mean rows.jsonl?"),
        ({"path": "sets/trian.jsonl"}, "there is no file sets/trian.jsonl did you mean sets/train.jsonl?"),
        ({"path": "set/train.jsonl"}, "there is no file set/train.jsonl its folder is not there either"),
        (
            {"path": "rows.txt"},
            "rows.txt has no ending that says its format formats are .jsonl, .json, .csv, .tsv, .parquet",
        ),
        ({"path": "rows.jsonl", "split": "test"}, "`split:` goes with a folder or a Hub dataset; rows.jsonl is a file"),
        ({"path": "sets"}, "the folder sets holds several files `split:` says which: train.jsonl, validation.jsonl"),
        (
            {"path": "sets", "split": "test"},
            "the folder sets holds no split “test” it holds train.jsonl, validation.jsonl",
        ),
        ({"path": "sets", "split": "valid"}, "holds no split “valid” did you mean “validation”? it holds train.jsonl"),
        ({"path": "sets", "split": "../rows"}, "holds no split “../rows”"),
        ({"path": "twice", "split": "test"}, "holds the split “test” more than once: test.json, test.jsonl"),
        ({"path": "none"}, "the folder none holds no data files"),
        ({"path": "x\0.jsonl"}, "is no"),
        ({"path": "x" * 5000 + ".jsonl"}, "x.jsonl"),
        (
            {"path": "rows.jsonl", "columns": ["a"]},
            "`columns:` goes with CSV and TSV; rows.jsonl names its own columns",
        ),
        ({"path": "rows.jsonl", "quoting": False}, "`quoting: false` goes with CSV and TSV, not with rows.jsonl"),
    ],
)
def test_a_path_that_means_no_file(folder, options, message):
    with pytest.raises(InputError) as raised:
        load_data(Data(**options), folder)
    (fault,) = raised.value.faults
    assert message in f"{fault.message} {fault.hint}"
    assert str(folder) not in fault.message


@pytest.mark.parametrize(
    ("content", "options", "ids"),
    [
        ('{"a": "x"}\n{"a": "y"}', {}, ["0", "1"]),
        ('{"id": "x"}\n{"id": "y"}', {}, ["x", "y"]),
        ('{"id": "x", "key": 7}\n{"id": "x", "key": 8}', {"id": "key"}, ["7", "8"]),
    ],
)
def test_ids(load, content, options, ids):
    assert load("a.jsonl", content, **options).ids == ids


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1.5", "“id” holds no ids: line 1 is neither text nor a whole number"),
        ("true", "“id” holds no ids"),
        ("[1]", "“id” holds no ids"),
        ("null", "the id “id” is empty in line 1"),
        ('"  "', "the id “id” is empty in line 1"),
    ],
)
def test_no_ids(told, value, message):
    ((line, _, found),) = told("a.jsonl", f'{{"id": {value}, "a": 1}}')
    assert line == 1
    assert message in found


def test_the_fingerprint_is_of_content_and_options(load, tmp_path):
    plain = load("a.csv", "x,y\n1,2\n").fingerprint
    assert load("b.csv", "x,y\n1,2\n").fingerprint == plain
    others = [
        load("a.csv", "x,y\n1,3\n"),
        load("a.csv", "x,y\n1,2\n", quoting=False),
        load("a.csv", "x,y\n1,2\n", id="x"),
        load("a.csv", "x,y\n1,2\n", columns=["x", "y"]),
        load("a.tsv", "x,y\n1,2\n"),
    ]
    assert len({plain, *(other.fingerprint for other in others)}) == 6
    assert len(plain) == 64


def test_parquet_keeps_types_lists_and_structs(tmp_path):
    rows = [{"id": 3, "a": ["x", "y"], "b": {"c": 1.5}}, {"id": 4, "a": [], "b": None}]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    dataset = load_data(Data(path="a.parquet"), tmp_path)
    assert (dataset.rows(), dataset.ids, dataset.lines) == (rows, ["3", "4"], None)
    assert dataset.row_name(1) == "row 1"


def test_parquet_faults(told, tmp_path):
    def written(table: pa.Table) -> bytes:
        parquet.write_table(table, tmp_path / "made")
        return (tmp_path / "made").read_bytes()

    sound = written(pa.table({"id": ["x", "y", "x"]}))
    broken_text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    )
    cases = [
        (b"", "the file is empty"),
        (b"PAR1 nothing", "not sound Parquet"),
        (sound[:-9], "not sound Parquet"),
        (sound, "the id “x” of row 2 is that of row 0 too"),
        (written(pa.table({"a": pa.array([], pa.string())})), "the file has no rows"),
        (written(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])), "the column “a” 2 times"),
        (written(pa.table({"a": broken_text})), "not sound Parquet"),
        (written(pa.table({"a": pa.array([2**62], pa.timestamp("ms"))})), "“a” holds a time that cannot be read"),
    ]
    for content, message in cases:
        ((line, _, found),) = told("a.parquet", content)
        assert line is None
        assert message in found


def test_a_dataset_gives_rows_in_slices_batches_and_selections(load):
    dataset = load("a.jsonl", "\n".join(f'{{"id": "r{number}", "n": {number}}}' for number in range(10)))
    assert (len(dataset), dataset.columns, dataset.values("n")) == (10, ("id", "n"), list(range(10)))
    assert [row["n"] for row in dataset.rows(8, 99)] == [8, 9]
    assert dataset.rows(5, 3) == dataset.rows(20, 30) == []
    assert [len(batch) for batch in dataset.batches(4)] == [4, 4, 2]
    assert [row["n"] for row in dataset] == list(range(10))
    some = dataset.take([7, 2])
    assert (some.ids, some.values("n"), list(some.lines)) == (["r7", "r2"], [7, 2], [8, 3])
    assert some.row_name(0) == "line 8"
    assert some.place(0).line == 8
    assert len({dataset.fingerprint, some.fingerprint, dataset.take([2, 7]).fingerprint}) == 3


def test_importing_the_room_is_light():
    heavy = "import sys, mtlbench.data; print([m for m in ('pyarrow', 'numpy', 'pandas', 'datasets', 'torch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_loading_a_file_does_not_load_pandas(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": "x", "b": [1, null], "c": true}\n{"a": null, "b": null, "c": null}\n')
    (tmp_path / "a.csv").write_text("a\nx\n")
    parquet.write_table(pa.table({"a": ["x"]}), tmp_path / "a.parquet")
    code = """
import sys
from pathlib import Path
from mtlbench.data import load_data, sample
from mtlbench.suite.declarations import Data
for name in ("a.jsonl", "a.csv", "a.parquet"):
    dataset = load_data(Data(path=name), Path(sys.argv[1]))
    list(dataset), dataset.take([0])
print([module for module in ("pandas", "pyarrow.dataset", "datasets") if module in sys.modules])
"""
    assert (
        subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
