import { describe, expect, it } from 'vitest';
import { parseManifest, picturingNetwork, servedNetworks } from './manifest.ts';

const network = {
  file: 'network.onnx',
  sha256: '0'.repeat(64),
  bytes: 1,
  inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 8] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 8] }],
};
const feedForward = { kind: 'feed-forward', network: 'generator' };
const exemplarGuided = {
  kind: 'exemplar-guided',
  contentEncoder: 'content-encoder',
  attributeEncoder: 'attribute-encoder',
  generator: 'generator',
  attributeCodeSize: 8,
};

const domain = { styleEncoder: 'style-encoder', decoder: 'decoder' };
const vectorQuantized = {
  kind: 'vector-quantized',
  contentEncoder: 'content-encoder',
  codebookSize: 256,
  pixelsPerCode: 8,
  styleCodeSize: 2,
  source: {
    ...domain,
    styles: {
      mean: [0, 1],
      factor: [
        [1, 0],
        [0.5, 2],
      ],
    },
  },
  target: { ...domain, decoder: 'generator' },
  prior: { network: 'prior', window: { height: 16, width: 16 }, conditioning: 'whole' },
};

const guidedDiffusion = {
  kind: 'guided-diffusion',
  step: 'generator',
  plainStep: 'plain-step',
  schedule: { course: 'linear', steps: 1000, first: 1e-4, last: 0.02 },
  variance: 'fixedsmall',
  sources: ['a', 'c'],
  defaults: { strength: 0.5, steps: 500, solver: 'ancestral', realism: 500, faithfulness: 2, repeats: 1 },
};

function manifestText(translator: object, networks: readonly string[], flexible = true): string {
  return JSON.stringify({
    schemaVersion: 1,
    name: 'a2b',
    version: '1',
    method: 'drit',
    sourceDomain: 'a',
    targetDomain: 'b',
    image: { width: 64, height: 64, flexible },
    translator,
    networks: Object.fromEntries(networks.map((key) => [key, network])),
    provenance: { createdAt: '2026-01-01T00:00:00Z', software: 'test' },
  });
}

const guidedNetworks = ['content-encoder', 'attribute-encoder', 'generator'];

describe('a manifest', () => {
  it.each([
    [feedForward, ['generator']],
    [exemplarGuided, guidedNetworks],
    [vectorQuantized, ['content-encoder', 'style-encoder', 'decoder', 'generator', 'prior']],
    [guidedDiffusion, ['generator', 'plain-step'], false],
  ])(
    'holds the translator %o, whose picture the generator makes',
    (translator, networks, flexible = true) => {
      const manifest = parseManifest(manifestText(translator, networks, flexible), 'manifest.json');
      expect(manifest.translator).toEqual(translator);
      expect(picturingNetwork(manifest)).toBe('generator');
    },
  );

  it('has networks that requests are answered with, and one of several steps that is for other uses', () => {
    const keys = ['generator', 'plain-step', 'steps'];
    const text = manifestText({ ...guidedDiffusion, steps: 'steps' }, keys, false);
    const manifest = parseManifest(text, 'manifest.json');
    expect(Object.keys(manifest.networks)).toEqual(keys);
    expect(servedNetworks(manifest).map(([key]) => key)).toEqual(['generator', 'plain-step']);
    expect(servedNetworks(manifest, 2).map(([key]) => key)).toEqual(keys);
    const other = parseManifest(manifestText(exemplarGuided, guidedNetworks), 'manifest.json');
    expect(servedNetworks(other)).toEqual(Object.entries(other.networks));
  });

  it('is refused with every network that its translator names and that is not there', () => {
    const text = manifestText(exemplarGuided, ['generator']);
    expect(() => parseManifest(text, 'manifest.json')).toThrow(
      'translator.contentEncoder: names "content-encoder", networks has generator; ' +
        'translator.attributeEncoder: names "attribute-encoder", networks has generator',
    );
    expect(() => parseManifest(manifestText(feedForward, ['other']), 'manifest.json')).toThrow(
      'translator.network: names "generator", networks has other',
    );
  });

  it.each([
    [{}, 'image.flexible: must be false', true],
    [{ step: 'other' }, 'translator.step: names "other"', false],
    [{ plainStep: 'other' }, 'translator.plainStep: names "other"', false],
    [{ sources: [] }, 'translator.sources', false],
    [{ schedule: { course: 'cosine', steps: 1000, first: 1e-4 } }, 'translator.schedule', false],
    [{ defaults: { ...guidedDiffusion.defaults, strength: 1.5 } }, 'translator.defaults.strength', false],
  ])('of a guided diffusion with %j is refused: %s', (fault, message, flexible) => {
    const text = manifestText({ ...guidedDiffusion, ...fault }, ['generator', 'plain-step'], flexible);
    expect(() => parseManifest(text, 'manifest.json')).toThrow(message);
  });

  it('is refused with a network of a domain, or a prior, that is not there', () => {
    const text = manifestText(vectorQuantized, ['content-encoder', 'style-encoder', 'generator']);
    expect(() => parseManifest(text, 'manifest.json')).toThrow(
      /translator\.source\.decoder: names "decoder".+; translator\.prior\.network: names "prior"/,
    );
  });

  it.each([0, 2.5, undefined])('is refused with codes of %s values', (attributeCodeSize) => {
    const text = manifestText({ ...exemplarGuided, attributeCodeSize }, guidedNetworks);
    expect(() => parseManifest(text, 'manifest.json')).toThrow('translator.attributeCodeSize:');
  });
});
