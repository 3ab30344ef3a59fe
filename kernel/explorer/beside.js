// Two runs side by side: which steps they have in common, and where they differ.
//
// Enters: two runs. Leaves: rows, each with a position of the one, of the other, or of both; and for states the variables whose
// values differ. Nothing here knows of a page.

import { Run, line, written } from "./run.js";

/**
 * @typedef {{one: number | null, other: number | null}} Pair Positions; a row that only one of them has leaves the other
 *   where it is.
 */

/**
 * The longest common sequence of steps decides which rows belong together.
 * @param {Run} one
 * @param {Run} other
 * @returns {Pair[]} The initial states first.
 */
export function align(one, other) {
  const [a, b] = [one.steps.map(line), other.steps.map(line)];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  /** @type {Pair[]} */
  const rows = [{ one: 0, other: 0 }];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) rows.push({ one: ++i, other: ++j });
    else if (j >= b.length || (i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      rows.push({ one: ++i, other: null });
    } else rows.push({ one: null, other: ++j });
  }
  return rows;
}

/**
 * The positions at which the two runs stand in a row.
 * @param {Pair[]} rows
 * @param {number} row
 */
export function standing(rows, row) {
  let [one, other] = [0, 0];
  for (const pair of rows.slice(0, row + 1)) {
    one = pair.one ?? one;
    other = pair.other ?? other;
  }
  return { one, other };
}

/**
 * The values of the other run, by path.
 * @param {Run} other
 * @param {number} position
 * @returns {Map<string, string>}
 */
export function valuesAt(other, position) {
  return new Map(other.variables.map(({ path }, i) => [path, written(other.states[position][i])]));
}
