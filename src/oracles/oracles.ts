import { basename } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { findCases } from './case-folder.ts';
import { caseLines, exitCodeOf, summaryLines } from './report.ts';
import { type CaseResult, runCase } from './run-case.ts';

const usage = `Usage: npm run oracles -- DIR...

Holds our networks, losses and training steps against numbers that the official research code computed.
DIR is a case (a folder with case.json), a folder of cases, or a folder of such folders.

Exit code: 0 every judged case is ok, 1 a case failed, 2 nothing could be judged or a folder is not a case.
Classes that are not rebuilt here yet are listed, and do not count as failures.`;

/** @returns the exit code */
export async function runOracles(
  folders: readonly string[],
  write: (line: string) => void,
): Promise<0 | 1 | 2> {
  if (folders.length === 0 || folders.includes('--help')) {
    write(usage);
    return folders.length === 0 ? 2 : 0;
  }
  const found = folders.map((folder) => casesOf(folder, write)).filter((cases) => cases.length > 0);
  const width = Math.max(0, ...found.flat().map((folder) => basename(folder).length));
  const results: CaseResult[] = [];
  for (const folder of found.flat()) {
    const result = await runCase(folder);
    results.push(result);
    for (const line of caseLines(result, width)) write(line);
  }
  for (const line of summaryLines(results)) write(line);
  const code = exitCodeOf(results);
  return code === 0 && found.length < folders.length ? 2 : code;
}

/** The cases of a folder; says why when there are none. */
function casesOf(folder: string, write: (line: string) => void): string[] {
  try {
    const cases = findCases(folder);
    if (cases.length === 0) write(`${folder} holds no case: no case.json in it or in a folder below`);
    return cases;
  } catch (cause) {
    write(messageOf(cause));
    return [];
  }
}
