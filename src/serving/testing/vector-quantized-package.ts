import path from 'node:path';
import type { Manifest } from '../../core/manifest.ts';
import { describeNetworks, manifestOf, type PackageOptions, writeNetworks } from './model-package.ts';
import { tinyQuantization, tinyVectorQuantized } from './tiny-vector-quantized.ts';

interface VectorQuantizedOptions extends Omit<PackageOptions, 'onnx' | 'boundary'> {
  /** Default true. */
  readonly prior?: boolean;
  /** Whether the distribution of styles is told: N((0.5, 0.5), 0.01 I). Default true. */
  readonly styles?: boolean;
}

/** Writes a package of {@link tinyVectorQuantized}, from `light` to `dark`, 16x16; returns the folder. */
export async function writeVectorQuantizedPackage(
  root: string,
  options: VectorQuantizedOptions,
): Promise<string> {
  const { name, version = '1', prior = true, styles = true } = options;
  const { pixelsPerCode, codebookSize, styleCodeSize, window } = tinyQuantization;
  const { prior: step, ...others } = tinyVectorQuantized();
  const files = prior ? { ...others, prior: step } : others;
  const domain = (side: 'source' | 'target') => ({
    styleEncoder: `style-encoder-${side}`,
    decoder: `decoder-${side}`,
    ...(styles && {
      styles: {
        mean: [0.5, 0.5],
        factor: [
          [0.1, 0],
          [0, 0.1],
        ],
      },
    }),
  });
  const manifest: Manifest = {
    ...manifestOf(options, version, new Uint8Array()),
    method: 'vq-i2i',
    translator: {
      kind: 'vector-quantized',
      contentEncoder: 'content-encoder',
      codebookSize,
      pixelsPerCode,
      styleCodeSize,
      source: domain('source'),
      target: domain('target'),
      ...(prior && {
        prior: { network: 'prior', window: { height: window, width: window }, conditioning: 'published' },
      }),
    },
    networks: describeNetworks(files, faces()),
  };
  options.edit?.(manifest);
  return writeNetworks(path.join(root, name, version), manifest, files);
}

function faces() {
  const { codebookSize, styleCodeSize } = tinyQuantization;
  const sized = { dtype: 'uint8', shape: ['batch', 'height', 'width', 3], layout: 'NHWC' } as const;
  const picture = { name: 'picture', ...sized };
  const codes = { name: 'codes', dtype: 'int64', shape: ['batch', 'rows', 'columns'] };
  const style = { name: 'style', dtype: 'float32', shape: ['batch', styleCodeSize] };
  const styles = { name: 'styles', dtype: 'float32', shape: ['batch', 'strips', styleCodeSize] };
  const float32 = (name: string, ...shape: readonly (number | string)[]) => ({
    name,
    dtype: 'float32',
    shape,
  });
  const styleEncoder = { inputs: [picture], outputs: [style] };
  const decoder = { inputs: [codes, styles], outputs: [{ name: 'output', ...sized }] };
  return {
    'content-encoder': { inputs: [picture], outputs: [codes] },
    'style-encoder-source': styleEncoder,
    'style-encoder-target': styleEncoder,
    'decoder-source': decoder,
    'decoder-target': decoder,
    prior: {
      inputs: [
        { name: 'tokens', dtype: 'int64', shape: ['batch', 'tokens'] },
        { name: 'lengths', dtype: 'int64', shape: ['batch'] },
        float32('keys_0', 'batch', 1, 'capacity', 1),
        float32('values_0', 'batch', 1, 'capacity', 1),
      ],
      outputs: [
        float32('logits', 'batch', 'tokens', codebookSize),
        float32('new_keys_0', 'batch', 1, 'tokens', 1),
        float32('new_values_0', 'batch', 1, 'tokens', 1),
      ],
    },
  };
}
