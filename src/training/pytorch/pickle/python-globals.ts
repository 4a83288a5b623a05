import { CheckpointError } from '../checkpoint-error.ts';
import {
  asArray,
  asBytes,
  asMap,
  asText,
  Global,
  Instance,
  latin1Bytes,
  type PickleValue,
  tuple,
} from './values.ts';

/** Names of Python's own library that real checkpoints use: containers, bytes, and a plain record. */

/** argparse.Namespace and the like: attributes by name, kept as a dict. */
class Namespace extends Instance {
  private readonly attributes = new Map<PickleValue, PickleValue>();

  build(state: PickleValue): void {
    for (const [name, value] of asMap(state, 'the attributes of argparse.Namespace'))
      this.attributes.set(name, value);
  }

  plain(): PickleValue {
    return this.attributes;
  }
}

/** dict(), dict(mapping), dict([(key, value), ...]) */
function dict(source: PickleValue | undefined): Map<PickleValue, PickleValue> {
  if (source === undefined) return new Map();
  if (source instanceof Map) return new Map(source);
  return new Map(
    asArray(source, 'pairs of a dict').map((item): [PickleValue, PickleValue] => {
      const [key, value] = asArray(item, 'a pair of a dict');
      if (key === undefined || value === undefined)
        throw new CheckpointError('the pickle is damaged: half a pair');
      return [key, value];
    }),
  );
}

function items(source: PickleValue | undefined): PickleValue[] {
  if (source === undefined) return [];
  return source instanceof Set ? [...source] : [...asArray(source, 'the items of a container')];
}

/** bytes(), bytes(b'..'), bytearray('..', 'latin-1'); never bytes(count), which would allocate for free. */
function bytes([source, encoding]: readonly PickleValue[]): Uint8Array {
  if (source === undefined) return new Uint8Array(0);
  return encoding === undefined ? asBytes(source, 'bytes') : encode([source, encoding]);
}

/** How protocols 0 to 2 write bytes: `_codecs.encode(text, 'latin1')`. */
function encode([text, encoding]: readonly PickleValue[]): Uint8Array {
  const name = asText(encoding, 'the name of an encoding').replace('-', '').toLowerCase();
  if (name !== 'latin1')
    throw new CheckpointError(`the pickle encodes bytes as ${name}, only latin1 is known`);
  return latin1Bytes(asText(text, 'text to encode'));
}

export const pythonGlobals: readonly Global[] = [
  new Global('collections.OrderedDict', ([source]) => dict(source)),
  new Global('collections.Counter', ([source]) => dict(source)),
  new Global('collections.defaultdict', ([, source]) => dict(source)),
  new Global('argparse.Namespace', () => new Namespace()),
  new Global('builtins.dict', ([source]) => dict(source)),
  new Global('builtins.list', ([source]) => items(source)),
  new Global('builtins.tuple', ([source]) => tuple(items(source))),
  new Global('builtins.set', ([source]) => new Set(items(source))),
  new Global('builtins.frozenset', ([source]) => new Set(items(source))),
  new Global('builtins.bytes', bytes),
  new Global('builtins.bytearray', bytes),
  new Global('builtins.int'),
  new Global('builtins.float'),
  new Global('builtins.bool'),
  new Global('builtins.str'),
  new Global('_codecs.encode', encode),
];
