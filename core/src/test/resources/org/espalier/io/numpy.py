"""Writes the files that NpyTest and NpzTest read, with NumPy itself: python3 numpy.py (beside it, NumPy 2.4.6)."""
import importlib, io, json, os, sys, zipfile

sys.path = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]
np = importlib.import_module("numpy")

special = [0.0, -0.0, 1.5, -2.25, 6e-5, 1e-7, 65504.0, float("inf"), float("-inf"), float("nan")]
arrays = {
    "bool": np.array([[True, False], [False, True]]),
    "i1": np.array([-128, -1, 0, 127], "i1"),
    "u1": np.array([0, 1, 128, 255], "u1"),
    "i2": np.array([-32768, -1, 32767], "<i2"),
    "u2": np.array([0, 65535], "<u2"),
    "i4": np.array([[-(2**31), -1, 0], [1, 2, 2**31 - 1]], "<i4"),
    "u4": np.array([0, 2**32 - 1], "<u4"),
    "i8": np.array([-(2**63), -1, 2**63 - 1], "<i8"),
    "f2": np.array(special, "<f2"),
    "f4": np.array(special + [1e-45, 3.4e38], "<f4").reshape(3, 2, 2),
    "f8": np.array(special + [5e-324, 1.7e308], "<f8"),
    "scalar": np.array(3.5, "<f4"),
    "scalar.i8": np.array(-7, "<i8"),
    "empty": np.zeros((0,), "<f4"),
    "empty.rows": np.zeros((3, 0, 2), "<i4"),
    "large.axis": np.zeros((123456, 0), "<f8"),
    "many": np.arange(20000, dtype="<f4").reshape(100, 200),
    "many.i4": np.arange(9000, dtype="<i4"),
}
simple = sorted(n for n, a in arrays.items() if a.dtype.str in ("|b1", "<i4", "<i8", "<f2", "<f4", "<f8"))
for name in ("i2", "u2", "i4", "u4", "i8", "f2", "f4", "f8"):
    arrays["big." + name] = arrays[name].astype(arrays[name].dtype.newbyteorder(">"))
arrays["fortran"] = np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4))
arrays["fortran.big"] = np.asfortranarray(np.arange(6, dtype=">i8").reshape(2, 3))
arrays["fortran.bool"] = np.asfortranarray(np.array([[True, False, False], [True, True, False]]))
refused = {
    "c8": np.array([1 + 2j], "c8"),
    "u8": np.array([2**64 - 1], "u8"),
    "f16": np.zeros(2, np.longdouble),
    "str": np.array(["a", "bc"]),
    "bytes": np.array([b"a"]),
    "time": np.array(["2020-01-01"], "M8[D]"),
    "record": np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")]),
    "object": np.array([{"a": 1}], dtype=object),
}

def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asanyarray(array), version=version)
    return out.getvalue()

def values(a):
    return [repr(float(v)) if a.dtype.kind == "f" else str(int(v)) for v in a.flatten()[:64]]

here = os.path.dirname(os.path.abspath(__file__))
versions = {"version2": npy(arrays["f4"], (2, 0)), "version3": npy(arrays["i4"], (3, 0))}
for file, kind in (("numpy-stored.npz", zipfile.ZIP_STORED), ("numpy-deflated.npz", zipfile.ZIP_DEFLATED)):
    with zipfile.ZipFile(os.path.join(here, file), "w", kind) as z:
        def put(name, content):
            z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, kind)
        for name, array in {**arrays, **refused}.items():
            if not (kind == zipfile.ZIP_STORED and name.startswith("many")):
                put(name + ".npy", npy(array))
        for name, content in versions.items():
            put(name + ".npy", content)
        put("readme.txt", b"no array")
arrays["version2"], arrays["version3"] = arrays["f4"], arrays["i4"]
expected = {n: {"type": a.dtype.str[1:], "shape": list(a.shape), "values": values(a)} for n, a in arrays.items()}
with open(os.path.join(here, "numpy.json"), "w") as f:
    json.dump({"simple": simple, "refused": sorted(refused), "arrays": expected}, f, indent=1)
