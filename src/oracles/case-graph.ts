import type { Tensor } from '../core/tensor.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import { optimize } from '../onnx/passes/index.ts';
import { serialize } from '../onnx/serialize.ts';
import { Session } from '../runtime/index.ts';

/** A graph whose inputs have their values already, and whose outputs are looked up by the names of a case. */
export class CaseGraph {
  readonly graph = new GraphBuilder('case');
  private readonly feeds: Record<string, Tensor> = {};
  private readonly outputs = new Map<string, Value>();

  input(name: string, tensor: Tensor): Value {
    this.feeds[name] = tensor;
    return this.graph.input(name, tensor.dtype, tensor.dims);
  }

  output(name: string, value: Value): void {
    this.outputs.set(name, value);
  }

  /**
   * Runs the graph once.
   * @param optimization what ONNX Runtime may rewrite: above `basic`, convolutions sum in another order
   * @returns every output by the name that it was given
   */
  async run(optimization: 'basic' | 'all' = 'all'): Promise<ReadonlyMap<string, Tensor>> {
    const names = [...this.outputs.keys()];
    // Each under a value of its own, so that one value may have several names and an input may be an output.
    const values = [...this.outputs.values()].map((value) => this.graph.Identity(value));
    const graph = optimize(this.graph.build(values));
    const session = await Session.create(serialize(graph), { provider: 'cpu', optimization });
    try {
      const results = await session.run(this.feeds);
      return new Map(names.map((name, index) => [name, results[graph.outputs[index]?.name ?? ''] as Tensor]));
    } finally {
      await session.dispose();
    }
  }
}
