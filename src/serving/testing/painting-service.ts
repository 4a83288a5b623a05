import { blankPixels, type Colour, decode, encode, type Pixels } from '../../image/index.ts';
import { LanePool } from '../../runtime/index.ts';
import { copyModel } from './copy-model.ts';
import { type FormPart, form, startHarness } from './harness.ts';
import { writePackage } from './model-package.ts';
import { tinyQuantization } from './tiny-vector-quantized.ts';
import { writeVectorQuantizedPackage } from './vector-quantized-package.ts';

const { pixelsPerCode, codebookSize } = tinyQuantization;

export interface Sending {
  readonly image?: Uint8Array;
  readonly styles?: readonly Uint8Array[];
  readonly model?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A service on a real lane with models of codes: `both` can do everything, its prior with published conditioning; `long` too,
 * with whole conditioning; `imported` has no prior and no distribution of styles; `copy` is none.
 */
export async function startPaintingService(environment: Readonly<Record<string, string>> = {}) {
  const service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' }),
    environment,
    models: async (root) => {
      await writeVectorQuantizedPackage(root, { name: 'both' });
      await writeVectorQuantizedPackage(root, { name: 'imported', prior: false, styles: false });
      await writeVectorQuantizedPackage(root, {
        name: 'long',
        edit: ({ translator }) => {
          if (translator.kind === 'vector-quantized')
            Object.assign(translator.prior ?? {}, { conditioning: 'whole' });
        },
      });
      await writePackage(root, { name: 'copy', onnx: copyModel });
    },
  });

  const post = (action: string, fields: Readonly<Record<string, string>> = {}, sending: Sending = {}) => {
    const { image, styles = [], model = 'both', query = '', headers = {} } = sending;
    const body = form([
      ...(image ? [file('image', image)] : []),
      ...styles.map((each) => file('style', each)),
      ...Object.entries(fields).map(([name, content]) => ({ name, content })),
    ]);
    return service.app.inject({
      method: 'POST',
      url: `/${action}/${model}${query}`,
      headers: { ...body.headers, ...headers },
      payload: body.payload,
    });
  };
  const metric = async (line: RegExp): Promise<number> => {
    const { body } = await service.app.inject({ url: '/metrics' });
    return Number(line.exec(body)?.[1] ?? 0);
  };
  return { ...service, post, metric };
}

function file(name: string, content: Uint8Array): FormPart {
  return { name, content, filename: 'a.png', type: 'image/png' };
}

/** A picture of these codes, row by row. */
export function pictureOf(rows: readonly (readonly number[])[]): Promise<Uint8Array> {
  const width = (rows[0]?.length ?? 0) * pixelsPerCode;
  const size = { width, height: rows.length * pixelsPerCode };
  const data = blankPixels(size).data.map((_, index) => {
    const pixel = Math.floor(index / 3);
    const row = Math.floor(pixel / width / pixelsPerCode);
    const code = rows[row]?.[Math.floor((pixel % width) / pixelsPerCode)] ?? 0;
    return index % 3 === 0 ? (256 / codebookSize) * code + 5 : 0;
  });
  return encode({ ...size, data }, { format: 'png' });
}

export function stylePicture(colour: Colour): Promise<Uint8Array> {
  return encode(blankPixels({ width: 16, height: 16 }, colour), { format: 'png' });
}

/** What a painted picture shows of what it was made of. */
export interface Painted {
  readonly size: readonly [width: number, height: number];
  /** Row by row. */
  readonly codes: readonly (readonly number[])[];
  /** Green and blue of each column of codes. */
  readonly looks: readonly (readonly [green: number, blue: number])[];
}

export async function readPainted(bytes: Uint8Array): Promise<Painted> {
  const pixels = await decode(bytes);
  const { width, height } = pixels;
  const columns = Array.from({ length: Math.floor(width / pixelsPerCode) }, (_, index) => index);
  const rows = Array.from({ length: Math.floor(height / pixelsPerCode) }, (_, index) => index);
  return {
    size: [width, height],
    codes: rows.map((row) =>
      columns.map((column) => Math.floor(((colourAt(pixels, column, row)[0] ?? 0) * codebookSize) / 256)),
    ),
    looks: columns.map((column) => {
      const [, green = 0, blue = 0] = colourAt(pixels, column, 0);
      return [green, blue];
    }),
  };
}

function colourAt({ width, data }: Pixels, column: number, row: number): readonly number[] {
  const offset = (row * width + column) * pixelsPerCode * 3;
  return [...data.subarray(offset, offset + 3)];
}
