// Gradient and Hessian–vector product of a function, checked against finite differences.
import { grad, hvp, mul, printGraph, reference, runOnce, simplify, sumAll, tanh, tensor, trace } from "reweight/graph";
import type { Tensor, Value } from "reweight/graph";

const f = (x: Value): Value => sumAll(mul(tanh(x), x)); // any pure function of arrays
const at = tensor([0.5, -1, 2]);
const along = tensor([1, 0.5, -1]);

const graph = simplify(trace((x, v) => [f(x), grad(f)(x), hvp(f)(x, v)], [at, along]));
console.log(printGraph(graph));
const [value, gradient, product] = await runOnce(reference, graph, [at, along]);
console.log("f", value!.data, "\n∇f", gradient!.data, "\n∇²f·v", product!.data);

// The same two by central differences along v: of f, and of its gradient.
const h = 1e-5;
const near = (sign: number): Tensor => tensor(Array.from(at.data, (x, i) => x + sign * h * along.data[i]!));
const [ahead, behind] = [
  await runOnce(reference, graph, [near(1), along]),
  await runOnce(reference, graph, [near(-1), along]),
];
const slope = (which: number, i: number): number => (ahead[which]!.data[i]! - behind[which]!.data[i]!) / (2 * h);

const alongV = Array.from(gradient!.data).reduce((total, g, i) => total + g * along.data[i]!, 0);
const errors = [alongV - slope(0, 0), ...Array.from(product!.data, (p, i) => p - slope(1, i))];
console.log("largest difference from finite differences:", Math.max(...errors.map(Math.abs)));
if (errors.some((error) => Math.abs(error) > 1e-8)) throw new Error("the derivatives are wrong");
