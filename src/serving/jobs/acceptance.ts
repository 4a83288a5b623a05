/** A client may take pictures as they are before they are finished. */
export interface Acceptance {
  /** Resolves when it does. */
  readonly accepted: Promise<void>;
  /** Every picture is to be seen: from now on they can be taken. */
  acceptable(): void;
}
