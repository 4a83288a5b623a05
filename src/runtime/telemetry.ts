/**
 * Keeps ONNX Runtime to itself. Its builds for Linux and macOS put a device id and a database into the home
 * folder, logs into the temporary one, and report to their maker, unless this variable is set before the library
 * is loaded; no option of a session does that. A value that is there already is left alone.
 *
 * To be called on the main thread: what a worker thread sets stays in its own copy of the environment, where native code
 * does not see it.
 */
export function disableTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
}
