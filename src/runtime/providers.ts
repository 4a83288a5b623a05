import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { messageOf, UnpairedError } from '../core/errors.ts';
import { type InferenceSession, loadOrt } from './onnxruntime.ts';
import { vulkanDrivers } from './vulkan-drivers.ts';

/** Where a session computes. */
export type ActiveProvider = 'cpu' | 'cuda' | 'webgpu';
/** What may be asked for; `auto` is the first of cuda, webgpu and cpu that really works. */
export type Provider = ActiveProvider | 'auto';

export interface ProviderChoice {
  readonly provider: ActiveProvider;
  /** One line: why something faster is not used. Set by `auto` only. */
  readonly note?: string;
}

/** The provider that was asked for by name cannot run here; the message is one line and says what to install. */
export class ProviderUnavailableError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, {
      code: 'PROVIDER_UNAVAILABLE',
      status: 500,
      publicMessage: 'The configured execution provider is not available.',
      ...options,
    });
  }
}

const remedies: Record<ActiveProvider, string> = {
  cpu: 'reinstall onnxruntime-node for this platform',
  cuda: 'install an NVIDIA driver, CUDA 12 and cuDNN 9, and put their libraries on LD_LIBRARY_PATH',
  webgpu: 'install a Vulkan loader (libvulkan1) and the Vulkan driver of the graphics card',
};

const choices = new Map<string, Promise<ProviderChoice>>();

/**
 * Decides what really runs, by creating and running a tiny session: libraries that are present but broken, or a card
 * without a driver, show only then. The answer is kept for the life of the process.
 * @param deviceId number of the CUDA device, 0 for the first
 * @throws ProviderUnavailableError when a provider asked for by name does not work; `auto` never throws for that
 */
export function chooseProvider(requested: Provider, deviceId = 0): Promise<ProviderChoice> {
  const key = `${requested}:${deviceId}`;
  const known = choices.get(key);
  if (known !== undefined) return known;
  const choice = requested === 'auto' ? chooseFastest(deviceId) : insistOn(requested, deviceId);
  choices.set(key, choice);
  return choice;
}

/** The provider list of onnxruntime-node's session options. */
export function executionProviders(
  provider: ActiveProvider,
  deviceId: number,
): InferenceSession.ExecutionProviderConfig[] {
  return provider === 'cuda' ? [{ name: 'cuda', deviceId }] : [provider];
}

async function chooseFastest(deviceId: number): Promise<ProviderChoice> {
  try {
    return await insistOn('cuda', deviceId);
  } catch (withoutCuda) {
    const note = messageOf(withoutCuda);
    if (!vulkanDriverInstalled()) return { provider: 'cpu', note: `running on the CPU: ${note}` };
    try {
      return { ...(await insistOn('webgpu', deviceId)), note: `running on WebGPU: ${note}` };
    } catch (withoutWebgpu) {
      return { provider: 'cpu', note: `running on the CPU: ${note}; ${messageOf(withoutWebgpu)}` };
    }
  }
}

/** Elsewhere than on Linux the system brings what WebGPU needs. */
function vulkanDriverInstalled(): boolean {
  return process.platform !== 'linux' || vulkanDrivers().length > 0;
}

async function insistOn(provider: ActiveProvider, deviceId: number): Promise<ProviderChoice> {
  if (provider === 'cuda') requireCudaLibrary();
  try {
    await probe(provider, deviceId);
    return { provider };
  } catch (cause) {
    const reason = messageOf(cause).replaceAll(/\s+/g, ' ').trim();
    const message = `provider ${provider} does not work here (${reason}); ${remedies[provider]}`;
    throw new ProviderUnavailableError(message, { cause });
  }
}

/**
 * The CUDA half of ONNX Runtime is not in the npm package; its install step downloads it. Looking for the file first
 * gives the right advice, and keeps `auto` from printing ONNX Runtime's own error on every machine without a GPU.
 */
function requireCudaLibrary(): void {
  if (cudaLibraryInstalled()) return;
  throw new ProviderUnavailableError(
    `provider cuda does not work here (ONNX Runtime's CUDA library is not installed); on 64-bit Intel or AMD Linux ` +
      `run "ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js", it needs CUDA 12 and cuDNN 9`,
  );
}

function cudaLibraryInstalled(): boolean {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const binaries = path.join(path.dirname(entry), '..', 'bin');
  const library = path.join(process.platform, process.arch, 'libonnxruntime_providers_cuda.so');
  return readdirSync(binaries).some((version) => existsSync(path.join(binaries, version, library)));
}

/**
 * y = Conv(x, x) over float32 [1, 1, 1, 1], so y = x^2: a convolution because on CUDA it also needs cuDNN.
 * The file, field by field of onnx.proto3: IR version 8; graph { node Conv(x, x) -> y; name tiny; input x; output y };
 * operator set 17.
 */
const pixelShape = '0a0208010a0208010a0208010a020801';
const squareModel = Buffer.from(
  [
    '0808',
    '3a51',
    '0a0f0a01780a01781201792204436f6e76',
    '120474696e79',
    `5a1b0a017812160a1408011210${pixelShape}`,
    `621b0a017912160a1408011210${pixelShape}`,
    '42021011',
  ].join(''),
  'hex',
);

async function probe(provider: ActiveProvider, deviceId: number): Promise<void> {
  const { InferenceSession, Tensor } = await loadOrt();
  const session = await InferenceSession.create(squareModel, {
    executionProviders: executionProviders(provider, deviceId),
    intraOpNumThreads: 1,
  });
  const outputs = await session.run({ x: new Tensor('float32', Float32Array.of(3), [1, 1, 1, 1]) });
  await session.release();
  const square = Number(outputs.y?.data[0]);
  if (square !== 9) throw new Error(`a 1x1 convolution gave ${square}, expected 9`);
}
