import { withoutKeys } from './log-secrets.ts';

/** Severities by pino's numbers. */
const severities: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** What every line has and a person at a terminal does not need. */
const noise = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'reqId', 'err']);

/** One JSON line of the log as a line for people: `12:30:01 info  request  model=horse2zebra status=200`. */
export function readableLine(json: string): string {
  const entry = JSON.parse(json) as Record<string, unknown>;
  const time = new Date(Number(entry.time)).toTimeString().slice(0, 8);
  const severity = (severities[Number(entry.level)] ?? 'info').padEnd(5);
  const details = Object.entries(entry)
    .filter(([name, value]) => !noise.has(name) && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = (entry.err as { stack?: string } | undefined)?.stack;
  const line = [time, severity, String(entry.msg ?? ''), ...details].join(' ');
  return stack === undefined ? `${line}\n` : `${line}\n${stack}\n`;
}

/** Where the log goes: standard error, as JSON lines for machines, as readable lines on a terminal. */
export function logStream(
  target: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
): {
  write(line: string): void;
} {
  return {
    write: (line) => {
      const safe = withoutKeys(line);
      target.write(target.isTTY ? readableLine(safe) : safe);
    },
  };
}
