"""Makes the golden of a tiny BERT with PyTorch, in F64: hidden states, loss and all gradients.

    python3 nn/src/test/goldens/bert.py

The network is written out below, with the names of Hugging Face's BertModel. The file in
nn/src/test/resources/goldens was made with PyTorch 1.13.0 (Debian 12, python3-torch).
"""

import math
import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "core/src/test/goldens"))
import fixture
from fixture import normal, rounded

VOCABULARY, HIDDEN, LAYERS, HEADS, INNER, POSITIONS, EPS = 20, 32, 2, 2, 20, 10, 1e-12
LENGTHS = [7, 1, 10]


def parameters():
    p = {}

    def linear(name, columns, rows):
        p[f"{name}.weight"] = rounded(normal(rows, columns) * (1.5 / math.sqrt(columns)))
        p[f"{name}.bias"] = rounded(normal(rows) * 0.2)

    def norm(name):
        p[f"{name}.weight"] = rounded(1 + normal(HIDDEN) * 0.2)
        p[f"{name}.bias"] = rounded(normal(HIDDEN) * 0.2)

    p["embeddings.word_embeddings.weight"] = normal(VOCABULARY, HIDDEN)
    p["embeddings.position_embeddings.weight"] = normal(POSITIONS, HIDDEN)
    p["embeddings.token_type_embeddings.weight"] = normal(2, HIDDEN)
    norm("embeddings.LayerNorm")
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{part}", HIDDEN, HIDDEN)
        linear(f"{layer}.attention.output.dense", HIDDEN, HIDDEN)
        norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", HIDDEN, INNER)
        linear(f"{layer}.output.dense", INNER, HIDDEN)
        norm(f"{layer}.output.LayerNorm")
    return p


def encode(p, ids, segments):
    """The hidden states of one sequence after the embeddings and after each layer."""

    def linear(name, x):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])

    def norm(name, x):
        return F.layer_norm(x, (HIDDEN,), p[f"{name}.weight"], p[f"{name}.bias"], EPS)

    def heads(x):
        return x.view(len(ids), HEADS, HIDDEN // HEADS).transpose(0, 1)

    x = (
        p["embeddings.word_embeddings.weight"][ids]
        + p["embeddings.position_embeddings.weight"][: len(ids)]
        + p["embeddings.token_type_embeddings.weight"][segments]
    )
    x = norm("embeddings.LayerNorm", x)
    for i in range(LAYERS):
        layer = f"encoder.layer.{i}"
        q, k, v = (
            heads(linear(f"{layer}.attention.self.{part}", x)) for part in ("query", "key", "value")
        )
        weights = (q @ k.transpose(1, 2) / math.sqrt(HIDDEN // HEADS)).softmax(-1)
        mixed = (weights @ v).transpose(0, 1).reshape(len(ids), HIDDEN)
        x = norm(
            f"{layer}.attention.output.LayerNorm",
            x + linear(f"{layer}.attention.output.dense", mixed),
        )
        inner = F.gelu(linear(f"{layer}.intermediate.dense", x))
        x = norm(f"{layer}.output.LayerNorm", x + linear(f"{layer}.output.dense", inner))
    return x


if __name__ == "__main__":
    torch.manual_seed(5)
    leaves = {name: value.requires_grad_() for name, value in parameters().items()}
    rows = sum(LENGTHS)
    ids = torch.randint(VOCABULARY, (rows,))
    segments = torch.randint(2, (rows,))
    classifier = rounded(normal(5, HIDDEN) / math.sqrt(HIDDEN))
    targets = torch.randint(5, (rows,))
    targets[3] = -100

    # Each sequence alone: no padding that could hide a mistake.
    parts = [
        encode(leaves, i, s) for i, s in zip(ids.split(LENGTHS), segments.split(LENGTHS), strict=True)
    ]
    hidden = torch.cat(parts)
    loss = F.cross_entropy(F.linear(hidden, classifier), targets, ignore_index=-100)
    loss.backward()

    tensors = {
        "lengths": torch.tensor(LENGTHS, dtype=torch.int32),
        "ids": ids.int(),
        "segments": segments.int(),
        "targets": targets.int(),
        "classifier": fixture.exact(classifier),
        "hidden": hidden.detach(),
        "loss": loss.detach(),
    }
    for name, p in leaves.items():
        tensors[f"parameter/{name}"] = fixture.exact(p)
        tensors[f"gradient/{name}"] = p.grad
    fixture.write(__file__, "nn", "bert", tensors)
