import { vi } from 'vitest';
import { runProgram } from '../program.ts';

export interface CapturedRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `unpaired` in this process and captures what it writes. */
export async function captureProgram(...argv: readonly string[]): Promise<CapturedRun> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  try {
    const code = await runProgram(argv);
    return { code, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
