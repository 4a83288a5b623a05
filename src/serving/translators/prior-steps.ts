import { coordinateTokens } from '../../core/code-map/coordinates.ts';
import type { Manifest, NetworkManifest } from '../../core/manifest.ts';
import { zeros } from '../../core/tensor.ts';
import type { CodePainting } from './code-painting.ts';
import type { VectorQuantized } from './painted-domain.ts';
import { describeFace } from './picture-face.ts';
import { TranslatorError, type WarmUpRun } from './translator.ts';

interface PriorSteps {
  readonly painting: NonNullable<CodePainting['prior']>;
  readonly warmUp: WarmUpRun;
}

/** Tokens that a warm-up brings, and those that lanes have room for when sequences begin. */
const [warmUpTokens, warmUpCapacity] = [2, 64];

/**
 * How maps are drawn by the prior of a manifest.
 * @throws TranslatorError when its network is no step of a code transformer, or of another codebook
 */
export function priorSteps(manifest: Manifest, described: VectorQuantized): PriorSteps | undefined {
  const { prior, pixelsPerCode, codebookSize } = described;
  if (prior === undefined) return undefined;
  const { network: name, window, conditioning } = prior;
  const network = manifest.networks[name] as NetworkManifest;
  requireSteps(name, network, codebookSize);
  const coordinates = coordinateTokens(window, pixelsPerCode, codebookSize);
  const feeds = Object.fromEntries(
    network.inputs.map(({ name: input, dtype, shape }) => {
      const free = [1, input === 'tokens' ? warmUpTokens : 0, warmUpCapacity];
      return [
        input,
        zeros(
          dtype,
          shape.map((size, axis) => (typeof size === 'number' ? size : (free[axis] ?? 0))),
        ),
      ];
    }),
  );
  return {
    painting: { network: name, sampling: { window, coordinates, conditioning } },
    warmUp: { network: name, feeds },
  };
}

/** The names are those that lanes know: see `codeStepGraph`. */
function requireSteps(name: string, { inputs, outputs }: NetworkManifest, codebookSize: number): void {
  const given = inputs.map((input) => input.name);
  const missing = ['tokens', 'lengths', 'keys_0', 'values_0'].filter((input) => !given.includes(input));
  if (missing.length > 0) {
    throw new TranslatorError(
      `network "${name}" has no input ${missing.join(', ')}; expected a step of a code transformer with a key/value cache, got ${inputs.map(describeFace).join(', ')}`,
    );
  }
  const logits = outputs.find((output) => output.name === 'logits');
  if (logits?.dtype === 'float32' && logits.shape.length === 3 && logits.shape[2] === codebookSize) return;
  throw new TranslatorError(
    `network "${name}" gives ${outputs.map(describeFace).join(', ')}; expected "logits", float32 [n, tokens, ${codebookSize}]: one for each code of the codebook`,
  );
}
