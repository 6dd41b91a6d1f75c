// A learning method of your own, written outside the package: a teacher with one number per class, for sets in which some labels
// are to be distrusted. It learns by the gradient of the validation metric through the student's own steps, like the paper's.
import {
  Trainer,
  TrainingProblem,
  batchAt,
  configOf,
  imageTask,
  loadDataset,
  makeStudent,
  prepareClassification,
} from "reweight";
import { Random, float, leaf, matmul, oneHot, reshape, selectEngine, zeros } from "reweight/graph";
import { classesOf, normalised, sweepLearner } from "reweight/methods";
import type { Method } from "reweight/methods";

const perClass: Method = {
  name: "per-class",
  summary: "one weight per given class, learned through the student's steps",
  source: "this example",
  cost: "about 5 student steps every K",
  needs: () => ["classes"],
  options: ["teacherEvery", "window", "teacherOptimizer", "teacherLr", "teacherWeightDecay"],
  design({ classes }, options) {
    return {
      init: () => ({ score: zeros([classes!, 1]) }), // ω: all classes alike at first
      weigh(omega, view) {
        const { labels } = classesOf(view);
        const z = matmul(oneHot(labels, classes!), leaf(omega, "score"));
        return normalised(reshape(z, labels.shape), view); // exp(z) over its sum
      },
      learning: { by: "learner", make: (parts) => sweepLearner(parts, [float([classes!, 1])], options) },
      about: { signature: { options: {}, perClass: true } },
    };
  },
};

// Glyphs of which 30 % are called "9", whatever they show: a label to be distrusted.
const dataset = await loadDataset({ name: "glyphs", glyphs: { train: 1500, test: 200 } });
const examples = await prepareClassification({ dataset, validSize: 200, seed: 1 });
const random = new Random(1, "called nine");
const labels = examples.train.clean.map((label) => (random.uniform() < 0.3 ? 9 : label));
const mask = Uint8Array.from(labels, (label, i) => (label === examples.train.clean[i] ? 0 : 1));
const task = imageTask({ ...examples, train: { ...examples.train, labels, mask } });

const settings = { batch: 50, validBatch: 100, teacherEvery: 5, teacherLr: 0.05, lr: 0.02 };
const config = configOf(settings);
const problem = new TrainingProblem(makeStudent("cnn", task.form), task, perClass, config);
const trainer = new Trainer(await selectEngine("onnx"), problem, config);
const batches = task.batches({ size: config.batch, cleanSize: config.validBatch });
for (let step = 0; step < 150; step++) {
  const moment = { progress: step / 150, loss: 1, accuracy: 0 };
  const input = { batch: batchAt(batches, step), rate: config.lr, moment };
  await trainer.step(input, step % config.teacherEvery);
  if ((step + 1) % config.teacherEvery === 0) await trainer.learn(batches.clean(step, false));
}
const scores = [...leaf(await trainer.readOmega(), "score").data];
await trainer.close();
const trusted = scores.slice(0, 9);
console.log(
  `scores of the given labels 0 to 8: ${trusted.map((z) => z.toFixed(2)).join(" ")}; of 9: ${scores[9]!.toFixed(2)}`,
);
if (!(scores[9]! < Math.min(...trusted))) throw new Error("expected the teacher to distrust the label 9 most");
