import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { type CaseDeclaration, caseSchema } from './case-schema.ts';

/** A folder that is not what the format says: nothing can be said about our own code from it. */
export class MalformedCaseError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'MALFORMED_CASE', status: 422, ...options });
  }
}

const declarationFile = 'case.json';
/** A case, a set of cases, several sets. */
const deepest = 2;

/**
 * The folders with a `case.json` at or below `folder`, in the order of their paths.
 * @throws MalformedCaseError when there is no such folder
 */
export function findCases(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new MalformedCaseError(`${folder} is not a folder`);
  }
  return casesBelow(folder, deepest);
}

function casesBelow(folder: string, depth: number): string[] {
  if (existsSync(join(folder, declarationFile))) return [folder];
  if (depth === 0) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => isFolder(folder, entry))
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => casesBelow(join(folder, name), depth - 1));
}

/** Links to folders count as folders. */
function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** @throws MalformedCaseError naming every field at fault */
export function readDeclaration(folder: string): CaseDeclaration {
  const path = join(folder, declarationFile);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new MalformedCaseError(`${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const result = caseSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path: at, message }) => `${at.join('.') || '(top)'}: ${message}`);
  throw new MalformedCaseError(`${path} does not describe a case: ${faults.join('; ')}`);
}
