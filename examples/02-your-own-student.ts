// A student of your own: a pair of pure functions (init, apply) that returns logits and its internal states. Every method works on it.
import {
  Trainer,
  TrainingProblem,
  applyNamed,
  batchAt,
  configOf,
  conv,
  imageTask,
  initAll,
  linear,
  loadDataset,
  prepareClassification,
  rootKey,
} from "reweight";
import { add, mean, relu, reshape, selectEngine } from "reweight/graph";
import { methodOf } from "reweight/methods";
import type { Student } from "reweight";

/** Two convolutions with a residual connection, average pooling, a linear classifier. */
const layers = { first: conv(3, 16, 3, 2), second: conv(16, 16), classifier: linear(16, 10) };
const student: Student = {
  name: "two-convolutions",
  init: (seed) => initAll(layers, rootKey(seed)),
  apply(params, statistics, { images }, pass) {
    const first = applyNamed(layers, "first", params, statistics, images!, pass);
    const hidden = relu(first.y);
    const second = applyNamed(layers, "second", params, statistics, hidden, pass);
    const I1 = relu(add(hidden, second.y));
    const I0 = reshape(mean(I1, [2, 3]), [images!.shape[0]!, 16]); // the teacher reads this
    const classifier = applyNamed(layers, "classifier", params, statistics, I0, pass);
    return {
      output: classifier.y,
      internals: { I0, I1 },
      statistics: { first: first.statistics, second: second.statistics, classifier: classifier.statistics },
    };
  },
};

const dataset = await loadDataset({ name: "glyphs", glyphs: { train: 1200, test: 200 } });
const task = imageTask(await prepareClassification({ dataset, validSize: 200, noise: "flip2:0.4", seed: 1 }));
const config = configOf({ batch: 50, validBatch: 50, teacherEvery: 5, teacherLr: 0.01, lr: 0.02 });

const problem = new TrainingProblem(student, task, methodOf("deep"), config);
const trainer = new Trainer(await selectEngine("onnx"), problem, config);
const batches = task.batches({ size: config.batch });
let first = 0;
let last = 0;
for (let step = 0; step < 40; step++) {
  const moment = { progress: step / 40, loss: 1, accuracy: 0 }; // methods may read how far the run has come
  const input = { batch: batchAt(batches, step), rate: config.lr, moment };
  const { loss } = await trainer.step(input, step % config.teacherEvery);
  if (step < 5) first += loss / 5;
  if (step >= 35) last += loss / 5;
  if ((step + 1) % config.teacherEvery === 0) {
    const { metric, drift } = await trainer.learn(batches.clean(step, false));
    console.log(
      `step ${step + 1}: loss ${loss.toFixed(3)}, validation log-likelihood ${metric.toFixed(3)}, drift ${drift}`,
    );
  }
}
await trainer.close();
if (!(last < first)) throw new Error(`expected the loss to fall, got ${first} → ${last}`);
