"""What the scripts that make goldens share: exact inputs, and a safetensors file of results.

A case is a name; its tensors are `case/input`, `case/y`, `case/dy` (the gradient that backward
starts from) and `case/d_input`. Everything is computed in F64, from inputs that F32 holds exactly (and
is stored as), so that F32 and F64 start from the same numbers.
"""

import json
import pathlib
import struct

import torch

torch.set_num_threads(1)

TYPES = {torch.float64: "F64", torch.float32: "F32", torch.int32: "I32", torch.bool: "BOOL"}


def rounded(x):
    """Values that F32 holds exactly, in F64."""
    return x.float().double()


def normal(*sizes):
    """Standard normal values, rounded."""
    return rounded(torch.randn(sizes, dtype=torch.float64))


def exact(x):
    """An input in F32, where it is real."""
    if not x.is_floating_point():
        return x
    single = x.detach().float()
    assert torch.equal(single.double(), x.detach()), "an input that F32 does not hold"
    return single


def record(out, case, function, **inputs):
    """Runs a function forward and backward and adds all its tensors to `out`.

    Inputs that are not real numbers get no gradient.
    """
    leaves = {}
    for name, x in inputs.items():
        out[f"{case}/{name}"] = exact(x)
        leaves[name] = x.clone().requires_grad_() if x.is_floating_point() else x
    y = function(**leaves)
    dy = normal(*y.shape)
    y.backward(dy)
    out[f"{case}/y"] = y.detach()
    out[f"{case}/dy"] = exact(dy)
    for name, x in leaves.items():
        if x.is_floating_point():
            out[f"{case}/d_{name}"] = x.grad


def write(script, module, name, tensors):
    """Writes `module`/src/test/resources/goldens/`name`.safetensors."""
    header = {"__metadata__": {"torch": torch.__version__, "script": pathlib.Path(script).name}}
    data = b""
    for key, t in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        raw = t.contiguous().numpy().tobytes()
        end = len(data) + len(raw)
        header[key] = {
            "dtype": TYPES[t.dtype],
            "shape": list(t.shape),
            "data_offsets": [len(data), end],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    root = pathlib.Path(script).resolve().parents[4]
    path = root / module / "src/test/resources/goldens" / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.relative_to(root)}: {len(tensors)} tensors, {path.stat().st_size} bytes")
