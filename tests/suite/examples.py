"""A suite with nothing wrong, to build on."""

VALID = """\
version: 1
name: small
models:
  joint:
    checkpoint: google/flan-t5-small
    trained_on: [sentiment, translation]
tasks:
  sentiment:
    kind: classification
    data: {path: data/sentiment.jsonl}
    input: "sentiment: {text}"
    reference: label
    labels: [negative, positive]
    metrics: [accuracy, {f1: {}}]
  translation:
    kind: translation
    data:
      hub: wmt16
      split: test
    input: "translate: {source}"
    reference: target
    metrics:
      - bleu: {tokenize: intl}
      - name: chrf
"""
