"""mtlbench's inference beside its peers': one run, same checkpoints, same rows, outputs compared.

    pip install -e '.[peers]'
    python benchmarks/inference.py [--folder FOLDER] [--only seq2seq,choices,encoder,peak] [--match TEXT,…] [--rounds 3]
                                   [--rows 256] [--threads 2] [--clock wall] [--device cpu]

Strings go in and strings come out; loading, imports and a first small batch are not timed, and each contender answers in a
process of its own. Rounds alternate, and the tables show medians. Of peers whose batch size is the user's choice several
sizes run, and the fastest counts. Checkpoints and rows are made by `checkpoints.py` in FOLDER, where they stay. On a busy
machine say `--threads 1 --clock processor`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import peers
from checkpoints import LABELS, made, read_rows

from mtlbench.engines import Asked, Options, Request, find_engine
from mtlbench.registry import UnknownName
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question

MOST = 128
"""New tokens of an output at most."""
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
FORKS = multiprocessing.get_context("fork")
"""Of a process that has imported torch and never used it, so that no threads get lost."""
MM = 2048
"""Rows and columns of the matrices whose product is the machine's peak."""

T = TypeVar("T")
Row = dict[str, Any]
Answer = Callable[[Sequence[Row]], list[str]]


class Wanted(NamedTuple):
    """mtlbench, as `ours` names it, against the fastest peer whose name begins with `theirs`: how many times as fast."""

    ours: str
    theirs: str
    least: float
    aim: float


@dataclass(slots=True)
class Contender:
    """`load` gives what answers rows; `seconds` are those of each round, `absent` says why there are none."""

    name: str
    load: Callable[[], Answer]
    seconds: list[float] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    absent: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class Race:
    """Contenders over the same rows; outputs are compared with the first one's."""

    title: str
    rows: list[Row]
    contenders: list[Contender]
    wanted: Sequence[Wanted]

    def run(self, rounds: int, clock: Callable[[], float]) -> None:
        for _ in range(rounds):
            for each in self.contenders:
                if each.absent:
                    continue
                seconds, each.outputs, each.absent = alone(partial(timed, each, self.rows, clock))
                if not each.absent:
                    each.seconds.append(seconds)
                    print(f"{self.title}, {each.name}: {seconds:.2f} s", file=sys.stderr, flush=True)


def timed(contender: Contender, rows: Sequence[Row], clock: Callable[[], float]) -> tuple[float, list[str], str]:
    """Its seconds and outputs, once it is loaded and warm; or why there are none."""
    try:
        answer = contender.load()
        answer(rows[:4])
        started = clock()
        outputs = answer(rows)
        return clock() - started, outputs, ""
    except (ImportError, UnknownName):
        return 0.0, [], "not installed"
    except InputError as error:
        return 0.0, [], str(error).splitlines()[0]


def alone(work: Callable[[], T]) -> T:
    """What `work` gives in a process of its own, where nothing that others have loaded is in its way."""
    receiver, sender = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=lambda: sender.send(work()))
    process.start()
    sender.close()
    found: T = receiver.recv()
    process.join()
    return found


def engine(folder: Path, device: str, kind: str, **keys: Any) -> Any:
    """mtlbench's engine, loaded as a run loads it."""
    options, model = Options(device=device), Model(checkpoint=str(folder), kind=kind, **keys)
    found = find_engine(model.engine, kind, folder)
    return found.load(found.identify(model, folder, options), model, options, partial(print, file=sys.stderr))


def requests(rows: Sequence[Row], ask: Callable[[Row], tuple[Asked, Question]]) -> list[Request]:
    limit = Generation(max_new_tokens=MOST)
    asked = enumerate(map(ask, rows))
    return [Request(number, each, str(number), number, question, limit) for number, (each, question) in asked]


def writes(row: Row) -> tuple[Asked, Question]:
    return Asked(row["task"], "text"), Question(row["input"])


def ranks(row: Row) -> tuple[Asked, Question]:
    return Asked("choices", "choice", by="likelihood"), Question(row["input"], choices=tuple(row["choices"]))


def labels(row: Row) -> tuple[Asked, Question]:
    return Asked("labels", "label", LABELS), Question(row["input"], (row["input"],), choices=LABELS)


def ours(ask: Callable[[Row], tuple[Asked, Question]], folder: Path, device: str, kind: str, **keys: Any) -> Answer:
    run = engine(folder, device, kind, **keys).run

    def answer(rows: Sequence[Row]) -> list[str]:
        found = dict(pair for batch in run(requests(rows, ask)) for pair in batch)
        return [found[number].text for number in range(len(rows))]

    return answer


def of_texts(load: Callable[[], peers.Answer]) -> Answer:
    answer = load()
    return lambda rows: answer([row["input"] for row in rows])


def of_targets(load: Callable[[], peers.Teach]) -> Answer:
    answer = load()
    return lambda rows: answer([row["input"] for row in rows], [row["target"] for row in rows])


def of_choices(load: Callable[[], peers.Rank]) -> Answer:
    rank = load()
    return lambda rows: rank([(row["input"], row["choices"]) for row in rows])


def contender(name: str, wrap: Callable[..., Answer], *given: Any, **keys: Any) -> Contender:
    return Contender(name, partial(wrap, *given, **keys))


def peer(name: str, load: Callable[[], peers.Answer]) -> Contender:
    return Contender(name, partial(of_texts, load))


def seq2seq(given: argparse.Namespace, name: str) -> Race:
    folder, dtype, sizes = alone(partial(made, given.folder, name)), given.dtype, given.sizes
    here, settings = (folder, given.device, "text2text"), (MOST, given.device, dtype)
    pool = partial(contender, wrap=partial(ours, writes, *here))
    mine = [pool("mtlbench")]
    if given.device == "cpu":
        mine += [pool("mtlbench bfloat16", dtype="bfloat16"), pool("mtlbench int8", quantize="int8")]
    mine += [
        pool("mtlbench ctranslate2", engine="ctranslate2"),
        pool("mtlbench ctranslate2 int8", engine="ctranslate2", quantize="int8", dtype="float32"),
    ]

    def lm_eval(batch: int) -> peers.Answer:
        return peers.harness_writes(peers.harness(folder, "seq2seq", given.device, dtype), batch, MOST)

    def trainer(batch: int) -> peers.Teach:
        return peers.seq2seq_trainer(folder, batch, *settings)

    theirs = [peer(f"lm-eval, batch {size}", partial(lm_eval, size)) for size in sizes]
    theirs += [
        peer("pipeline, default", partial(peers.text_pipeline, folder, None, *settings)),
        peer("pipeline, batch 32", partial(peers.text_pipeline, folder, 32, *settings)),
        *(
            Contender(f"Seq2SeqTrainer.predict, batch {size}", partial(of_targets, partial(trainer, size)))
            for size in (8, 32)
        ),
    ]
    wanted = [
        Wanted("mtlbench", "lm-eval", 1.6, 2.2),
        Wanted("mtlbench bfloat16", "lm-eval", 3, 4.5),
        Wanted("mtlbench int8", "lm-eval", 3.5, 5.5),
        Wanted("mtlbench ctranslate2", "lm-eval", 1.7, 2),
        Wanted("mtlbench ctranslate2 int8", "lm-eval", 3, 4),
        Wanted("mtlbench", "pipeline, default", 5, 7),
        Wanted("mtlbench", "pipeline, batch 32", 2.6, 3.5),
        Wanted("mtlbench", "Seq2SeqTrainer", 5, 7),
    ]
    return Race(f"text-to-text, {name}", read_rows(folder, "rows")[: given.rows], mine + theirs, wanted)


def choices(given: argparse.Namespace, name: str, kind: str, backend: str, part: int) -> Race:
    """Of decoders, which read each choice after the whole prompt, `part` times fewer rows."""
    folder = alone(partial(made, given.folder, name))

    def lm_eval(batch: int) -> peers.Rank:
        return peers.harness_ranks(peers.harness(folder, backend, given.device, given.dtype), batch)

    mine = contender("mtlbench", ours, ranks, folder, given.device, kind)
    theirs = [Contender(f"lm-eval, batch {size}", partial(of_choices, partial(lm_eval, size))) for size in given.sizes]
    rows = read_rows(folder, "choices")[: given.rows // part]
    return Race(f"four choices, {name}", rows, [mine, *theirs], [Wanted("mtlbench", "lm-eval", 2, 4)])


def encoder(given: argparse.Namespace, name: str) -> Race:
    folder = alone(partial(made, given.folder, name))
    settings = given.device, given.dtype
    mine = [contender("mtlbench", ours, labels, folder, given.device, "heads")]
    if given.device == "cpu":
        mine += [contender("mtlbench int8", ours, labels, folder, given.device, "heads", quantize="int8")]
    theirs = [
        peer("pipeline, batch 32", partial(peers.label_pipeline, folder, 32, *settings)),
        *(
            peer(f"Trainer.predict, batch {size}", partial(peers.label_trainer, folder, size, *settings))
            for size in (8, 32)
        ),
    ]
    wanted = [Wanted("mtlbench", "pipeline, batch 32", 2, 3), Wanted("mtlbench", "Trainer", 1.5, 2)]
    return Race(f"classification, {name}", read_rows(folder, "rows")[: given.rows], mine + theirs, wanted)


def show(race: Race) -> None:
    """The race's table, and what is wanted of it."""
    ran = [each for each in race.contenders if each.seconds]
    if not ran:
        return
    scored = "target" in race.rows[0]
    print(
        f"\n## {race.title}, {len(race.rows)} rows\n\n| engine | seconds (rounds) | same outputs |{' right |' * scored}"
    )
    print(f"| --- | --- | --- |{' --- |' * scored}")
    for each in race.contenders:
        if each.absent:
            print(f"| {each.name} | {each.absent} | – |{' – |' * scored}")
            continue
        rounds = ", ".join(f"{seconds:.2f}" for seconds in each.seconds)
        right = f" {share(each.outputs, [row['target'] for row in race.rows])} |" if scored else ""
        print(f"| {each.name} | {each.median:.2f} ({rounds}) | {share(each.outputs, ran[0].outputs)} |{right}")
    print("\n| | against | times as fast | at least | aim |\n| --- | --- | --- | --- | --- |")
    for ours, theirs, least, aim in race.wanted:
        rivals = [each for each in ran if each.name.startswith(theirs)]
        for mine in (each for each in ran if each.name == ours and rivals):
            rival = min(rivals, key=lambda each: each.median)
            print(f"| {ours} | {rival.name} | {rival.median / mine.median:.2f} | {least:g} | {aim:g} |")


def share(outputs: Sequence[str], others: Sequence[str]) -> str:
    return f"{100 * statistics.mean(a == b for a, b in zip(outputs, others, strict=True)):.1f}%"


def peak(given: argparse.Namespace, name: str) -> None:
    """Share of the machine's matrix-multiply peak that the encoder's forward reaches, real tokens alone counted."""
    folder, clock = made(given.folder, name), CLOCKS[given.clock]
    rows, loaded = read_rows(folder, "rows")[: given.rows], engine(folder, given.device, "heads")
    operations, shares = flops(folder, [row["input"] for row in rows]), []
    for _ in range(given.rounds + 1):  # the first is the warm-up
        most = max(mm_flops(given, clock) for _ in range(10))
        read = loaded.read(requests(rows, labels))
        started = clock()
        for _ in loaded.answer(read):
            pass
        shares.append(operations / (clock() - started) / most)
    rate = f"{most / 1e9:,.0f} GFLOP/s"
    print(f"\n{name}: {100 * statistics.median(shares[1:]):.0f}% of the peak of {rate} (at least 60%, aim 75%)")


def flops(folder: Path, texts: list[str]) -> int:
    """Of the linear layers and the attention of BERT's encoder, on tokens that are no padding."""
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(folder)
    size, inner = config.hidden_size, config.intermediate_size
    lengths = [len(ids) for ids in AutoTokenizer.from_pretrained(folder)(texts)["input_ids"]]
    layer = sum(2 * n * (4 * size**2 + 2 * size * inner) + 4 * n**2 * size for n in lengths)
    return int(config.num_hidden_layers * layer)


def mm_flops(given: argparse.Namespace, clock: Callable[[], float]) -> float:
    """Operations a second of one product of large matrices."""
    import torch

    matrix = torch.ones(MM, MM, dtype=getattr(torch, given.dtype), device=given.device)
    started = clock()
    (matrix @ matrix)[0, 0].item()  # which waits for a GPU
    return 2 * MM**3 / (clock() - started)


def races(given: argparse.Namespace) -> Iterable[Callable[[], Race]]:
    on_gpu = given.device != "cpu"
    if "seq2seq" in given.only:
        yield from (partial(seq2seq, given, name) for name in ["t5-small"] + ["t5-base"] * on_gpu)
    if "choices" in given.only:
        yield partial(choices, given, "t5-small", "text2text", "seq2seq", 1)
        yield partial(choices, given, "gpt2", "causal", "causal", 4)
    if "encoder" in given.only:
        yield from (partial(encoder, given, name) for name in ("bert-base", "minilm"))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ["seq2seq", "choices", "encoder", "peak"]
    parser.add_argument("--folder", type=Path, default=Path("build/inference"), help="of checkpoints and rows")
    parser.add_argument("--only", type=lambda text: text.split(","), default=parts, help=",".join(parts))
    parser.add_argument(
        "--match", type=lambda text: text.split(","), default=[""], help="contenders whose names have this"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, help="of each part; default 256 on the CPU, 2,048 on a GPU")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    on_cpu = given.device == "cpu"
    given.dtype, given.sizes = ("float32", (8, 16, 32, 64)) if on_cpu else ("bfloat16", (32, 64, 128, 256))
    given.rows = given.rows or (256 if on_cpu else 2048)
    return given


def main() -> None:
    import torch
    import transformers

    given = options()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.set_verbosity_error()
    print(
        f"torch {torch.__version__}, transformers {transformers.__version__}, {given.device}, {given.dtype}, ", end=""
    )
    print(f"{given.threads} threads, {given.clock} clock, medians of {given.rounds} rounds")
    for prepare in races(given):
        race = prepare()
        race.contenders[:] = [each for each in race.contenders if any(text in each.name for text in given.match)]
        race.run(given.rounds, CLOCKS[given.clock])
        show(race)
    if "peak" in given.only:
        for name in ("bert-base", "minilm"):
            alone(partial(peak, given, name))


if __name__ == "__main__":
    main()
