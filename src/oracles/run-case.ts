import { messageOf } from '../core/errors.ts';
import { MalformedCaseError, readDeclaration } from './case-folder.ts';
import type { Attempt, CaseKind } from './case-kind.ts';
import type { CaseDeclaration } from './case-schema.ts';
import { type Comparison, compare } from './compare.ts';
import { loadCase, type OracleCase } from './oracle-case.ts';
import { kindOf } from './registry.ts';

export type CaseResult =
  | { readonly status: 'ok' | 'failed'; readonly name: string; readonly judged: Judged }
  /** A class that is not rebuilt here yet. */
  | { readonly status: 'unknown'; readonly name: string; readonly className: string }
  /** Failed: our code threw. Malformed: the folder is not a case, which says nothing about our code. */
  | { readonly status: 'failed' | 'malformed'; readonly name: string; readonly reason: string };

/** All outputs of a case under one reading of it. */
export interface Judged {
  readonly comparisons: readonly Comparison[];
  readonly worst: Comparison;
  readonly footnote?: string;
  /** Outputs that agree in this reading and did not in the first. */
  readonly recovered: readonly string[];
  /** Constructor arguments that the rebuilding did not look at. */
  readonly unread: readonly string[];
}

/** Rebuilds one case and holds every output that it saved against ours. */
export async function runCase(folder: string): Promise<CaseResult> {
  let name = folder;
  try {
    const declaration = readDeclaration(folder);
    name = declaration.name;
    const kind = kindOf(declaration);
    if (kind === undefined) return { status: 'unknown', name, className: classOf(declaration) };
    const judged = await judge(kind, loadCase(folder, declaration));
    return { status: judged.comparisons.every(({ ok }) => ok) ? 'ok' : 'failed', name, judged };
  } catch (cause) {
    const status = cause instanceof MalformedCaseError ? 'malformed' : 'failed';
    return { status, name, reason: messageOf(cause) };
  }
}

/** The first attempt that agrees with everything, or else the one that comes closest. */
async function judge(kind: CaseKind, oracle: OracleCase): Promise<Judged> {
  const seen: Judged[] = [];
  for await (const attempt of kind.attempts(oracle)) {
    const judged = judgeAttempt(oracle, attempt, seen[0]);
    if (judged.comparisons.every(({ ok }) => ok)) return judged;
    seen.push(judged);
  }
  return seen.reduce((best, next) => (next.worst.ratio < best.worst.ratio ? next : best));
}

function judgeAttempt(oracle: OracleCase, attempt: Attempt, first: Judged | undefined): Judged {
  const comparisons = oracle.expected.map((output) => compare(output, attempt.produced(output)));
  const worst = comparisons.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const recovered = comparisons.filter(({ ok }, index) => ok && first?.comparisons[index]?.ok === false);
  return {
    comparisons,
    worst,
    recovered: recovered.map(({ output }) => output),
    unread: oracle.arguments.unread,
    ...(attempt.footnote === undefined ? {} : { footnote: attempt.footnote }),
  };
}

/** The class, with the network that it was made for where the class alone does not say. */
function classOf({ class_or_function, constructor_args: { netG, netD } }: CaseDeclaration): string {
  const made = [netG, netD].filter((net) => typeof net === 'string');
  return made.length > 0 ? `${class_or_function} [${made.join(', ')}]` : class_or_function;
}
