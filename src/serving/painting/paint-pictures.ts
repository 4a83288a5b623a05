import type { CodeSize } from '../../core/code-map/code-map.ts';
import { crop, type DecodeLimits, decodeForModel, flipHorizontally, type Pixels } from '../../image/index.ts';
import { admitted } from '../admitted.ts';
import type { MadePicture } from '../answers/made-picture.ts';
import { requirePresence } from '../departure.ts';
import type { AttributeCode } from '../guidance/attribute-code.ts';
import { refuse } from '../guidance/plan.ts';
import type { StyleCodes } from '../guidance/style-codes.ts';
import { openStyles, readStyles } from '../guidance/styles.ts';
import { modelInto } from '../guidance/target-domain.ts';
import { NetworkRuns } from '../network-runs.ts';
import type { ReadyModel } from '../open-package.ts';
import type { TranslationRequest } from '../pipeline.ts';
import type { Scheduler } from '../scheduler.ts';
import { StageClock } from '../stage-clock.ts';
import type { CodePainting } from '../translators/code-painting.ts';
import { blankMaps, type GivenMaps } from './composition.ts';
import { type DrawingObserver, drawPictures } from './draw-pictures.ts';
import type { PaintedLook } from './looks.ts';
import { PictureMap } from './picture-map.ts';
import type { PaintingPlan } from './plan.ts';

/** Pictures of codes as the pipeline takes them. */
export interface PaintingRequest
  extends Pick<TranslationRequest<unknown>, 'urgency' | 'decoded' | 'watcher' | 'signal'> {
  readonly model: ReadyModel;
  /** Of the model. */
  readonly codes: CodePainting;
  readonly plan: PaintingPlan;
  readonly clock: StageClock;
}

export interface PaintingDependencies {
  readonly scheduler: Scheduler;
  readonly styleCodes: StyleCodes;
  readonly limits: DecodeLimits;
  /** Most codes that are drawn for one picture. */
  readonly mostCodes: number;
  readonly observer: DrawingObserver;
}

/**
 * Pictures of codes: admit, decode, read codes and styles, draw codes, paint, and answer. Whatever the size of the given
 * picture forbids is refused before anything is run.
 * @throws what its steps throw; GuidanceError before anything was run
 */
export async function paintPictures<Answer>(
  request: PaintingRequest,
  answer: (pictures: readonly MadePicture[]) => Promise<Answer>,
  { scheduler, styleCodes, limits, mostCodes, observer }: PaintingDependencies,
): Promise<Answer> {
  const { model, codes, plan, clock, urgency, watcher, signal, decoded } = request;
  const styled = { model: modelInto(model, plan.domain), styleCodes };
  const options = { model, scheduler, clock, urgency, watcher, signal };
  return admitted(plan.looks.pictures, options, async (runs) => {
    const [pixels, styles] = await clock.time('decode', () =>
      Promise.all([decodeGiven(request, limits), openStyles(plan.looks.styles, { ...styled, limits })]),
    );
    requireDrawable(plan, codes, { pixels, mostCodes });
    decoded?.();
    requirePresence(signal);
    const [given, own, styleCodesRead] = await Promise.all([
      readMaps(plan, codes, { pixels, runs }),
      readOwn(plan, codes, { pixels, runs }),
      readStyles(styles, { ...styled, runNetwork: runs.run }),
    ]);
    const composition = plan.compose(given);
    const looks = plan.looks.looks(styleCodesRead, own, composition.width);
    const painted = await drawPictures(
      { plan, codes, composition, looks, watcher, observer },
      { runs, previewRuns: previewRunsOf(request, scheduler) },
    );
    requirePresence(signal);
    const { cut } = composition;
    const cuts = await clock.time('postprocess', () =>
      painted.map((each) => (cut === undefined ? each : crop(each, cut))),
    );
    const answered = await answer(cuts.map((each, index) => madePicture(each, plan, looks[index])));
    requirePresence(signal);
    return answered;
  });
}

/** At least as large as the window of the prior: smaller maps are not drawn. */
async function decodeGiven(
  { model, codes, plan: { given, drawing } }: PaintingRequest,
  limits: DecodeLimits,
): Promise<Pixels | undefined> {
  if (given === undefined) return undefined;
  const { pixelsPerCode, prior } = codes;
  const { multipleOf } = model.image;
  const window = drawing && prior?.sampling.window;
  const isOdd = (multipleOf / pixelsPerCode) % 2 === 1;
  const whole = {
    least: { width: (window?.width ?? 0) * pixelsPerCode, height: (window?.height ?? 0) * pixelsPerCode },
    multipleOf: given.isEven && isOdd ? 2 * multipleOf : multipleOf,
  };
  const { size, image } = given;
  return (await decodeForModel(image, { policy: model.image, size, limits, whole })).pixels;
}

/** @throws GuidanceError */
function requireDrawable(
  plan: PaintingPlan,
  codes: CodePainting,
  { pixels, mostCodes }: { readonly pixels: Pixels | undefined; readonly mostCodes: number },
): void {
  const composition = plan.compose(pixels && blankMaps(sizeInCodes(pixels, codes)));
  const { total } = new PictureMap(composition, codes, plan.decidingField);
  if (total > mostCodes)
    refuse(
      plan.decidingField,
      `${total} codes would be made up for a picture; this service makes up at most ${mostCodes} (MAX_DRAWN_CODES)`,
    );
}

function sizeInCodes({ width, height }: Pixels, { pixelsPerCode }: CodePainting): CodeSize {
  return { width: width / pixelsPerCode, height: height / pixelsPerCode };
}

/** What a request brings, and what reads it. */
interface Reading {
  readonly pixels: Pixels | undefined;
  readonly runs: NetworkRuns;
}

async function readMaps(
  { given }: PaintingPlan,
  codes: CodePainting,
  { pixels, runs }: Reading,
): Promise<GivenMaps | undefined> {
  if (pixels === undefined) return undefined;
  const [map, mirrored] = await Promise.all([
    codes.encode(pixels, runs.run),
    given?.isMirrored ? codes.encode(flipHorizontally(pixels), runs.run) : undefined,
  ]);
  return { map, mirrored };
}

async function readOwn(
  { looks, domain }: PaintingPlan,
  codes: CodePainting,
  { pixels, runs }: Reading,
): Promise<AttributeCode | undefined> {
  return looks.own && pixels ? codes.attributes(domain).encode(pixels, runs.run) : undefined;
}

/** Behind all that waits: whoever looks on can wait. */
function previewRunsOf({ model, signal }: PaintingRequest, scheduler: Scheduler): NetworkRuns {
  const urgency = { priority: 'low', deadline: Number.POSITIVE_INFINITY } as const;
  return new NetworkRuns({ model, scheduler, clock: new StageClock(), urgency, signal });
}

/** Strips have many codes, of which none is the picture's. */
function madePicture(pixels: Pixels, { drawing }: PaintingPlan, look: PaintedLook | undefined): MadePicture {
  const [attribute, ...others] = look?.strips ?? [];
  return {
    pixels,
    attribute: others.length === 0 ? attribute : undefined,
    seed: drawing?.seed,
    label: look?.label,
  };
}
