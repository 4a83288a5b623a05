export { preferredMediaType } from './accept.ts';
export { resizeBicubic } from './bicubic.ts';
export { contactSheet } from './contact-sheet.ts';
export { type DecodeTarget, decode, openPicture, type Picture } from './decode.ts';
export {
  type EncodeOptions,
  encode,
  OutputSizeUnsupportedError,
  QualityInvalidError,
  qualityOf,
} from './encode.ts';
export { cutAnswer, decodeForModel, type ModelInput, type ModelInputOptions } from './fit.ts';
export { bytePlanes, resizeBicubicPlanes, resizeBilinearPlanes } from './float-resize.ts';
export { drawGrid, type GridOptions } from './grid.ts';
export {
  type DecodeLimits,
  defaultDecodeLimits,
  ImageAnimatedError,
  ImageCorruptError,
  ImageEmptyError,
  ImageTooLargeError,
  ownFileLimits,
  type PictureHeader,
} from './header.ts';
export {
  acceptedFormats,
  ImageFormatUnsupportedError,
  type InputFormat,
  inputFormats,
} from './input-format.ts';
export {
  negotiateOutputFormat,
  type OutputFormat,
  OutputFormatUnsupportedError,
  outputFormatNames,
  outputFormats,
  parseOutputFormat,
} from './output-format.ts';
export { blankPixels, type Colour, type Pixels, pixelsFrom, type Size } from './pixels.ts';
export { fromPlanes, toPlanes } from './planes.ts';
export { crop, extendEdges, flipHorizontally, paste, type Region } from './region.ts';
export { type Fit, resizeTo } from './resize.ts';
export {
  type ImagePolicy,
  ImageTooNarrowError,
  planSize,
  type SizePlan,
  type SizeRequest,
  SizeUnsupportedError,
  sizeRequests,
} from './size-plan.ts';
export { renderSvg } from './svg.ts';
export {
  centreParameters,
  drawParameters,
  keepsOwnSizes,
  type Preprocess,
  preprocessModes,
  scaledSize,
  type TransformOptions,
  type TransformParameters,
  transform,
} from './transforms.ts';
