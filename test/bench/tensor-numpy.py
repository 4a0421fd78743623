"""CPU milliseconds of numpy on one thread: `tensor-numpy.py OP N DTYPE SECONDS`, or no arguments for its BLAS."""
import json
import os
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

operations = {
    "matmul": lambda a, s: a @ s,
    "eigenSymmetric": lambda a, s: np.linalg.eigvalsh(s),
    "eigenGeneral": lambda a, s: np.linalg.eigvals(a),
    "singularValues": lambda a, s: np.linalg.svd(a, compute_uv=False),
}


def measure(op, n, dtype, seconds):
    random = np.random.default_rng(7)
    a = (random.random((n, n)) - 0.5).astype(dtype)
    s = a + a.T
    samples = []
    began = time.process_time()
    while len(samples) < 3 or (time.process_time() - began < seconds and len(samples) < 31):
        started = time.process_time()
        operations[op](a, s)
        samples.append(1000 * (time.process_time() - started))
    return sorted(samples[1:])[(len(samples) - 1) // 2]


if len(sys.argv) > 1:
    op, n, dtype, seconds = sys.argv[1:]
    kind = np.float64 if dtype == "f64" else np.float32
    print(json.dumps(measure(op, int(n), kind, float(seconds))))
else:
    np.linalg.eigvalsh(np.eye(2))
    with open("/proc/self/maps", encoding="utf8") as maps:
        print(json.dumps({"version": np.__version__, "openblas": "openblas" in maps.read()}))
