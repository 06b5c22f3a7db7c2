"""Models of several languages write in the task's, whatever name it has; without one they are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines import Asked, Options, Request
from mtlbench.engines.text2text import Text2Text
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests.multilingual import multilingual
from tests.projects import mtlbench, write_rows

TEXTS = ["the room was clean", "we stayed two nights near the old station", "cold food", "the waiter forgot our order"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        family: multilingual(tmp_path_factory.mktemp(family), family)
        for family in ("mbart50", "mbart", "nllb", "m2m100")
    }


def load(folder: Path) -> Text2Text:
    model = Model(checkpoint=str(folder))
    return Text2Text.load(Text2Text.identify(model, Path(), Options()), model, Options(), [].append)


def translate(engine: Text2Text, directions: list[tuple[str | None, str | None]]) -> list[str]:
    """What is written for each text in each direction."""
    generation = Generation(max_new_tokens=12)
    requests = [
        Request(
            number, Asked("task", "text", source_lang=source, target_lang=target), "", 0, Question(text), generation
        )
        for number, (text, (source, target)) in enumerate((text, pair) for pair in directions for text in TEXTS)
    ]
    answered = dict(pair for batch in engine.run(requests) for pair in batch)
    return [answered[number].text for number in range(len(requests))]


def plainly(folder: Path, source: str, target: str) -> list[str]:
    """The same with transformers alone, as its documentation of the family says."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    network, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    tokenizer.src_lang = source
    code = tokenizer.convert_tokens_to_ids(target)
    key = "decoder_start_token_id" if type(tokenizer).__name__ == "MBartTokenizer" else "forced_bos_token_id"
    settings = {key: code, "max_new_tokens": 12, "do_sample": False}
    written = [network.generate(**tokenizer(text, return_tensors="pt"), **settings)[0] for text in TEXTS]
    return [tokenizer.decode(tokens, skip_special_tokens=True) for tokens in written]


@pytest.mark.parametrize(
    ("family", "source", "target", "source_code", "target_code"),
    [
        ("mbart50", "en", "fr", "en_XX", "fr_XX"),
        ("mbart50", "de_DE", "ro_RO", "de_DE", "ro_RO"),
        ("mbart", "en", "ro", "en_XX", "ro_RO"),
        ("nllb", "deu_Latn", "fra", "deu_Latn", "fra_Latn"),
        ("m2m100", "de", "fr", "de", "__fr__"),
    ],
)
def test_outputs_are_plain_transformers(
    folders: dict[str, Path], family: str, source: str, target: str, source_code: str, target_code: str
) -> None:
    written = translate(load(folders[family]), [(source, target)])
    assert written == plainly(folders[family], source_code, target_code)


def test_directions_do_not_mix(folders: dict[str, Path]) -> None:
    engine = load(folders["mbart50"])
    pairs: list[tuple[str | None, str | None]] = [("en", "fr"), ("fr", "en"), ("de", "fr")]
    together = translate(engine, pairs)
    assert together == [text for pair in pairs for text in translate(engine, [pair])]
    assert len(set(together)) > len(TEXTS), "directions that all write the same would prove nothing"


@pytest.mark.parametrize(
    ("family", "name", "message", "hint"),
    [
        ("mbart50", "fr_FR", "knows no language “fr_FR”", "near it: fr_XX"),
        ("nllb", "zho", "“zho” may be zho_Hans or zho_Hant", "write the one that is meant"),
        ("nllb", "fr", "knows no language “fr”", "near it: fra_Latn"),
        ("mbart", "qq", "knows no language “qq”", "it knows ar_AR, cs_CZ"),
    ],
)
def test_unknown_languages(folders: dict[str, Path], family: str, name: str, message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        translate(load(folders[family]), [(None, name)])
    assert hint in raised.value.faults[0].hint


def test_models_of_one_language_ignore_languages(t5: Path) -> None:
    engine = load(t5)
    assert translate(engine, [("en", "fr")]) == translate(engine, [(None, None)])


@pytest.mark.parametrize(
    ("config", "source", "target", "lacking"),
    [
        ({"model_type": "mbart"}, None, None, "`source_lang` and `target_lang`"),
        ({"model_type": "m2m_100", "decoder_start_token_id": 2, "eos_token_id": 2}, "en", None, "`target_lang`"),
        ({"model_type": "mbart"}, "en", "fr", None),
        ({"model_type": "mbart", "forced_bos_token_id": 250008}, None, None, None),
        ({"model_type": "mbart", "decoder_start_token_id": 250020, "eos_token_id": 2}, None, None, None),
        ({"model_type": "t5"}, None, None, None),
        ({"model_type": "bart", "forced_bos_token_id": 0}, None, None, None),
    ],
)
def test_a_model_that_must_be_told_its_languages(
    config: dict[str, Any], source: str | None, target: str | None, lacking: str | None
) -> None:
    asked = Asked("news", "text", source_lang=source, target_lang=target)
    refusal = Text2Text.refuses(Model(checkpoint="x"), config, asked)
    assert (refusal and refusal.message) == (lacking and f"task `news` lacks {lacking}, which x must be told")


def test_a_suite_without_languages_is_refused_before_a_model_is_loaded(
    tmp_path: Path, folders: dict[str, Path]
) -> None:
    write_rows(tmp_path / "rows.jsonl", [{"en": text, "fr": text} for text in TEXTS])
    suite = tmp_path / "suite.yaml"
    text = f"""
version: 1
name: news
models: {{mbart: {{checkpoint: {folders["mbart50"]}}}}}
tasks:
  news: {{kind: translation, data: {{path: rows.jsonl}}, input: "{{en}}", reference: fr, generation: {{max_new_tokens: 4}}}}
"""
    suite.write_text(text)
    refused = mtlbench("validate", "suite.yaml", cwd=tmp_path)
    assert refused.returncode == 2
    assert "task `news` lacks `source_lang` and `target_lang`" in refused.stderr
    suite.write_text(text.replace("reference: fr,", "reference: fr, source_lang: en, target_lang: fr,"))
    done = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
