import type { FastifyRequest } from 'fastify';
import type { FieldFault } from './errors.ts';

/** What the framework throws when a schema does not hold. */
export interface ValidationFailure {
  readonly validationContext?: string;
  readonly validation?: readonly {
    readonly instancePath?: string;
    readonly message?: string;
    readonly params?: { readonly keys?: unknown };
  }[];
}

/** The parts of a request that schemas are held against. */
export type ValidatedRequest = Pick<FastifyRequest, 'params' | 'query' | 'headers' | 'body'>;

/** By the framework's name of each part. */
const parts: Readonly<
  Record<string, { readonly location: FieldFault['location']; readonly of: keyof ValidatedRequest }>
> = {
  params: { location: 'path', of: 'params' },
  querystring: { location: 'query', of: 'query' },
  headers: { location: 'header', of: 'headers' },
  body: { location: 'form', of: 'body' },
};

/** As much of a value as is told. */
const mostSeen = 40;

/**
 * Fields at fault, with what was expected and what there is; an unknown field is named itself, not the object it is in.
 * @param request the one that was refused, as it came
 */
export function fieldFaults(
  { validation = [], validationContext = '' }: ValidationFailure,
  request: ValidatedRequest | undefined,
): FieldFault[] {
  const part = parts[validationContext];
  const location = part?.location ?? 'body';
  return validation.flatMap(({ instancePath = '', message = 'is not acceptable', params }) => {
    if (Array.isArray(params?.keys)) {
      return params.keys.map((key) => ({
        location,
        field: String(key),
        message: 'is not a field of this request',
      }));
    }
    const path = instancePath.replace(/^\//, '').split('/');
    const value = part && valueAt(request?.[part.of], path);
    return [{ location, field: path.join('.'), message: refusal(message, location, value) }];
  });
}

function refusal(message: string, location: FieldFault['location'], value: unknown): string {
  if (location === 'query' && Array.isArray(value)) return 'is given more than once';
  if (value === undefined || typeof value === 'object') return message;
  const text = JSON.stringify(value);
  return `${message}, got ${text.length > mostSeen ? `${text.slice(0, mostSeen)}...` : text}`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}
