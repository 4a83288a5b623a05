import { describe, expect, it, vi } from 'vitest';
import { readCheckpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpoint-error.ts';
import { bytesOf, checkpointFile, tensorPickle, text, u32 } from './handmade.ts';
import { TensorRecord } from './tensor-record.ts';

function read(...parts: readonly (string | number | Uint8Array)[]) {
  return readCheckpoint(checkpointFile(bytesOf(...parts), { 0: new Uint8Array(16) }));
}

/** `levels` containers, each holding the one before twice, through the memo. */
function doubled(levels: number): Uint8Array {
  const level = (index: number) => bytesOf(']q', index + 1, '(h', index, 'h', index, 'e');
  return bytesOf(']q', 0, ...Array.from({ length: levels }, (_, index) => level(index)));
}

const command = text('touch /tmp/owned');

describe('pickles that ask for code', () => {
  it.each([
    ['GLOBAL os.system', ['cos\nsystem\n(', command, 'tR'], 'os.system'],
    ['GLOBAL posix.system', ['cposix\nsystem\n(', command, 'tR'], 'posix.system'],
    ['GLOBAL builtins.eval', ['cbuiltins\neval\n(', command, 'tR'], 'builtins.eval'],
    ['GLOBAL __builtin__.exec', ['c__builtin__\nexec\n(', command, 'tR'], '__builtin__.exec'],
    ['GLOBAL subprocess.Popen', ['csubprocess\nPopen\n(', command, 'tR'], 'subprocess.Popen'],
    ['STACK_GLOBAL os.system', [text('os'), text('system'), 0x93, command, 0x85, 'R'], 'os.system'],
    [
      'STACK_GLOBAL through a dotted name',
      [text('collections'), text('OrderedDict.__init__.__globals__'), 0x93],
      'collections.OrderedDict.__init__.__globals__',
    ],
    ['INST', ['(', command, 'ios\nsystem\n'], 'os.system'],
    ['OBJ', ['(cos\nsystem\n', command, 'o'], 'os.system'],
    ['NEWOBJ', ['cos\nsystem\n', command, 0x85, 0x81], 'os.system'],
    ['a name that is never called', ['}', text('weight'), 'cos\nsystem\ns'], 'os.system'],
    [
      'nested in the arguments of a harmless call',
      ['ccollections\nOrderedDict\n(](', text('k'), 'cos\nsystem\n(', command, 'tRletR'],
      'os.system',
    ],
    ['a pickled module', ['ctorch.nn.modules.linear\nLinear\n)', 0x81], 'torch.nn.modules.linear.Linear'],
    [
      'bytes that are a checkpoint themselves',
      ['ctorch.storage\n_load_from_bytes\n'],
      'torch.storage._load_from_bytes',
    ],
    ['getattr', ['cbuiltins\ngetattr\n'], 'builtins.getattr'],
    ['a name of JavaScript objects', ['cbuiltins\n__proto__\n'], 'builtins.__proto__'],
  ])('refuses %s by name', (_, parts, name) => {
    expect(() => read(...parts)).toThrow(CheckpointError);
    expect(() => read(...parts)).toThrow(`asks for "${name}"`);
  });

  it('refuses before any tensor is made', () => {
    const decode = vi.spyOn(TensorRecord.prototype, 'decode');
    const tensor = tensorPickle({ elements: 4, dims: [4], strides: [1] });
    expect(() => read('](', tensor, 'cos\nsystem\ne')).toThrow('os.system');
    expect(decode).not.toHaveBeenCalled();
    read('](', tensor, 'e');
    expect(decode).toHaveBeenCalledOnce();
    decode.mockRestore();
  });

  it.each([
    [
      'calling a tensor',
      [tensorPickle({ elements: 4, dims: [4], strides: [1] }), ')R'],
      /calls a TensorRecord/,
    ],
    ['calling what a call gave', ['ccollections\nOrderedDict\n)R)R'], /calls a dict/],
    ['calling a name that is only data', ['cbuiltins\nint\n(', text('1'), 'tR'], /calls builtins.int/],
    [
      'BUILD on a tensor',
      [tensorPickle({ elements: 4, dims: [4], strides: [1] }), '}b'],
      /attributes are set on a TensorRecord/,
    ],
    ['BUILD on a class', ['ccollections\nOrderedDict\n}b'], /attributes are set on collections.OrderedDict/],
    ['BUILD on a list', [']}b'], /attributes are set on a list/],
    [
      'BUILD of a Namespace with a list',
      ['cargparse\nNamespace\n)', 0x81, ']b'],
      /attributes of argparse.Namespace expected, got a list/,
    ],
    ['APPEND to a tuple', [')Na'], /appended to a tuple/],
    ['SETITEM in a list', [']NNs'], /set in a list/],
    [
      'allocating by a number',
      ['cbuiltins\nbytearray\nJ', u32(0x7fffffff), 0x85, 'R'],
      /bytes expected, got a number/,
    ],
    ['another encoding', ['c_codecs\nencode\n', text('a'), text('zip'), 0x86, 'R'], /encodes bytes as zip/],
    ['NumPy objects', ['cnumpy\ndtype\n', text('O8'), 0x85, 'R'], /NumPy data of type "O8"/],
    ['keyword arguments', ['ccollections\nOrderedDict\n)}', text('a'), 'Ns', 0x92], /keyword arguments/],
    ['the extension registry', [0x82, 1], /extension registry/],
    ['out-of-band buffers', [0x97], /out-of-band/],
    ['a persistent id that is text', ['Pmodule\n'], /persistent id expected/],
    ['a persistent id of a module', ['(', text('module'), 'tQ'], /not of a storage/],
    [
      'a storage of another class',
      ['(', text('storage'), 'ccollections\nCounter\n', text('0'), text('cpu'), 'K\x04tQ'],
      /storage class expected/,
    ],
    ['an unknown opcode', [0xff], /unknown opcode 0xff/],
    ['a newer protocol', [0x80, 6], /protocol 6/],
    ['an empty stack', ['0'], /empty stack/],
    ['a missing mark', ['t'], /mark is missing/],
    ['values from below a mark', ['N(a'], /empty stack/],
    ['a memo that was never written', ['h\x07'], /memo 7 was never written/],
    ['an endless integer', [0x8b, u32(100_000)], /integer of 100000 bytes/],
    ['text that is not UTF-8', ['X', u32(2), 0xc3, 0x28], /not UTF-8/],
  ])('refuses %s', (_, parts, message) => {
    expect(() => read(...parts)).toThrow(CheckpointError);
    expect(() => read(...parts)).toThrow(message);
  });
});

describe('pickles that ask for memory or time', () => {
  it('refuses a container that holds itself', () => {
    expect(() => read(']q\x00h\x00a')).toThrow(/circular/);
    expect(() => read('}q\x00', text('self'), 'h\x00s')).toThrow(/circular/);
    expect(() => read(']q\x00(h\x00ta')).toThrow(/circular/);
  });

  it('keeps a list that is shared shared, and refuses one that doubles thirty times', () => {
    const [left, right] = read(doubled(1).subarray(0)) as [unknown, unknown];
    expect(left).toBe(right);
    expect(() => read(doubled(30))).toThrow(/more than 4000000 values/);
  });

  it('refuses nesting that would exhaust the stack, however it is written', () => {
    const nested = `${']'.repeat(100_000)}${'a'.repeat(99_999)}`;
    expect(() => read(nested)).toThrow(/nested deeper/);
    const chain = Array.from({ length: 2_000 }, (_, index) =>
      bytesOf(']r', u32(index + 1), 'j', u32(index), 'a'),
    );
    const list = bytesOf('(]r', u32(0), ...chain, 'l');
    expect(() => read(list)).toThrow(/nested deeper/);
  });

  it('stops a pickle that makes too many containers', () => {
    expect(() => read(new Uint8Array(600_000).fill(0x7d))).toThrow(/steps of unpickling/);
  });

  it('stops a pickle that copies one container again and again', () => {
    const large = bytesOf('](', new Uint8Array(100_000).fill(0x4e), 'eq\x00');
    const copy = bytesOf('cbuiltins\nlist\nh\x00', 0x85, 'R');
    expect(() => read(large, ...Array.from({ length: 100 }, () => copy))).toThrow(/steps of unpickling/);
    const letters = bytesOf('X', u32(8_000_000), new Uint8Array(8_000_000).fill(0x61), 'q\x00');
    const encode = bytesOf('c_codecs\nencode\nh\x00', text('latin1'), 0x86, 'R');
    expect(() => read(letters, ...Array.from({ length: 10 }, () => encode))).toThrow(/steps of unpickling/);
  });

  it('stops a pickle that fills one Namespace again and again', () => {
    const entries = Array.from({ length: 50_000 }, (_, index) => bytesOf('J', u32(index), 'N'));
    const state = bytesOf('}(', ...entries, 'uq\x00');
    const build = bytesOf('h\x00b');
    expect(() =>
      read(state, 'cargparse\nNamespace\n)', 0x81, ...Array.from({ length: 60 }, () => build)),
    ).toThrow(/steps of unpickling/);
  });
});

describe('tensors that reach outside their storage', () => {
  it.each([
    [{ elements: 4, dims: [5], strides: [1] }, /last element would be number 4, the storage has 4/],
    [{ elements: 4, offset: 1, dims: [4], strides: [1] }, /number 4/],
    [{ elements: 4, dims: [2, 2], strides: [3, 1] }, /number 4/],
    [{ elements: 4, dims: [2, 2], strides: [1] }, /a stride is needed for every dimension/],
    [{ elements: 4, dims: [-2], strides: [1] }, /integers from 0/],
    [{ elements: 4, dims: [2], strides: [-1] }, /integers from 0/],
    [{ elements: 4, offset: -1, dims: [2], strides: [1] }, /integers from 0/],
    [
      { elements: 4, dims: new Array<number>(7).fill(0x7fffffff), strides: new Array<number>(7).fill(0) },
      /too many elements/,
    ],
    [
      { elements: 4, dims: new Array<number>(65).fill(1), strides: new Array<number>(65).fill(0) },
      /65 dimensions/,
    ],
    [{ elements: 5, dims: [4], strides: [1] }, /should hold 5 float32 \(20 bytes\), the file has 16/],
    [
      { elements: 4, storageClass: 'HalfStorage', dims: [4], strides: [1] },
      /should hold 4 float16 \(8 bytes\)/,
    ],
    [{ elements: 4, key: '1', dims: [4], strides: [1] }, /no data for storage "1"/],
  ])('refuses %j', (tensor, message) => {
    expect(() => read(tensorPickle(tensor))).toThrow(CheckpointError);
    expect(() => read(tensorPickle(tensor))).toThrow(message);
  });

  it('refuses one storage that is described in two ways', () => {
    const floats = tensorPickle({ elements: 4, dims: [4], strides: [1] });
    const halves = tensorPickle({ elements: 8, storageClass: 'HalfStorage', dims: [4], strides: [1] });
    expect(() => read('](', floats, halves, 'e')).toThrow(/4 float32 at one place and 8 float16 at another/);
  });
});
