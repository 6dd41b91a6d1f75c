/**
 * @file Ends the process by SIGKILL at a rename or a flush, for bench/durability.ts: `node --import` loads it before the
 * command line. `KILL_AT=12` ends it before the twelfth of these calls; `KILL_COUNT=file` adds a byte to the file at each.
 */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { KILL_AT = "0", KILL_COUNT } = process.env;
let calls = 0;
for (const name of ["renameSync", "fsyncSync"]) {
  const own = fs[name];
  fs[name] = (...args) => {
    if (++calls === Number(KILL_AT)) process.kill(process.pid, "SIGKILL");
    if (KILL_COUNT) fs.appendFileSync(KILL_COUNT, ".");
    return own(...args);
  };
}
syncBuiltinESMExports();
