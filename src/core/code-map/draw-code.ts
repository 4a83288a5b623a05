/**
 * The code that a uniform number in [0, 1) stands for: the first whose probability, added to those before it, is above
 * the number. A code of probability 0 is never drawn.
 */
export function drawCode(probabilities: ArrayLike<number>, uniform: number): number {
  let sum = 0;
  let last = 0;
  for (let code = 0; code < probabilities.length; code++) {
    const probability = probabilities[code] as number;
    if (probability === 0) continue;
    sum += probability;
    if (sum > uniform) return code;
    last = code;
  }
  // Rounding may leave the sum a little below 1.
  return last;
}
