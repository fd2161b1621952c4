"""Where torch computes, and how it is made to repeat itself."""

import os

import torch


def choose_device() -> torch.device:
    """Return the GPU if there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def make_repeatable(seed: int) -> None:
    """Seed torch, allow deterministic algorithms only, and use as many threads as this process may use cores.

    The number of threads decides the order of sums: scores repeat on the same machine, not on another.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS refuses to be deterministic
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
