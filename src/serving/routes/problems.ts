import type { AppInstance } from '../context.ts';
import { RouteNotFoundError } from '../errors.ts';
import { problemResponse } from '../openapi.ts';
import { problemTable, problemTitle, problemType } from '../problem-table.ts';
import { problemKind, problemKinds, problemParams } from '../schemas.ts';

const kinds = Object.entries(problemTable).map(([code, { status, meaning }]) => ({
  type: problemType(code),
  title: problemTitle(code),
  status,
  meaning,
}));

/** `GET /problems` and `GET /problems/{problem}`: what the `type` of a problem document points to. */
export function problemRoutes(app: AppInstance): void {
  const list = { tags: ['problems'], summary: 'List every problem', response: { 200: problemKinds } };
  app.get('/problems', { schema: list }, async () => ({ problems: kinds }));

  const describe = {
    tags: ['problems'],
    summary: 'Describe a problem',
    params: problemParams,
    response: { 200: problemKind, 404: problemResponse('There is no such problem.') },
  };
  app.get('/problems/:problem', { schema: describe }, async (request) => {
    const type = `/problems/${request.params.problem}`;
    const kind = kinds.find((each) => each.type === type);
    if (kind === undefined) throw new RouteNotFoundError('GET', type);
    return kind;
  });
}
