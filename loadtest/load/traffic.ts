import type { ClientRequest } from '../../bench/serving/http-client.ts';
import { InvalidArgumentError, messageOf } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { drawWeighted, type Weights } from './mix.ts';
import type { LoadOptions } from './options.ts';
import { type Bodies, prepareBodies } from './pictures.ts';

/** One request before it is sent. */
export interface Shot {
  readonly model: string;
  readonly url: URL;
  readonly request: ClientRequest;
}

/** What is sent to a service: draws models and bodies, the same for the same seed. */
export class Traffic {
  readonly models: Weights;
  /** A picture, as it is sent. */
  readonly sample: Uint8Array;
  readonly #bodies: Bodies;
  readonly #urls: ReadonlyMap<string, URL>;
  readonly #random: Random;

  private constructor(models: Weights, bodies: Bodies, urls: ReadonlyMap<string, URL>, seed: number) {
    this.models = models;
    this.sample = bodies.sample;
    this.#bodies = bodies;
    this.#urls = urls;
    this.#random = Random.of(seed, 'traffic');
  }

  /** @param served what the service serves: taken equally where the options name no models */
  static async prepare(target: URL, served: readonly string[], options: LoadOptions): Promise<Traffic> {
    const { mix, pictures, answer, seed } = options;
    const models = mix.models ?? Object.fromEntries(served.map((name): [string, number] => [name, 1]));
    const names = Object.keys(models);
    const missing = names.find((name) => !served.includes(name));
    if (names.length === 0 || missing !== undefined)
      throw new InvalidArgumentError(
        `the service serves ${served.join(', ') || 'no model'}${missing === undefined ? '' : `, not ${missing}`}`,
      );
    const bodies = await prepareBodies({ ...mix, pictures });
    const urls = names.map((name): [string, URL] => [
      name,
      new URL(`/translate/${encodeURIComponent(name)}?format=${answer}`, target),
    ]);
    return new Traffic(models, bodies, new Map(urls), seed);
  }

  draw(): Shot {
    return this.of(drawWeighted(this.models, this.#random));
  }

  of(model: string): Shot {
    return { model, url: this.#urls.get(model) as URL, request: this.#bodies.draw(this.#random) };
  }
}

/** Versions by name of the models that a service serves. @throws InvalidArgumentError when it does not tell */
export async function servedModels(
  target: URL,
  headers: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  try {
    const answer = await fetch(new URL('/models', target), { headers, signal: AbortSignal.timeout(10_000) });
    const { models } = (await answer.json()) as {
      models: readonly { name: string; version: string; serving: boolean }[];
    };
    return new Map(models.filter(({ serving }) => serving).map(({ name, version }) => [name, version]));
  } catch (error) {
    throw new InvalidArgumentError(`${target.origin}/models tells no models: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
