"""Makes the golden of a tiny GPT-2 with PyTorch, in F64: hidden states, loss and all gradients.

    python3 nn/src/test/goldens/gpt2.py

The network is written out below, with the names of Hugging Face's GPT2Model. The file in
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

VOCABULARY, HIDDEN, LAYERS, HEADS, INNER, POSITIONS, EPS = 20, 32, 2, 2, 40, 10, 1e-5
LENGTHS = [7, 1, 10]


def parameters():
    p = {}

    def conv1d(name, rows, columns):
        """GPT-2's weights are [in, out]."""
        p[f"{name}.weight"] = rounded(normal(rows, columns) * (1.5 / math.sqrt(rows)))
        p[f"{name}.bias"] = rounded(normal(columns) * 0.2)

    def norm(name):
        p[f"{name}.weight"] = rounded(1 + normal(HIDDEN) * 0.2)
        p[f"{name}.bias"] = rounded(normal(HIDDEN) * 0.2)

    p["wte.weight"] = rounded(normal(VOCABULARY, HIDDEN) * 0.5)
    p["wpe.weight"] = rounded(normal(POSITIONS, HIDDEN) * 0.5)
    for i in range(LAYERS):
        norm(f"h.{i}.ln_1")
        conv1d(f"h.{i}.attn.c_attn", HIDDEN, 3 * HIDDEN)
        conv1d(f"h.{i}.attn.c_proj", HIDDEN, HIDDEN)
        norm(f"h.{i}.ln_2")
        conv1d(f"h.{i}.mlp.c_fc", HIDDEN, INNER)
        conv1d(f"h.{i}.mlp.c_proj", INNER, HIDDEN)
    norm("ln_f")
    return p


def gelu_new(x):
    """The tanh form, spelled out."""
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def decode(p, ids):
    """The hidden states of one sequence after the last norm."""
    n = len(ids)

    def conv1d(name, x):
        return x @ p[f"{name}.weight"] + p[f"{name}.bias"]

    def norm(name, x):
        return F.layer_norm(x, (HIDDEN,), p[f"{name}.weight"], p[f"{name}.bias"], EPS)

    def heads(x):
        return x.view(n, HEADS, HIDDEN // HEADS).transpose(0, 1)

    hidden_keys = torch.ones(n, n, dtype=torch.bool).triu(1)
    x = p["wte.weight"][ids] + p["wpe.weight"][:n]
    for i in range(LAYERS):
        a = conv1d(f"h.{i}.attn.c_attn", norm(f"h.{i}.ln_1", x))
        q, k, v = (heads(part) for part in a.split(HIDDEN, 1))
        scores = q @ k.transpose(1, 2) / math.sqrt(HIDDEN // HEADS)
        weights = scores.masked_fill(hidden_keys, -math.inf).softmax(-1)
        mixed = (weights @ v).transpose(0, 1).reshape(n, HIDDEN)
        x = x + conv1d(f"h.{i}.attn.c_proj", mixed)
        inner = gelu_new(conv1d(f"h.{i}.mlp.c_fc", norm(f"h.{i}.ln_2", x)))
        x = x + conv1d(f"h.{i}.mlp.c_proj", inner)
    return norm("ln_f", x)


if __name__ == "__main__":
    torch.manual_seed(7)
    leaves = {name: value.requires_grad_() for name, value in parameters().items()}
    ids = torch.randint(VOCABULARY, (sum(LENGTHS),))

    # Each sequence alone: no padding that could hide a mistake.
    parts = [decode(leaves, i) for i in ids.split(LENGTHS)]
    hidden = torch.cat(parts)
    # The head is the word table. Each token is predicted from those before it in its sequence.
    losses = [
        F.cross_entropy(h[:-1] @ leaves["wte.weight"].T, i[1:], reduction="sum")
        for h, i in zip(parts, ids.split(LENGTHS), strict=True)
    ]
    loss = sum(losses) / sum(n - 1 for n in LENGTHS)
    loss.backward()

    tensors = {
        "lengths": torch.tensor(LENGTHS, dtype=torch.int32),
        "ids": ids.int(),
        "hidden": hidden.detach(),
        "loss": loss.detach(),
    }
    for name, p in leaves.items():
        tensors[f"parameter/{name}"] = fixture.exact(p)
        tensors[f"gradient/{name}"] = p.grad
    fixture.write(__file__, "nn", "gpt2", tensors)
