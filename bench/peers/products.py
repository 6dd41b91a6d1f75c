"""Three ways to compute a reversed step's products in PyTorch. Costs are in forward passes f; a gradient costs 3f.

double_backward    exact   the obvious way: create_graph=True, then differentiate g · dv
finite_difference  approximate   two gradients a step, 6f; two forward passes for the window's first step, 2f
torch_func         exact   forward over reverse, jvp(grad), with torch.func (functorch before torch 2.0)
"""
import os
from typing import Dict, Tuple, Type

import torch
from torch import Tensor
from torch.autograd import grad

from algorithm import Problem, Products, Record, Tensors, leaves


class DoubleBackward(Products):
    """Backpropagation through backpropagation."""

    def gradient(self, problem: Problem, at: Tensors, record: Record) -> Tensors:
        loss = problem.teacher.weigh(record.state, record.y) @ problem.losses(at, record.x, record.y)
        return list(grad(loss, at, create_graph=True))

    def step(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tuple[Tensors, Tensors, Tensors]:
        at = leaves(theta)
        g = self.gradient(problem, at, record)
        both = grad(g, at + problem.teacher.omega, grad_outputs=dv)
        return [x.detach() for x in g], list(both[: len(at)]), list(both[len(at) :])

    def last(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tensors:
        # Autograd prunes: a derivative with respect to ω alone needs no second derivative of a weight.
        return list(grad(self.gradient(problem, leaves(theta), record), problem.teacher.omega, grad_outputs=dv))


class FiniteDifference(Products):
    """Central differences along dv with ε = size / ‖dv‖, as in DARTS, without computing anything twice:

    the two gradients' mean serves as g (its error is O(ε²), like the difference's), their per-example losses give s = ∇ℓ · dv and so
    ∇ω(g · dv) in closed form, and w is that of θₜ, from the state kept in the student's step.
    """

    def __init__(self, size: float = 0.01):
        self.size = size

    def epsilon(self, dv: Tensors) -> float:
        return self.size / max(float(torch.stack([x.norm() for x in dv]).norm()), 1e-30)

    def step(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tuple[Tensors, Tensors, Tensors]:
        epsilon = self.epsilon(dv)
        weights = problem.teacher.weigh(record.state, record.y).detach()

        def probe(scale: float) -> Tuple[Tensors, Tensor]:
            at = leaves(torch._foreach_add(theta, dv, alpha=scale))
            losses = problem.losses(at, record.x, record.y)
            return list(grad(weights @ losses, at)), losses.detach()

        (up, losses_up), (down, losses_down) = probe(epsilon), probe(-epsilon)
        g = torch._foreach_mul(torch._foreach_add(up, down), 0.5)
        product = torch._foreach_div(torch._foreach_sub(up, down), 2 * epsilon)
        s = (losses_up - losses_down) / (2 * epsilon)
        return list(g), list(product), problem.teacher.pull_back(record, s)

    @torch.no_grad()
    def last(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tensors:
        epsilon = self.epsilon(dv)
        up, down = (
            problem.losses(torch._foreach_add(theta, dv, alpha=scale), record.x, record.y) for scale in (epsilon, -epsilon)
        )
        with torch.enable_grad():
            return problem.teacher.pull_back(record, (up - down) / (2 * epsilon))


class TorchFunc(Products):
    """One forward-mode pass over the gradient's program; in the window's first step, over the losses alone."""

    def __init__(self) -> None:
        try:
            from torch.func import grad, jvp
        except ImportError:
            # torch 1.13 on Python 3.11 disables forward derivatives of batch norm's backward pass, though they work.
            os.environ.setdefault("PYTORCH_JIT", "1")
            try:
                from functorch import grad, jvp
            except ImportError:
                raise NotImplementedError(f"torch_func: not available in torch {torch.__version__}") from None
        self.grad, self.jvp = grad, jvp

    def step(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tuple[Tensors, Tensors, Tensors]:
        weights = problem.teacher.weigh(record.state, record.y).detach()

        def loss(at: Tensors) -> Tuple[Tensor, Tensor]:
            losses = problem.losses(at, record.x, record.y)
            return weights @ losses, losses

        (g, _), (product, s) = self.jvp(self.grad(loss, has_aux=True), (theta,), (dv,))
        return g, product, problem.teacher.pull_back(record, s)

    def last(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tensors:
        _, s = self.jvp(lambda at: problem.losses(at, record.x, record.y), (theta,), (dv,))
        return problem.teacher.pull_back(record, s)


PEERS: Dict[str, Type[Products]] = {
    "double_backward": DoubleBackward,
    "finite_difference": FiniteDifference,
    "torch_func": TorchFunc,
}
