#!/usr/bin/env python3
"""Computes with NumPy what all-MiniLM-L6-v2 says of a few texts: what `plugins/embedding/tests/minilm` compares the plugin with.

    tools/minilm
    pip install numpy tokenizers
    tools/minilm-reference.py >plugins/embedding/tests/minilm/reference.json

It is written from the description of BERT and shares no code with the plugin, in another language, with other arithmetic.
"""

import json
import math
import pathlib
import struct

import numpy
from tokenizers import Tokenizer

FOLDER = pathlib.Path(__file__).resolve().parent.parent / ".tools/minilm"
TEXTS = [
    "This is an example sentence",
    "Each sentence is converted",
    "hello world",
    "",
    "Čeština & 東京: naïve “quotes” – 👍 antidisestablishmentarianism, €5!",
    "My passport expires in June next year. " * 60,
]


def weights():
    data = (FOLDER / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    for name, part in header.items():
        begin, end = (8 + length + at for at in part["data_offsets"])
        if part["dtype"] == "F32":
            yield name, numpy.frombuffer(data[begin:end], "<f4").reshape(part["shape"]).astype(numpy.float64)


WEIGHTS = dict(weights())


def linear(x, name):
    return x @ WEIGHTS[name + ".weight"].T + WEIGHTS[name + ".bias"]


def norm(x, name):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / numpy.sqrt(variance + 1e-12) * WEIGHTS[name + ".weight"] + WEIGHTS[name + ".bias"]


def heads(x):
    return x.reshape(len(x), 12, 32).transpose(1, 0, 2)


def layer(x, name):
    query, key, value = (heads(linear(x, f"{name}.attention.self.{part}")) for part in ("query", "key", "value"))
    scores = query @ key.transpose(0, 2, 1) / math.sqrt(32)
    scores = numpy.exp(scores - scores.max(-1, keepdims=True))
    seen = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(x), 384)
    x = norm(x + linear(seen, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
    inner = linear(x, f"{name}.intermediate.dense")
    inner = inner * 0.5 * (1 + numpy.vectorize(math.erf)(inner / math.sqrt(2)))
    return norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")


def vector(ids):
    table = lambda name: WEIGHTS[f"embeddings.{name}_embeddings.weight"]
    x = norm(table("word")[ids] + table("position")[: len(ids)] + table("token_type")[0], "embeddings.LayerNorm")
    for number in range(6):
        x = layer(x, f"encoder.layer.{number}")
    mean = x.mean(0)
    return mean / numpy.linalg.norm(mean)


def main():
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    said = []
    for text in TEXTS:
        encoded = tokenizer.encode(text)
        said.append({
            "text": text,
            "tokens": encoded.tokens,
            "vector": [round(float(number), 6) for number in vector(encoded.ids)],
        })
    print(json.dumps(said, ensure_ascii=False, indent=None, separators=(",", ":")).replace("},{", "},\n{"))


main()
