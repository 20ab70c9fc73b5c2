"""Makes the goldens of core's layers with PyTorch, in F64.

    python3 core/src/test/goldens/goldens.py

The files in core/src/test/resources/goldens were made with PyTorch 1.13.0 (Debian 12, python3-torch).
"""

import math

import torch
import torch.nn.functional as F

import fixture
from fixture import normal, rounded


def scaled_dot_product(q, k, v, visible):
    """q [batch, heads, queries, dim]; visible broadcasts to [batch, heads, queries, keys]."""
    shared = q.shape[1] // k.shape[1]
    k = k.repeat_interleave(shared, dim=1)
    v = v.repeat_interleave(shared, dim=1)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    return scores.masked_fill(~visible, -math.inf).softmax(-1) @ v


def causal(queries, keys):
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def attention(out):
    def dense(case, heads, kv_heads, queries, keys, dim, visible):
        fixture.record(
            out,
            case,
            lambda q, k, v: scaled_dot_product(q, k, v, visible),
            q=normal(2, heads, queries, dim),
            k=normal(2, kv_heads, keys, dim),
            v=normal(2, kv_heads, keys, dim),
        )

    dense("full", 2, 2, 5, 7, 5, torch.ones(5, 7, dtype=torch.bool))
    dense("causal", 2, 2, 7, 7, 5, causal(7, 7))
    dense("cached", 2, 2, 3, 7, 8, causal(3, 7))
    dense("shared heads", 6, 2, 5, 5, 3, causal(5, 5))
    dense("one column", 1, 1, 6, 6, 1, causal(6, 6))
    dense("long rows", 1, 1, 2, 40, 17, torch.ones(2, 40, dtype=torch.bool))

    # Lengths 6 and 4 of 6: padded queries give 0, padded keys are not seen.
    there = torch.arange(6)[None, :] < torch.tensor([6, 4])[:, None]

    def padding(q, k, v):
        return scaled_dot_product(q, k, v, there[:, None, None, :]) * there[:, None, :, None]

    fixture.record(
        out, "padding", padding, q=normal(2, 2, 6, 5), k=normal(2, 2, 6, 5), v=normal(2, 2, 6, 5)
    )

    # Prefixes of 4 and 1: keys before them are seen by all.
    prefix = torch.arange(6)[None, :] < torch.tensor([4, 1])[:, None]
    seen = causal(6, 6)[None] | prefix[:, None, :]
    dense("prefix", 2, 1, 6, 6, 4, seen[:, None])

    # The last 3 keys.
    dense("window", 2, 2, 8, 8, 4, causal(8, 8) & ~causal(8, 8).tril(-3))


def layer_norm(out):
    def run(x, weight, bias):
        return F.layer_norm(x, x.shape[-1:], weight, bias, eps=1e-5)

    rows = rounded(normal(5, 32) * 3 + 1)
    fixture.record(out, "rows", run, x=rows, weight=normal(32), bias=normal(32))
    fixture.record(out, "odd", run, x=normal(2, 3, 13), weight=normal(13), bias=normal(13))
    # Nearly constant rows: the variance is about as large as eps.
    flat = rounded(4 + normal(4, 16) * 3e-3)
    fixture.record(out, "flat", run, x=flat, weight=normal(16), bias=normal(16))


def cross_entropy(out):
    targets = torch.tensor([3, -100, 0, 6, -100, 3, 5], dtype=torch.int32)

    def run(smoothing):
        def losses(logits, targets):
            return F.cross_entropy(
                logits, targets.long(), reduction="none", ignore_index=-100, label_smoothing=smoothing
            )

        return losses

    fixture.record(out, "plain", run(0.0), logits=normal(7, 7) * 2, targets=targets)
    fixture.record(out, "smoothed", run(0.1), logits=normal(7, 37) * 4, targets=targets)

    def mean(logits, targets):
        return F.cross_entropy(logits, targets.long(), ignore_index=-100, label_smoothing=0.2)

    fixture.record(out, "mean", mean, logits=normal(7, 9), targets=targets)


def embedding(out):
    def run(table, ids):
        return F.embedding(ids.long(), table)

    ids = torch.tensor([4, 0, 4, 10, 4, 2, 0], dtype=torch.int32)
    fixture.record(out, "repeated", run, table=normal(11, 6), ids=ids)


def linear_gelu(out):
    def run(approximate):
        return lambda x, weight, bias: F.gelu(F.linear(x, weight, bias), approximate=approximate)

    for case, approximate in (("erf", "none"), ("tanh", "tanh")):
        fixture.record(
            out, case, run(approximate), x=normal(3, 5, 17), weight=normal(29, 17), bias=normal(29)
        )


if __name__ == "__main__":
    for seed, make in enumerate((attention, layer_norm, cross_entropy, embedding, linear_gelu)):
        torch.manual_seed(seed)
        tensors = {}
        make(tensors)
        fixture.write(__file__, "core", make.__name__, tensors)
