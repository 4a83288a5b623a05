import type { AppContext, AppInstance } from '../context.ts';
import { translateDescription } from '../openapi.ts';
import { translateForm, translateQuery } from '../schemas.ts';
import { answerTranslation } from '../translation-answer.ts';
import { pictureRoute } from './picture-route.ts';

/** `POST /translate/{model}`: a picture in, a picture or several out. */
export function translateRoute(app: AppInstance, context: AppContext): void {
  pictureRoute(app, context, {
    action: 'translate',
    description: translateDescription,
    query: translateQuery,
    form: translateForm,
    answer: answerTranslation,
  });
}
