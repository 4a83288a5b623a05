import type { AppContext, AppInstance } from '../context.ts';
import { picturesDescription } from '../openapi.ts';
import { planCompletion } from '../painting/complete.ts';
import { planExtension } from '../painting/extend.ts';
import { planGeneration } from '../painting/generate.ts';
import { answerPainting, type Painter } from '../painting/painting-answer.ts';
import { paintingOf } from '../painting/painting-of.ts';
import { paintingFields } from '../painting/schemas.ts';
import { planTransition } from '../painting/transition.ts';
import type { PaintingWishes } from '../painting/wishes.ts';
import type { Fields, ValuesOf } from '../schemas.ts';
import type { Ability } from '../translators/abilities.ts';
import type { UrgencyWishes } from '../urgency.ts';
import { pictureRoute } from './picture-route.ts';

/** What is painted, and how /docs says it. */
interface PaintingRoute<Form extends Fields<PaintingWishes & UrgencyWishes['options']>> {
  readonly ability: Exclude<Ability, 'translate'>;
  readonly summary: string;
  readonly description: string;
  readonly fields: { readonly query: Fields; readonly form: Form };
  readonly planOf: Painter<ValuesOf<Form>>['planOf'];
}

/** `POST /generate/{model}`, `/extend`, `/complete`, `/transition`: what models of codes can do beside translating. */
export function paintingRoutes(app: AppInstance, context: AppContext): void {
  const add = <Form extends Fields<PaintingWishes & UrgencyWishes['options']>>(route: PaintingRoute<Form>) =>
    addRoute(app, context, route);
  add({
    ability: 'generate',
    summary: 'Make pictures up',
    description:
      'For models with `generate` in capabilities.requests. The body may be empty: everything has a default. Each picture has codes of its own, and without `style` and `attribute` a sampled style.',
    fields: paintingFields.generate,
    planOf: planGeneration,
  });
  add({
    ability: 'extend',
    summary: 'Continue a picture to the left and right',
    description:
      'For models with `extend` in capabilities.requests. The picture, as the form field `image` or as the body itself, comes back as the model paints it, with `left` and `right` more pixels at its sides, at least one of them above 0. It keeps its own style unless `style`, `attribute` or another domain (`to`) is given; for another domain without a style, one is sampled.',
    fields: paintingFields.extend,
    planOf: planExtension,
  });
  add({
    ability: 'complete',
    summary: 'Complete a picture of which a part is given',
    description:
      'For models with `complete` in capabilities.requests. Of the picture, as the form field `image` or as the body itself, the part that `given` names or that `mask` marks is kept, and the rest made up. Its style is found as for an extension.',
    fields: paintingFields.complete,
    planOf: planCompletion,
  });
  add({
    ability: 'transition',
    summary: 'Paint a picture in styles that change across it',
    description:
      'For models with `transition` in capabilities.requests. The picture, or without one made-up content of `width` x `height` codes, is painted in vertical strips, whose styles lead from the first of `attribute` and `style` through the others to the last: two or more are needed.',
    fields: paintingFields.transition,
    planOf: planTransition,
  });
}

function addRoute<Form extends Fields<PaintingWishes & UrgencyWishes['options']>>(
  app: AppInstance,
  context: AppContext,
  { ability, summary, description, fields, planOf }: PaintingRoute<Form>,
): void {
  pictureRoute(app, context, {
    ...fields,
    action: ability,
    description: picturesDescription('pictures of codes', summary, description),
    require: (model) => void paintingOf(model, ability),
    answer: (model, wanted, own) =>
      answerPainting({ model, codes: paintingOf(model, ability), planOf }, wanted, own),
  });
}
