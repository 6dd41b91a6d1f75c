"""Checks the peers: each one's dM/dω against autograd through the last B steps written out, on a small student.

Usage: python3 bench/peers/check.py [--student resnet8] [--batch 8] [--windows 1,2,5]

In float64 the exact peers must agree up to rounding. Finite differences, with an ε too small to cross a ReLU's kink,
must agree up to the error of central differences. In float32 the errors of the raced settings are printed, without a
bound. Learning rates differ inside the window, so that a wrong index of η would show. Exits 1 when a peer is wrong.
"""
import argparse
from typing import List, Sequence, Tuple

import torch
from torch import Tensor
from torch.autograd import grad

from algorithm import Problem, Record, Tensors, functional_call
from products import PEERS, FiniteDifference, Products
from students import frozen_statistics, make_student

TOLERANCES = {"double_backward": 1e-9, "finite_difference": 1e-5, "torch_func": 1e-9}


def unrolled(problem: Problem, theta: Tensors, v: Tensors, window: Sequence[Record], validation: Tuple[Tensor, Tensor]) -> Tensors:
    """dM/dω by one graph over all steps of the window, from (θ, v) before it; w's features are detached (`cut`)."""
    theta, v = [x.clone().requires_grad_() for x in theta], list(v)
    with frozen_statistics(problem.student):
        for record in window:
            logits, state = functional_call(problem.student, dict(zip(problem.names, theta)), (record.x,))
            losses = torch.nn.functional.cross_entropy(logits, record.y, reduction="none")
            g = grad(problem.teacher.weigh(state, record.y) @ losses, theta, create_graph=True)
            v = [problem.momentum * b + a + problem.weight_decay * x for a, b, x in zip(g, v, theta)]
            theta = [x - record.rate * b for x, b in zip(theta, v)]
        return list(grad(-problem.losses(theta, *validation).mean(), problem.teacher.omega))


def relative(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    difference = sum(float((x - y).double().pow(2).sum()) for x, y in zip(a, b))
    return (difference / sum(float(y.double().pow(2).sum()) for y in b)) ** 0.5


def scenario(student: str, batch: int, B: int, dtype: torch.dtype):
    """A problem in the middle of training, with a teacher whose weights are not uniform, and its last B steps."""
    torch.manual_seed(0)
    problem = Problem(make_student(student).to(dtype).to(memory_format=torch.channels_last))
    with torch.no_grad():
        for parameter in problem.teacher.omega:
            parameter.normal_()

    def examples() -> Tuple[Tensor, Tensor]:
        x = torch.randn(batch, 3, 32, 32, dtype=dtype).contiguous(memory_format=torch.channels_last)
        return x, torch.randint(0, 10, (batch,))

    for _ in range(3):
        problem.step(*examples(), 0.05)
    before = [p.detach().clone() for p in problem.theta], [x.clone() for x in problem.velocity]
    window = [problem.step(*examples(), 0.05 / (1 + i)) for i in range(B)]
    return problem, before, window, examples()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--student", default="resnet8")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--windows", default="1,2,5")
    args = parser.parse_args()
    wrong: List[str] = []
    print(f"torch {torch.__version__}, {args.student}, batch {args.batch}: relative error of dM/dω against unrolled autograd")
    for dtype, required in ((torch.float64, True), (torch.float32, False)):
        for B in map(int, args.windows.split(",")):
            problem, before, window, validation = scenario(args.student, args.batch, B, dtype)
            untouched = [x.detach().clone() for x in problem.student.state_dict().values()]
            truth = unrolled(problem, *before, window, validation)
            for name, make in PEERS.items():
                try:
                    products: Products = FiniteDifference(1e-8) if required and name == "finite_difference" else make()
                except NotImplementedError as missing:
                    print(missing)
                    continue
                error = relative(problem.teacher_gradient(products, window, validation), truth)
                off = required and not error < TOLERANCES[name]
                wrong += [f"{name}, B = {B}"] if off else []
                print(f"  {str(dtype)[6:]}  B = {B}  {name:18} {error:.1e}{'  WRONG' if off else ''}")
            after = problem.student.state_dict().values()
            if not all(torch.equal(a, b) for a, b in zip(untouched, after)):
                wrong.append(f"B = {B}: a teacher update changed the student")
    if wrong:
        raise SystemExit(f"wrong: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
