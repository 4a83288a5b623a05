/**
 * Every problem that the service answers with, by code: status and meaning. `type` of a problem document points to
 * /problems/{code in lower case, with dashes}, which shows its entry; a test holds the table against the code.
 */
export const problemTable: Readonly<Record<string, { readonly status: number; readonly meaning: string }>> = {
  REQUEST_INVALID: {
    status: 422,
    meaning: 'A field of the request is missing, unknown or out of range; errors names each.',
  },
  BODY_MALFORMED: { status: 400, meaning: 'The body is not what its Content-Type says, or broke off.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body has more bytes than MAX_UPLOAD_BYTES.' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, meaning: 'The body is neither multipart/form-data nor a picture.' },
  API_KEY_REQUIRED: { status: 401, meaning: 'API keys are in use, and the request has none that is known.' },
  RATE_LIMITED: {
    status: 429,
    meaning: 'The client asks more often than it may; come back after Retry-After seconds.',
  },
  UPLOADS_FULL: {
    status: 429,
    meaning:
      'MAX_CONCURRENT_UPLOADS bodies are being received or decoded; come back after Retry-After seconds.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    meaning: 'The Accept header allows none of the formats that the service writes.',
  },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'There is no such route.' },
  REQUEST_REFUSED: { status: 400, meaning: 'The HTTP request itself is not acceptable; detail says why.' },
  REQUEST_TIMEOUT: {
    status: 408,
    meaning: 'The request did not arrive within HEADERS_TIMEOUT_MS or REQUEST_TIMEOUT_MS.',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The request headers are larger than 16 KiB.' },
  HTTP_MALFORMED: { status: 400, meaning: 'What came is not HTTP/1.1.' },
  IMAGE_EMPTY: { status: 422, meaning: 'The picture has no bytes.' },
  IMAGE_FORMAT_UNSUPPORTED: { status: 415, meaning: 'The bytes are no picture in a format that is read.' },
  IMAGE_CORRUPT: { status: 422, meaning: 'The picture is truncated or damaged.' },
  IMAGE_ANIMATED: { status: 422, meaning: 'The picture has several frames; still pictures are translated.' },
  IMAGE_TOO_LARGE: {
    status: 413,
    meaning: 'The picture has more pixels than MAX_PIXELS, however few its bytes.',
  },
  IMAGE_TOO_NARROW: {
    status: 422,
    meaning: 'The picture is so long and thin that no size the model takes keeps its aspect.',
  },
  SIZE_UNSUPPORTED: { status: 422, meaning: 'size=original was asked of a model that takes one size only.' },
  QUALITY_INVALID: {
    status: 422,
    meaning: 'A quality was asked for a format that has none, or is out of range.',
  },
  OUTPUT_SIZE_UNSUPPORTED: {
    status: 422,
    meaning: 'The format asked for cannot hold a picture with such long sides.',
  },
  MODEL_UNKNOWN: { status: 404, meaning: 'There is no model of this name.' },
  VERSION_UNKNOWN: { status: 404, meaning: 'The model is there, but not in this version.' },
  REQUEST_UNSUPPORTED: {
    status: 422,
    meaning: 'The model is not of a kind that can do this; capabilities in GET /models says what it can.',
  },
  MODEL_LOADING: {
    status: 503,
    meaning: 'The model is still being opened and warmed up; come back after Retry-After seconds.',
  },
  MODEL_FAILED: {
    status: 503,
    meaning:
      'The model is there but could not be loaded; GET /models tells the reason. Retry-After is a guess.',
  },
  MODEL_UNLOADED: {
    status: 503,
    meaning: 'The model, or the version asked for, was taken out of service. Retry-After is a guess.',
  },
  MODEL_LOAD_REFUSED: {
    status: 422,
    meaning: 'Admin: the version could not be loaded; what served before still does.',
  },
  MODELS_DIR_UNREADABLE: { status: 500, meaning: 'Admin: the folder of models cannot be read.' },
  ADMIN_KEY_MISSING: { status: 401, meaning: 'Admin: the request has no key.' },
  ADMIN_KEY_WRONG: { status: 403, meaning: 'Admin: the key is not the right one.' },
  OVERLOADED: { status: 429, meaning: 'The queue is full; come back after Retry-After seconds.' },
  DEADLINE_EXCEEDED: {
    status: 504,
    meaning:
      'No lane was free, or would be, before the deadline of the request; come back after Retry-After seconds.',
  },
  STOPPING: {
    status: 503,
    meaning: 'The service is stopping; ask another replica, or this one after Retry-After seconds.',
  },
  LANE_DIED: {
    status: 500,
    meaning:
      'Two lanes were lost while they ran this picture; do not send it again: for three minutes it is not run.',
  },
  LANE_LOST: {
    status: 503,
    meaning: 'A lane was lost while it ran this picture; try again after Retry-After seconds.',
  },
  LANES_CLOSED: {
    status: 503,
    meaning: 'The service is stopping; ask another replica, or this one after Retry-After seconds.',
  },
  MODEL_NOT_LOADED: {
    status: 503,
    meaning: 'The model was taken away while this picture waited; try again after Retry-After seconds.',
  },
  MODEL_LOAD_FAILED: { status: 500, meaning: 'The model can no longer be opened on any lane.' },
  JOB_UNKNOWN: {
    status: 404,
    meaning: 'There is no such job: it was deleted, its time is over, or its process has ended.',
  },
  JOB_NOT_DONE: {
    status: 409,
    meaning: 'The job has no result yet; come back after Retry-After seconds.',
  },
  JOB_NOT_ACCEPTABLE: {
    status: 409,
    meaning: 'The job was to end with its picture as it is, and there is none, or none before its end.',
  },
  JOB_CANCELLED: { status: 410, meaning: 'The job was cancelled and has no result.' },
  JOB_RESULT_LOST: {
    status: 507,
    meaning:
      'The result of the job could not be kept: JOBS_MAX_BYTES or the disk is full. Send it again later.',
  },
  JOBS_FULL: {
    status: 429,
    meaning:
      'JOBS_MAX jobs are remembered, or their results take JOBS_MAX_BYTES; come back after Retry-After seconds.',
  },
  JOBS_PER_KEY_REACHED: {
    status: 429,
    meaning: 'JOBS_PER_KEY jobs of this API key have not ended; come back after Retry-After seconds.',
  },
  INFERENCE_INVALID: {
    status: 400,
    meaning: 'A request of the Open Inference Protocol is not what the protocol or the model asks for.',
  },
  FEEDS_INVALID: { status: 422, meaning: 'The network does not take a picture of this size.' },
  RUN_FAILED: { status: 500, meaning: 'The network failed on this picture.' },
  INVALID_ARGUMENT: {
    status: 422,
    meaning: 'A value is not acceptable; detail says which and what was expected.',
  },
  INTERNAL: { status: 500, meaning: 'A fault of the service; its log has the details under the request id.' },
};

/** `IMAGE_CORRUPT` is described at `/problems/image-corrupt`. */
export function problemType(code: string): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}

/** A title for a code: the same for every occurrence, as RFC 9457 asks. */
export function problemTitle(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
