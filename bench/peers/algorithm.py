"""Algorithm 1 of Fan et al. (2021) in PyTorch: a weighted student, an additive teacher, and the reversed sweep.

products.py computes the products of a reversed step: g, the Hessian-vector product and ∇ω(g · dv).
"""
from dataclasses import dataclass
from typing import List, Sequence, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import grad

from students import Student, frozen_statistics

try:
    from torch.func import functional_call
except ImportError:  # before torch 2.0
    from torch.nn.utils.stateless import functional_call

Tensors = List[Tensor]


def leaves(tensors: Sequence[Tensor]) -> Tensors:
    """The same memory as new leaves of an autograd graph."""
    return [x.detach().requires_grad_() for x in tensors]


def add_(xs: Sequence[Tensor], ys: Sequence[Tensor], scale: float = 1.0) -> None:
    """xs += scale · ys"""
    torch._foreach_add_(list(xs), list(ys), alpha=scale)


@dataclass
class Record:
    """The record of one of the last B steps: the batch, ηₜ, and the teacher's input (N · d numbers)."""

    x: Tensor
    y: Tensor
    rate: float
    state: Tensor


class Teacher:
    """z = W · I0 + E[y] + b,  a = σ(z),  w = a / Σ a = softmax(log σ(z)); starts at uniform weights. Adam ascends."""

    def __init__(self, features: int, classes: int, like: Tensor):
        self.omega = [torch.zeros(size, dtype=like.dtype, requires_grad=True) for size in (features, classes, 1)]
        self.optimizer = torch.optim.Adam(self.omega, lr=1e-3, weight_decay=1e-4, maximize=True)

    def weigh(self, state: Tensor, y: Tensor) -> Tensor:
        """Weights `[N]` of a batch, as functions of ω; the student's state is detached (`cut`)."""
        W, E, b = self.omega
        return F.softmax(F.logsigmoid(state.detach() @ W + E[y] + b), 0)

    def pull_back(self, record: Record, s: Tensor) -> Tensors:
        """Σₖ sₖ ∂wₖ/∂ω for sₖ = ∇ℓₖ · dv: this is ∇ω(g · dv) in closed form, since g = Σ wₖ ∇ℓₖ + λθ."""
        return list(grad(self.weigh(record.state, record.y) @ s.detach(), self.omega))

    def climb(self, d_omega: Sequence[Tensor]) -> None:
        for parameter, gradient in zip(self.omega, d_omega):
            parameter.grad = gradient
        self.optimizer.step()


class Problem:
    """A student, its momentum SGD and its teacher. θ (in the module) and v (`velocity`) change in place."""

    def __init__(self, student: Student, momentum: float = 0.9, weight_decay: float = 5e-4):
        self.student = student.train()
        self.names = [name for name, _ in student.named_parameters()]
        self.theta: Tensors = list(student.parameters())
        self.velocity = [torch.zeros_like(p) for p in self.theta]
        self.momentum, self.weight_decay = momentum, weight_decay
        classifier = student.classifier
        self.teacher = Teacher(student.features, classifier.out_features, classifier.weight)

    def step(self, x: Tensor, y: Tensor, rate: float) -> Record:
        """v ← μv + g, θ ← θ − ηv with g = ∇(Σ wₖ ℓₖ) + λθ."""
        logits, state = self.student(x)
        with torch.no_grad():
            weights = self.teacher.weigh(state, y)
        g = grad(weights @ F.cross_entropy(logits, y, reduction="none"), self.theta)
        with torch.no_grad():
            torch._foreach_mul_(self.velocity, self.momentum)
            add_(self.velocity, g)
            add_(self.velocity, self.theta, self.weight_decay)
            add_(self.theta, self.velocity, -rate)
        return Record(x, y, rate, state.detach())

    def losses(self, theta: Sequence[Tensor], x: Tensor, y: Tensor) -> Tensor:
        """ℓₖ(θ), `[N]`, with batch norm in train mode."""
        logits, _ = functional_call(self.student, dict(zip(self.names, theta)), (x,))
        return F.cross_entropy(logits, y, reduction="none")

    def metric(self, theta: Sequence[Tensor], validation: Tuple[Tensor, Tensor]) -> Tensor:
        """M, to be maximised: the log-likelihood of a validation batch."""
        return -self.losses(theta, *validation).mean()

    def teacher_gradient(self, products: "Products", window: Sequence[Record], validation: Tuple[Tensor, Tensor]) -> Tensors:
        """dM/dω for M = the validation log-likelihood at θ_K, through the window's steps. θ and v are only read."""
        with frozen_statistics(self.student):
            theta = [p.detach().clone() for p in self.theta]
            v = [x.clone() for x in self.velocity]
            at = leaves(theta)
            d_theta = list(grad(self.metric(at, validation), at))
            dv = [torch.zeros_like(x) for x in v]
            d_omega = [torch.zeros_like(x) for x in self.teacher.omega]
            for t, record in reversed(list(enumerate(window))):
                add_(dv, d_theta, -record.rate)  # now dM/dvₜ₊₁
                add_(theta, v, record.rate)  # now θₜ
                if t == 0:
                    add_(d_omega, products.last(self, theta, dv, record))
                    break
                g, product, step_d_omega = products.step(self, theta, dv, record)
                add_(d_omega, step_d_omega)
                add_(v, g, -1)  # v ← (v − g) / μ, with decay in g
                add_(v, theta, -self.weight_decay)
                torch._foreach_div_(v, self.momentum)
                add_(d_theta, product)
                add_(d_theta, dv, self.weight_decay)
                torch._foreach_mul_(dv, self.momentum)
            return d_omega


class Products:
    """Products of one reversed step, at θₜ and with dv = dM/dvₜ₊₁ constant. The sweep adds weight decay."""

    def step(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tuple[Tensors, Tensors, Tensors]:
        """g, ∇θ(g · dv), ∇ω(g · dv)"""
        raise NotImplementedError

    def last(self, problem: Problem, theta: Tensors, dv: Tensors, record: Record) -> Tensors:
        """∇ω(g · dv), the only product that the window's first step needs."""
        raise NotImplementedError
