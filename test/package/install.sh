#!/usr/bin/env bash
# The package as a user gets it: packed, installed into an empty project with npm's own settings, run, imported, compiled
# against, and its engine built. Needs the npm registry, libtorch and a compiler.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# What a caller's npm or shell has set must not help: the user has none of it.
for name in $(compgen -v | grep -i '^npm_config_' || true) ONNXRUNTIME_NODE_INSTALL CI FORCE_COLOR NO_COLOR; do unset "$name"; done
say() { printf -- '-- %s (%d s)\n' "$*" "$SECONDS"; }

tarball=$(cd "$root" && npm pack --silent --pack-destination "$folder")
cd "$folder"
say "packed: $(du -h "$tarball" | cut -f1)"
npm init --yes >/dev/null
npm install "./$tarball" 2>install.err
[ ! -s install.err ] || { cat install.err; echo "expected a quiet installation"; exit 1; }
node -e '
  const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"));
  const scripted = Object.keys(packages).filter((name) => packages[name].hasInstallScript);
  if (scripted.length > 0) throw new Error(`expected no install scripts, got those of ${scripted}`);
'
say "installed: $(du -sh node_modules | cut -f1)"
npx reweight --version
npx reweight doctor | tee doctor.txt
grep -q '✓ engine onnx' doctor.txt
grep -q '→ Run `npx reweight build-torch`' doctor.txt
for part in docs/methods.md examples/01-gradients.ts experiments/table6.yaml NOTICE; do
  [ -f "node_modules/reweight/$part" ] || { echo "expected $part in the package"; exit 1; }
done

say "programs"
cat >user.ts <<'EOF'
import { configOf, ConfigError, loadDataset, train } from "reweight";
import type { RunResults, TrainInput } from "reweight";
import { grad, mul, reference, runOnce, sumAll, tensor, trace } from "reweight/graph";
import type { Value } from "reweight/graph";
import { defineMethod, normalised } from "reweight/methods";
import type { Method } from "reweight/methods";

const at = tensor([1, -2, 3]);
const squares = (x: Value): Value => sumAll(mul(x, x));
const [slope] = await runOnce(reference, trace((x) => [grad(squares)(x)], [at]), [at]);
if (slope!.data.join() !== "2,-4,6") throw new Error(`expected the gradient 2,-4,6, got ${slope!.data.join()}`);

const settings: TrainInput = { student: "mlp", epochs: 1, trainLimit: 200, valid: 100, validBatch: 50, testLimit: 100 };
const results: RunResults = await train({ ...settings, out: "run" });
if (!results.finished) throw new Error("expected a finished run");

const even: Method = defineMethod({
  name: "even", summary: "", source: "", cost: "", options: [],
  design: () => ({ init: () => ({}), weigh: (_omega, view) => normalised(mul(view.losses, 0), view) }),
});
const dataset = await loadDataset({ name: "glyphs", glyphs: { train: 100, test: 20 } });
if (even.name !== "even" || dataset.train.count !== 100) throw new Error("expected a method and a data set");
try {
  configOf({ validBatch: 0 });
  throw new Error("expected an error");
} catch (error) {
  if (!(error instanceof ConfigError) || !error.message.startsWith("validBatch: expected")) throw error;
}
EOF
# Every check of the compiler, in the package's own types too. Types of Node come from the checkout.
cat >tsconfig.json <<EOF
{
  "compilerOptions": {
    "target": "es2023", "lib": ["es2023", "esnext.disposable"], "module": "nodenext", "strict": true, "noEmitOnError": true,
    "exactOptionalPropertyTypes": true, "types": ["node"], "typeRoots": ["$root/node_modules/@types"], "outDir": "built"
  },
  "files": ["user.ts", "01-gradients.ts", "02-your-own-student.ts", "03-your-own-method.ts"]
}
EOF
npm pkg set type=module >/dev/null
cp node_modules/reweight/examples/*.ts .
"$root/node_modules/.bin/tsc" -p .
node built/user.js
node built/01-gradients.js

say "demo, interrupted after its first steps"
# Not through npx, which keeps signals to itself.
node_modules/.bin/reweight demo >demo.txt 2>&1 &
demo=$!
for _ in $(seq 120); do [ -f runs/demo-uniform-1/checkpoint/last.safetensors ] && break; sleep 1; done
kill -TERM "$demo" || true
wait "$demo" || [ $? -eq 130 ] || { cat demo.txt; exit 1; }
[ -f runs/demo-uniform-1/checkpoint/last.safetensors ] || { cat demo.txt; echo "expected a checkpoint of the demo"; exit 1; }

say "the torch engine"
npx reweight build-torch
npx reweight train --engine torch --student mlp --epochs 1 --train-limit 200 --valid 100 --valid-batch 50 --test-limit 100 --out torch-run
say "the installed package trains, compiles and builds its engine"
