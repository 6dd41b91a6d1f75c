// A student of your own: a pair of pure functions (init, apply) that returns logits and its internal states. Every method works on it.
import {
  Batches,
  Trainer,
  TrainingProblem,
  loadDataset,
  methodOf,
  prepareTask,
  selectEngine,
  trainSchema,
} from "reweight";
import { add, applyNamed, conv, initAll, linear, mean, relu, reshape, rootKey } from "reweight";
import type { Student } from "reweight";

/** Two convolutions with a residual connection, average pooling, a linear classifier. */
const layers = { first: conv(3, 16, 3, 2), second: conv(16, 16), classifier: linear(16, 10) };
const student: Student = {
  name: "two-convolutions",
  init: (seed) => initAll(layers, rootKey(seed)),
  apply(params, state, x, mode) {
    const first = applyNamed(layers, "first", params, state, x, mode);
    const hidden = relu(first.y);
    const second = applyNamed(layers, "second", params, state, hidden, mode);
    const I1 = relu(add(hidden, second.y));
    const I0 = reshape(mean(I1, [2, 3]), [x.shape[0]!, 16]); // what the teacher reads
    const { y: logits, state: last } = applyNamed(layers, "classifier", params, state, I0, mode);
    return { logits, states: { I0, I1 }, state: { first: first.state, second: second.state, classifier: last } };
  },
};

const dataset = await loadDataset({ name: "glyphs", glyphs: { train: 1200, test: 200 } });
const task = await prepareTask({ dataset, validSize: 200, noise: "flip2:0.4", seed: 1 });
const config = trainSchema.parse({ batch: 50, validBatch: 50, teacherEvery: 5, teacherLr: 0.01, lr: 0.02 });

const problem = new TrainingProblem(student, { shape: task.shape, classes: 10 }, methodOf("deep"), config);
const trainer = new Trainer(await selectEngine("onnx"), problem, config);
const batches = new Batches(task, { size: config.batch });
let first = 0;
let last = 0;
for (let step = 0; step < 40; step++) {
  const { loss } = await trainer.step(
    batches.train(Math.floor(step / 20), step % 20),
    config.lr,
    step % config.teacherEvery,
  );
  if (step < 5) first += loss / 5;
  if (step >= 35) last += loss / 5;
  if ((step + 1) % config.teacherEvery === 0) {
    const { metric, drift } = await trainer.learn(batches.valid(step));
    console.log(
      `step ${step + 1}: loss ${loss.toFixed(3)}, validation log-likelihood ${metric.toFixed(3)}, drift ${drift}`,
    );
  }
}
await trainer.close();
if (!(last < first)) throw new Error(`expected the loss to fall, got ${first} → ${last}`);
