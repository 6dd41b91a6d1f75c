import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { choice, grouped, withFacts } from "../../src/fields.ts";
import { differences, identityOf, identitySchema } from "../../src/train/checkpoint/identity.ts";
import { trainFields, trainSchema } from "../../src/train/config.ts";
import { completed, factsIn } from "../../src/train/setting-facts.ts";

const hashes = { dataset: "d", split: "s", noise: "n" };
const of = (changes: object) => identityOf(trainSchema.parse({ method: "deep", seed: 4, ...changes }), { hashes });

/** The schema of a later version, which has one setting more. */
const later = z.strictObject({
  ...trainFields.shape,
  ...grouped(
    { group: "Schedule:" },
    {
      mood: withFacts(choice(["calm", "wild"], "Mood of the student").default("wild"), {
        since: { version: "9.1.0", value: "calm" },
      }),
    },
  ),
});
const facts = factsIn(later.shape);
const withMood = (mood: string) => ({ ...of({}), settings: { ...of({}).settings, mood } });

describe("the identity of a run", () => {
  test("has the settings that decide numbers, by name, and survives its way through a checkpoint", () => {
    const identity = of({ lr: 0.5, out: "x", dataDir: "y", maxSteps: 3, teacherFrom: "z", threads: 2 });
    expect(identity.settings).toMatchObject({ lr: 0.5, seed: 4, threads: 2, engine: "auto" });
    for (const free of ["out", "dataDir", "maxSteps", "teacherFrom"])
      expect(identity.settings).not.toHaveProperty(free);
    expect(identitySchema.parse(JSON.parse(JSON.stringify(identity)))).toEqual(identity);
  });

  test("differs by what differs, named with both values", () => {
    expect(differences(of({}), of({ out: "elsewhere", checkpointEvery: 7 }))).toEqual([]);
    expect(differences(of({ lr: 0.5 }), { ...of({ trainLimit: 9 }), split: "t", teacher: "h" })).toEqual([
      "lr: 0.5 saved, 0.1 now",
      "trainLimit: none saved, 9 now",
      "split: s saved, t now",
      "teacher: none saved, h now",
    ]);
  });

  test("a run begun before a setting existed is the run with the value that stands for earlier versions, not the default of today", () => {
    expect(differences(of({}), withMood("calm"), facts)).toEqual([]);
    expect(differences(of({}), withMood("wild"), facts)).toEqual(['mood: "calm" saved, "wild" now']);
    expect(completed({ lr: 1 }, facts)).toMatchObject({ mood: "calm", lr: 1 });
  });

  test("of 0.1.0 the hash of its settings is known", () => {
    // As 0.1.0 wrote it: SHA-256 of the JSON of the sorted pairs.
    const later = [
      "trainOnTrusted",
      "trustedCopies",
      "fineTuneFrom",
      "schedule",
      "optimizer",
      "adamBeta1",
      "adamBeta2",
      "adamEpsilon",
      "beam",
      "lenpen",
      "maxLength",
      "tokens",
      "buckets",
      "labelSmoothing",
      "smoothedOver",
      "loss",
      "testShare",
      "fit",
      "grey",
      "flip",
    ];
    const pairs = Object.entries(of({}).settings)
      .filter(([key]) => !later.includes(key))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const config = createHash("sha256").update(JSON.stringify(pairs)).digest("hex");
    const old = identitySchema.parse({ config, ...hashes });
    expect(differences(old, of({}))).toEqual([]);
    expect(differences(old, of({ lr: 0.5 }))).toEqual([
      "settings: another hash saved by version 0.1.0 than theirs now",
    ]);
    expect(differences(old, withMood("calm"), facts)).toEqual([]);
    expect(differences(old, withMood("wild"), facts)).toEqual(['mood: "calm" saved, "wild" now']);
  });
});
