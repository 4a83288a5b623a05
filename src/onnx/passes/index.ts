import { InternalError, messageOf } from '../../core/errors.ts';
import { checkGraph } from '../check.ts';
import type { Graph } from '../ir.ts';
import { deduplicate } from './deduplicate.ts';
import { foldConstants } from './fold-constants.ts';
import type { Pass } from './pass.ts';
import { removeIdentities } from './remove-identities.ts';
import { removeUnused } from './remove-unused.ts';

const passes: Readonly<Record<string, Pass>> = { foldConstants, removeIdentities, deduplicate, removeUnused };

/** Each round only finds what the round before made possible; more than a few mean that passes undo each other. */
const mostRounds = 50;

/**
 * The same computation in fewer nodes, to the same bits. Inputs, and names and order of outputs, stay.
 * @throws GraphError when the graph is not legal
 */
export function optimize(graph: Graph): Graph {
  checkGraph(graph);
  let current = graph;
  for (let round = 0; round < mostRounds; round++) {
    const next = Object.keys(passes).reduce(runChecked, current);
    if (next === current) return current;
    current = next;
  }
  throw new InternalError(`graph ${graph.name} still changes after ${mostRounds} rounds of passes`);
}

function runChecked(graph: Graph, name: string): Graph {
  const result = (passes[name] as Pass)(graph);
  if (!result.modified) return graph;
  try {
    checkGraph(result.graph);
  } catch (cause) {
    throw new InternalError(`the pass ${name} made an illegal graph: ${messageOf(cause)}`, { cause });
  }
  return result.graph;
}
