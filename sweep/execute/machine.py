"""The resources of this machine, from its kernel, and TensorFlow's settings for them."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from ctypes.util import find_library
from importlib.metadata import distributions
from itertools import takewhile
from pathlib import Path

# For all our processes that import TensorFlow. oneDNN makes convolutions twice as fast, but by
# default TensorFlow uses it only on CPUs with AVX512. Set here, all CPUs use the same kernels.
TENSORFLOW: Mapping[str, str] = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # Otherwise the first process of a GPU takes all of its memory.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
}

# Flags of CPUs that multiply bfloat16 natively, on x86 and on ARM.
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}


def default_workers(threads: int, trials_per_gpu: int = 1) -> int:
    """How many trials of `threads` threads run at once without waiting for each other."""
    on_gpus = len(gpus()) * trials_per_gpu
    return on_gpus or max(usable_cores() // threads, 1)


def usable_cores(root: Path = Path("/")) -> int:
    """The cores that this process may use, by its affinity and its control groups' limits."""
    cores = len(os.sched_getaffinity(0))
    return min([cores, *(math.ceil(limit) for limit in _cpu_limits(root))])


def gpus(root: Path = Path("/")) -> list[str]:
    """CUDA's names of the GPUs that this process may use; none without CUDA's library."""
    found = [
        path for path in (root / "dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)
    ]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not found or not _has_cuda():
        return []
    if visible is None:
        # CUDA numbers visible devices from 0: a container with only the fourth GPU calls it 0.
        return [str(number) for number in range(len(found))]
    # CUDA ignores everything after an invalid name.
    return list(
        takewhile(
            lambda name: name not in ("", "-1"), (name.strip() for name in visible.split(","))
        )
    )


def has_native_bfloat16(root: Path = Path("/")) -> bool:
    """Whether trials multiply bfloat16 natively: on a GPU, or on a CPU with the flag.

    Elsewhere bfloat16 is many times slower than float32.
    """
    if gpus(root):
        return True
    try:
        text = (root / "proc/cpuinfo").read_text()
    except OSError:
        return False
    lines = (line.partition(":") for line in text.splitlines())
    return any(
        _BFLOAT16 & set(said.split())
        for name, _, said in lines
        if name.strip().lower() in ("flags", "features")
    )


def _has_cuda() -> bool:
    return find_library("cudart") is not None or any(
        distribution.name.startswith("nvidia-cuda-runtime") for distribution in distributions()
    )


def _cpu_limits(root: Path) -> Iterator[float]:
    """The CPU limits of all control groups above this process that set one."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mount = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            for folder in _upwards(mount, path):
                yield from _quota(*_words(folder / "cpu.max"))
        elif "cpu" in controllers.split(","):
            for folder in (*_upwards(mount / "cpu", path), *_upwards(mount / controllers, path)):
                yield from _quota(
                    *_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us")
                )


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """The folders of a control group and of its ancestors.

    In a container the mount is one of the ancestors.
    """
    here = Path(path.lstrip("/"))
    yield from (mount / part for part in (here, *here.parents))


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _quota(quota: str = "max", period: str = "100000") -> Iterator[float]:
    # "max" (-1 in the older form) means no limit.
    if quota.isdigit() and period.isdigit() and int(period) > 0:
        yield max(int(quota) / int(period), 1.0)
