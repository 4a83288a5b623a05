import type { Tensor } from '../core/tensor.ts';
import type { Graph } from '../onnx/ir.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/session.ts';

/** Really runs a graph on ONNX Runtime, on one thread of the CPU. @returns its outputs by name */
export async function evaluate(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Record<string, Tensor>> {
  const session = await Session.create(serialize(graph), { provider: 'cpu', threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}
