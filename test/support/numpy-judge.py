"""Answers questions about matrices, as JSON from standard input to standard output."""
import json
import sys

import numpy as np


def matrix(operand):
    return np.array(operand["data"], dtype=np.float64).reshape(operand["shape"])


def shares(weights):
    part = weights[weights > 0] / weights.sum()
    return [float(-(part * np.log2(part)).sum())]


def backward_error(a, pairs):
    """How far each claimed eigenvalue is from one of a matrix nearby, over the length of a."""
    length = max(np.linalg.norm(a, 2), np.finfo(float).tiny)
    eye = np.eye(len(a))
    errors = [np.linalg.svd(a - complex(re, im) * eye, compute_uv=False)[-1] for re, im in pairs]
    return float(max(errors) / length)


def drift(reference, current):
    """Shift, change of spread and largest distance of each variable; the index has its own test."""
    rows = []
    for was, now in zip(reference.T, current.T):
        sd, sd_now = was.std(ddof=1), now.std(ddof=1)
        pooled = np.sqrt((sd**2 + sd_now**2) / 2)
        every = np.concatenate([was, now])
        left = np.searchsorted(np.sort(was), every, side="right") / len(was)
        right = np.searchsorted(np.sort(now), every, side="right") / len(now)
        shift = (now.mean() - was.mean()) / pooled
        rows.append([shift, (sd_now - sd) / (sd_now + sd), np.abs(left - right).max()])
    return np.array(rows).ravel().tolist()


def spectrum(signal):
    power = np.abs(np.fft.rfft(signal - signal.mean())) ** 2
    power[1 : (len(signal) + 1) // 2] *= 2
    return shares(power[1:])


def answer(task):
    op = task["op"]
    if op == "matmul":
        return (matrix(task["a"]) @ matrix(task["b"])).ravel().tolist()
    if op == "driftProfile":
        return drift(matrix(task["reference"]), matrix(task["current"]))
    a = matrix(task)
    if op == "covariance":
        made = np.corrcoef(a, rowvar=False) if task.get("correlation") else np.cov(a, rowvar=False)
        return np.atleast_2d(made).ravel().tolist()
    if op == "eigenSymmetric":
        return np.linalg.eigvalsh(a).tolist()
    if op == "eigenGeneral":
        pairs = sorted(((v.real, v.imag) for v in np.linalg.eigvals(a)), reverse=True)
        return [part for pair in pairs for part in pair]
    if op == "backwardError":
        return [backward_error(a, task["pairs"])]
    if op == "singularValues":
        return np.linalg.svd(a, compute_uv=False).tolist()
    if op == "shannonEntropy":
        return shares(a)
    if op == "spectralEntropy":
        return spectrum(a)
    if op == "vonNeumannEntropy":
        return shares(np.clip(np.linalg.eigvalsh(a), 0, None))
    raise ValueError(op)


json.dump([answer(task) for task in json.load(sys.stdin)], sys.stdout)
