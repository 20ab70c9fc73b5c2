"""Writes ../resources/goldens/windows_and_norms.safetensors: what PyTorch (any version from 1.13)
computes in f64 for convolutions, poolings, norms, rotary embedding and einsum.

Each case has its inputs (in0, in1, ...), a direction (dy), the output (y) and the gradient of
sum(y * dy) for each input (d0, d1, ...); GoldensTest holds Espalier to them.

    python3 windows_and_norms.py
"""

import json
import pathlib
import struct

import torch
import torch.nn.functional as F

torch.manual_seed(20240611)
tensors = {}


def case(name, function, *shapes):
    inputs = [torch.randn(s, dtype=torch.float64).requires_grad_() for s in shapes]
    y = function(*inputs)
    dy = torch.randn_like(y)
    gradients = torch.autograd.grad((y * dy).sum(), inputs)
    for i, (x, g) in enumerate(zip(inputs, gradients)):
        tensors[f"{name}.in{i}"] = x.detach()
        tensors[f"{name}.d{i}"] = g
    tensors[f"{name}.dy"] = dy
    tensors[f"{name}.y"] = y.detach()


case("conv1d", F.conv1d, (2, 3, 9), (4, 3, 3), (4,))
case("conv1d_strided", lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2), (2, 3, 10), (4, 3, 3), (4,))
case("conv2d", F.conv2d, (2, 3, 6, 5), (4, 3, 3, 2), (4,))
case("conv2d_strided", lambda x, w, b: F.conv2d(x, w, b, 2, 1, 2), (2, 3, 7, 6), (2, 3, 3, 2), (2,))
case("conv2d_axes", lambda x, w, b: F.conv2d(x, w, b, (2, 1), (0, 2)), (1, 2, 6, 4), (3, 2, 2, 3), (3,))
case("conv2d_groups", lambda x, w, b: F.conv2d(x, w, b, 1, 1, 1, 2), (2, 4, 4, 3), (6, 2, 2, 2), (6,))
case("conv2d_depthwise", lambda x, w, b: F.conv2d(x, w, b, 2, 0, 1, 3), (1, 3, 6, 5), (6, 1, 3, 3), (6,))
case("conv3d", F.conv3d, (1, 2, 3, 4, 3), (2, 2, 2, 2, 2), (2,))
case("max1d", lambda x: F.max_pool1d(x, 3, 2, 1), (2, 3, 9))
case("max2d", lambda x: F.max_pool2d(x, 2), (2, 2, 6, 5))
case("max2d_dilated", lambda x: F.max_pool2d(x, 3, 2, 1, 2), (1, 2, 8, 7))
case("max2d_ties", lambda x: F.max_pool2d(F.relu(x), 3, 1, 1), (1, 2, 5, 5))
case("avg1d", lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 3, 9))
case("avg2d", lambda x: F.avg_pool2d(x, 3, 2, 1), (2, 2, 6, 5))
case("avg2d_without_padding", lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), (2, 2, 6, 5))
case("adaptive_global", lambda x: F.adaptive_avg_pool2d(x, 1), (2, 3, 4, 5))
case("adaptive", lambda x: F.adaptive_avg_pool2d(x, (3, 4)), (2, 2, 7, 6))
case("batch_norm", lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (4, 3, 2, 3), (3,), (3,))
case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), (3, 4, 5), (4,), (4,))
case("instance_norm", lambda x, w, b: F.instance_norm(x, None, None, w, b), (2, 3, 4, 2), (3,), (3,))
case(
    "rms_norm",
    lambda x, w: x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * w,
    (3, 19),
    (19,),
)

# The running statistics of batch norm after one batch.
mean, variance = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
F.batch_norm(tensors["batch_norm.in0"], mean, variance, training=True, momentum=0.1)
tensors["running.mean"], tensors["running.variance"] = mean, variance
case(
    "batch_norm_inference",
    lambda x, w, b: F.batch_norm(x, mean, variance, w, b, False),
    (2, 3, 4),
    (3,),
    (3,),
)


def rotary(interleaved):
    """Rotary embedding by complex multiplication; 2 heads of 8 columns, positions 0, 1, 2, 0, 7."""

    def turned(x):
        angles = torch.outer(
            torch.tensor([0, 1, 2, 0, 7], dtype=torch.float64),
            10000.0 ** (-2 * torch.arange(4, dtype=torch.float64) / 8),
        )
        turn = torch.polar(torch.ones_like(angles), angles)[:, None, :]
        pairs = x.view(5, 2, 4, 2) if interleaved else x.view(5, 2, 2, 4).transpose(-1, -2)
        y = torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turn)
        return (y if interleaved else y.transpose(-1, -2)).reshape(5, 16)

    return turned


case("rotary_neighbours", rotary(True), (5, 16))
case("rotary_halves", rotary(False), (5, 16))
case("einsum_attention", lambda q, k: torch.einsum("bqhd,bkhd->bhqk", q, k), (2, 3, 2, 4), (2, 5, 2, 4))
case("einsum_bilinear", lambda a, w, b: torch.einsum("ni,oij,nj->no", a, w, b), (4, 3), (2, 3, 5), (4, 5))
case("einsum_implicit", lambda a, b: torch.einsum("b...a,ca...", a, b), (2, 3, 4), (5, 4, 3))

header, data = {}, b""
for name, t in tensors.items():
    raw = t.contiguous().numpy().tobytes()
    header[name] = {"dtype": "F64", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
target = pathlib.Path(__file__).parent.parent / "resources" / "goldens" / "windows_and_norms.safetensors"
target.write_bytes(struct.pack("<Q", len(text)) + text + data)
