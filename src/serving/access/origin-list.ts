/** Whether a text is a list of origins as CORS_ORIGINS takes it: `*`, or scheme, host and port without a path. */
export function isOriginList(text: string): boolean {
  return (
    text === '*' || splitOrigins(text).every((each) => URL.canParse(each) && new URL(each).origin === each)
  );
}

/** The origins of a list. */
export function splitOrigins(text: string): string[] {
  return text.split(',').map((each) => each.trim());
}
