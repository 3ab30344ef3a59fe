// Sessions of cells in the engine for pages, as `kernel/web/engine.js` runs it: what they tell, without how far they are.
//
//   node tests/web/cells.mjs ENGINE.js ENGINE.wasm.gz IN.json OUT.json
//
// Enters: lists of cells, a list for each session. Leaves: for each cell what it told, as a list.

import { readFileSync, writeFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

const [script, packed, from, to] = process.argv.slice(2);
// No answer depends on the time; profiles alone show it.
Object.defineProperty(performance, "now", { value: () => 0 });
runInThisContext(readFileSync(script, "utf8"), { filename: script });
const module = await engineModule(readFileSync(packed).toString("base64"));
const sessions = JSON.parse(readFileSync(from, "utf8")).map((cells) => {
  let told = [];
  const run = engineSession(module, {}, (what) => told.push(what));
  return cells.map((cell) => {
    told = [];
    if (!run(cell)) throw new Error(`the engine ended with ${cell.name}: ${JSON.stringify(told)}\n${cell.code}`);
    return told.filter((what) => what.kind !== "progress");
  });
});
writeFileSync(to, JSON.stringify(sessions));
