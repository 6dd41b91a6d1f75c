"""Times Algorithm 1 on a Transformer that translates, in PyTorch eager mode on the CPU.

Usage: python3 bench/peers/translation.py --given FILE [--peer double_backward|finite_difference] [--threads 2] [--repeats 3] …
       python3 bench/peers/translation.py --given FILE --check

FILE has parameters and batches (safetensors, written by bench/translation.ts), so that both sides compute the same: the JSON line that
is printed has the losses of the first steps and the norm of the first dM/dω. A pair's loss is the mean over its target tokens; weights
count tokens. No dropout. --check compares dM/dω in float64 with a graph of all steps written out.
"""
import argparse
import json
import math
import os
import statistics
import struct
import time
from typing import Callable, Dict, List, Sequence, Tuple

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import grad

from algorithm import Problem, Record, Teacher, Tensors
from peer import peak_rss_mb
from products import PEERS

PAD, SMOOTHING, RATE = 1, 0.1, 0.01
Batch = Dict[str, Tensor]


def read_tensors(path: str) -> Tuple[Dict[str, Tensor], Dict[str, str]]:
    """Arrays and metadata of a safetensors file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    kinds = {"F32": numpy.float32, "F64": numpy.float64, "I32": numpy.int32}
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        numbers = numpy.frombuffer(body[start:end], kinds[entry["dtype"]]).reshape(entry["shape"])
        arrays[name] = torch.from_numpy(numbers.astype(numpy.int64 if entry["dtype"] == "I32" else numpy.float32))
    return arrays, header["__metadata__"]


def places(count: int, width: int, like: Tensor) -> Tensor:
    """Sines, then cosines, from the place number 2 on: fairseq's positions."""
    half = width // 2
    waves = torch.exp(torch.arange(half) * (-math.log(10000.0) / (half - 1)))
    angles = (torch.arange(count)[:, None] + 2) * waves[None]
    return torch.cat([angles.sin(), angles.cos()], 1).to(like)


class Transformer:
    """Post-norm encoder and decoder; one embedding for source, target and output. Functions of named parameters."""

    def __init__(self, width: int, heads: int, layers: int):
        self.width, self.heads, self.layers = width, heads, layers

    def attend(self, p: Batch, name: str, x: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        split = lambda y: y.view(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2)
        q = split(F.linear(x, p[f"{name}.q.weight"].t(), p[f"{name}.q.bias"]) * (self.width // self.heads) ** -0.5)
        k = split(F.linear(memory, p[f"{name}.k.weight"].t(), p[f"{name}.k.bias"]))
        v = split(F.linear(memory, p[f"{name}.v.weight"].t(), p[f"{name}.v.bias"]))
        y = (q @ k.transpose(2, 3) + bias).softmax(-1) @ v
        y = y.transpose(1, 2).reshape(x.shape)
        return F.linear(y, p[f"{name}.out.weight"].t(), p[f"{name}.out.bias"])

    def feed(self, p: Batch, name: str, x: Tensor) -> Tensor:
        hidden = F.relu(F.linear(x, p[f"{name}.in.weight"].t(), p[f"{name}.in.bias"]))
        return F.linear(hidden, p[f"{name}.out.weight"].t(), p[f"{name}.out.bias"])

    def norm(self, p: Batch, name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, (self.width,), p[f"{name}.weight"], p[f"{name}.bias"])

    def states(self, p: Batch, batch: Batch) -> Tensor:
        """What the output layer reads, `[N, T, d]`."""
        table = p["embedding"]
        embed = lambda ids: F.embedding(ids, table) * math.sqrt(self.width) + places(ids.shape[1], self.width, table)
        padding = (1 - batch["sourceReal"])[:, None, None] * -1e9
        T = batch["previous"].shape[1]
        causal = torch.full((T, T), -1e9, dtype=table.dtype).triu(1)
        x = embed(batch["source"])
        for i in range(self.layers):
            at = f"encoder.{i}"
            x = self.norm(p, f"{at}.norm1", x + self.attend(p, f"{at}.self", x, x, padding))
            x = self.norm(p, f"{at}.norm2", x + self.feed(p, f"{at}.ffn", x))
        y = embed(batch["previous"])
        for i in range(self.layers):
            at = f"decoder.{i}"
            y = self.norm(p, f"{at}.norm1", y + self.attend(p, f"{at}.self", y, y, causal))
            y = self.norm(p, f"{at}.norm2", y + self.attend(p, f"{at}.cross", y, x, padding))
            y = self.norm(p, f"{at}.norm3", y + self.feed(p, f"{at}.ffn", y))
        return y

    def losses(self, p: Batch, batch: Batch, smoothing: float) -> Tuple[Tensor, Tensor]:
        """ℓₖ `[N]`, the mean over a pair's tokens, and its state I0 `[N, d]`."""
        states = self.states(p, batch)
        real = batch["real"]
        logits = (states @ p["embedding"].t()).flatten(0, 1)
        tokens = F.cross_entropy(logits, batch["target"].flatten(), reduction="none", label_smoothing=smoothing)
        counts = real.sum(1)
        return (tokens.view(real.shape) * real).sum(1) / counts, (states * real[..., None]).sum(1) / counts[:, None]


class PairTeacher(Teacher):
    """z = W · I0 + mean of E[y] over the target + b; weights count target tokens."""

    def weigh(self, state: Tensor, y: Batch) -> Tensor:
        W, E, b = self.omega
        counts = y["real"].sum(1)
        z = state.detach() @ W + (E[y["target"]] * y["real"]).sum(1) / counts + b
        return F.softmax(F.logsigmoid(z) + counts.log(), 0)


class Translation(Problem):
    """A Transformer, its momentum SGD and its teacher. A record's x and y are the same batch."""

    def __init__(self, network: Transformer, theta: Batch, dtype: torch.dtype = torch.float32):
        self.student = nn.Module()  # nothing with running statistics
        self.network = network
        self.names = list(theta)
        self.theta = [x.to(dtype).clone().requires_grad_() for x in theta.values()]
        self.velocity = [torch.zeros_like(x) for x in self.theta]
        self.momentum, self.weight_decay = 0.9, 1e-4
        self.teacher = PairTeacher(network.width, theta["embedding"].shape[0], self.theta[0])

    def named(self, theta: Sequence[Tensor]) -> Batch:
        return dict(zip(self.names, theta))

    def losses(self, theta: Sequence[Tensor], x: Batch, y: Batch) -> Tensor:
        return self.network.losses(self.named(theta), x, SMOOTHING)[0]

    def metric(self, theta: Sequence[Tensor], validation: Batch) -> Tensor:
        nll, _ = self.network.losses(self.named(theta), validation, 0.0)
        counts = validation["real"].sum(1)
        return -(nll * counts).sum() / counts.sum()

    def step(self, batch: Batch, rate: float) -> Tuple[Record, Tensor]:
        """One step, and its loss Σ wₖ ℓₖ."""
        losses, state = self.network.losses(self.named(self.theta), batch, SMOOTHING)
        with torch.no_grad():
            weights = self.teacher.weigh(state, batch)
        loss = weights @ losses
        g = grad(loss, self.theta)
        with torch.no_grad():
            torch._foreach_mul_(self.velocity, self.momentum)
            torch._foreach_add_(self.velocity, list(g))
            torch._foreach_add_(self.velocity, self.theta, alpha=self.weight_decay)
            torch._foreach_add_(self.theta, self.velocity, alpha=-rate)
        return Record(batch, batch, rate, state.detach()), loss.detach()


def batches_of(arrays: Dict[str, Tensor], dtype: torch.dtype) -> List[Batch]:
    """Batch 0, 1, …, the last one for validation."""
    names = ("source", "sourceReal", "previous", "target", "real")
    cast = lambda x: x.to(dtype) if x.is_floating_point() else x
    count = sum(name.endswith(".source") for name in arrays)
    return [{name: cast(arrays[f"batch.{i}.{name}"]) for name in names} for i in range(count)]


def timed(work: Callable[[], object]) -> Tuple[float, float]:
    """Milliseconds of the clock and of the processor."""
    start = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - start[0]) * 1e3, (time.process_time() - start[1]) * 1e3


def norm(tensors: Sequence[Tensor]) -> float:
    return float(sum(x.double().pow(2).sum() for x in tensors).sqrt())


def unrolled(problem: Translation, theta: Tensors, window: Sequence[Batch], validation: Batch) -> Tensors:
    """dM/dω by one graph over all steps from v = 0, with the teacher's input detached (`cut`)."""
    theta, v = [x.clone().requires_grad_() for x in theta], [torch.zeros_like(x) for x in theta]
    for batch in window:
        losses, state = problem.network.losses(problem.named(theta), batch, SMOOTHING)
        g = grad(problem.teacher.weigh(state, batch) @ losses, theta, create_graph=True)
        v = [problem.momentum * b + a + problem.weight_decay * x for a, b, x in zip(g, v, theta)]
        theta = [x - RATE * b for x, b in zip(theta, v)]
    return list(grad(problem.metric(theta, validation), problem.teacher.omega))


def check(network: Transformer, theta: Batch, arrays: Dict[str, Tensor]) -> None:
    """Exits 1 when a peer's dM/dω is not that of the steps written out."""
    problem = Translation(network, theta, torch.float64)
    *train, validation = batches_of(arrays, torch.float64)
    torch.manual_seed(0)
    with torch.no_grad():
        for x in problem.teacher.omega:
            x.normal_()
    start = [x.detach().clone() for x in problem.theta]
    window = [problem.step(batch, RATE)[0] for batch in train[:2]]
    exact = unrolled(problem, start, train[:2], validation)
    wrong = False
    for name, bound in (("double_backward", 1e-9), ("finite_difference", 1e-2)):
        found = problem.teacher_gradient(PEERS[name](), window, validation)
        error = norm([a - b for a, b in zip(found, exact)]) / norm(exact)
        wrong |= not error < bound
        print(f"{name}: relative error {error:.1e}")
    raise SystemExit(int(wrong))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--given", required=True)
    parser.add_argument("--peer", choices=("double_backward", "finite_difference"), default="double_backward")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--teacher-every", type=int, default=20)
    parser.add_argument("--window", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="measured updates, after one that warms up")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    arrays, metadata = read_tensors(args.given)
    network = Transformer(*(int(metadata[name]) for name in ("width", "heads", "layers")))
    theta = {name[len("theta.") :]: x for name, x in arrays.items() if name.startswith("theta.")}
    if args.check:
        check(network, theta, arrays)
    problem = Translation(network, theta)
    *train, validation = batches_of(arrays, torch.float32)
    products = PEERS[args.peer]()
    losses: List[float] = []
    norms: List[float] = []
    steps: List[Tuple[float, float]] = []
    updates: List[Tuple[float, float]] = []
    for repeat in range(args.repeats + 1):
        window: List[Record] = []
        for i in range(max(args.window, 4)):
            def step() -> None:
                record, loss = problem.step(train[i % len(train)], RATE)
                window.append(record)
                losses.append(float(loss))

            steps.append(timed(step))
            del window[: -args.window]

        def update() -> None:
            d_omega = problem.teacher_gradient(products, window, validation)
            norms.append(norm(d_omega))
            problem.teacher.climb(d_omega)

        updates.append(timed(update))
    step, step_cpu = (statistics.median(column) for column in zip(*steps[4:]))
    updating, updating_cpu = (statistics.median(column) for column in zip(*updates[1:]))
    report = {
        "torch": torch.__version__,
        "stepMs": step,
        "teacherUpdateMs": updating,
        "periodMs": args.teacher_every * step + updating,
        "stepCpuMs": step_cpu,
        "teacherUpdateCpuMs": updating_cpu,
        "periodCpuMs": args.teacher_every * step_cpu + updating_cpu,
        "peakRssMb": peak_rss_mb(),
        "losses": losses[:4],
        "gradientNorm": norms[0],
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
