import { CheckpointError, quoted } from './checkpoint-error.ts';
import { storageElementType } from './pickle/torch-globals.ts';
import { asArray, asNumber, asText, type PickleValue } from './pickle/values.ts';
import { Storage } from './tensor-record.ts';

/** Finds the bytes of a storage when a tensor is made from it. */
type Fetch = (key: string) => Uint8Array | undefined;

/** The storages that a checkpoint's pickle mentions by persistent id, one object for each key. */
export class Storages {
  private readonly byKey = new Map<string, Storage>();
  private readonly fetch: Fetch;

  constructor(fetch: Fetch) {
    this.fetch = fetch;
  }

  /**
   * @param id ("storage", storage class, key, device, number of elements, and in old files a view of it or None)
   * @throws CheckpointError when the id is of another kind or contradicts an earlier one
   */
  load(id: PickleValue): Storage {
    const [kind, storageClass, key, , elements, view] = asArray(id, 'a persistent id');
    if (kind !== 'storage')
      throw new CheckpointError('the pickle is damaged: a persistent id that is not of a storage');
    const storage = this.register(
      new Storage(
        asText(key, 'the key of a storage'),
        storageElementType(storageClass),
        asCount(elements),
        () => this.bytesOf(asText(key, 'the key of a storage')),
      ),
    );
    return view === undefined || view === null
      ? storage
      : this.register(viewOf(storage, asArray(view, 'a view')));
  }

  get(key: string): Storage {
    const storage = this.byKey.get(key);
    if (storage === undefined)
      throw new CheckpointError(`the file holds a storage ${quoted(key)} that nothing mentions`);
    return storage;
  }

  private register(storage: Storage): Storage {
    const known = this.byKey.get(storage.key);
    if (known === undefined) {
      this.byKey.set(storage.key, storage);
      return storage;
    }
    if (known.elementType !== storage.elementType || known.elements !== storage.elements) {
      throw new CheckpointError(
        `storage ${quoted(storage.key)} has ${known.elements} ${known.elementType.name} at one place and ${storage.elements} ${storage.elementType.name} at another`,
      );
    }
    return known;
  }

  private bytesOf(key: string): Uint8Array {
    const bytes = this.fetch(key);
    if (bytes === undefined) throw new CheckpointError(`the file has no data for storage ${quoted(key)}`);
    return bytes;
  }
}

function asCount(value: PickleValue | undefined): number {
  const count = asNumber(value, 'the size of a storage');
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new CheckpointError(`the pickle is damaged: a storage of ${count} elements`);
}

/** (key of the view, first element, number of elements): how PyTorch 0.4 and older shared parts of a storage. */
function viewOf(root: Storage, view: readonly PickleValue[]): Storage {
  const [key, offset, elements] = [asText(view[0], 'the key of a view'), asCount(view[1]), asCount(view[2])];
  if (offset + elements > root.elements) {
    throw new CheckpointError(
      `view ${quoted(key)} of elements ${offset} to ${offset + elements}, storage ${quoted(root.key)} has ${root.elements}`,
    );
  }
  const { bytes } = root.elementType;
  return new Storage(key, root.elementType, elements, () =>
    root.bytes().subarray(offset * bytes, (offset + elements) * bytes),
  );
}
