import type { GraphBuilder } from '../onnx/builder.ts';
import type { Value } from '../onnx/ir.ts';
import type { BufferSpec, ParameterSource, ParameterSpec } from './parameters.ts';

/**
 * What a layer builds with: a graph to append to, a source of parameters, and the place in the state_dict.
 * `scope.child('model').child('10')` names its parameters `model.10.*`. Applying a network twice with scopes of one
 * source shares its weights.
 */
export class Scope {
  readonly graph: GraphBuilder;
  /** True while training: dropout, batch statistics and noise are on. */
  readonly training: boolean;
  private readonly source: ParameterSource;
  private readonly prefix: string;

  constructor(
    graph: GraphBuilder,
    source: ParameterSource,
    options: { training?: boolean; prefix?: string } = {},
  ) {
    this.graph = graph;
    this.source = source;
    this.training = options.training ?? false;
    this.prefix = options.prefix ?? '';
  }

  child(name: string | number): Scope {
    const { graph, source, training } = this;
    return new Scope(graph, source, { training, prefix: `${this.prefix}${name}.` });
  }

  parameter(spec: ParameterSpec): Value {
    return this.source.parameter({ ...spec, name: this.prefix + spec.name });
  }

  buffer(spec: BufferSpec): Value {
    return this.source.buffer({ ...spec, name: this.prefix + spec.name });
  }

  update(bufferName: string, value: Value): void {
    this.source.update(this.prefix + bufferName, value);
  }
}
