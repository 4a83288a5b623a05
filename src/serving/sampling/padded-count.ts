/**
 * To how many tokens a step is filled up, so that steps of about as many can share a run: less than a quarter more, and
 * none at all for up to eight.
 * @param tokens at least 1
 */
export function paddedCount(tokens: number): number {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(tokens)) - 2);
  return Math.ceil(tokens / unit) * unit;
}
