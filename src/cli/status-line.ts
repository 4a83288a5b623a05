type Terminal = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

const eraseLine = '\r\u001b[2K';

/** One line at the bottom of a terminal that says how far things are; elsewhere only the messages are printed. */
export class StatusLine {
  readonly #stream: Terminal;
  #text = '';

  constructor(stream: Terminal = process.stderr) {
    this.#stream = stream;
  }

  show(text: string): void {
    this.#text = text;
    if (this.#stream.isTTY) this.#stream.write(`${eraseLine}${text}`);
  }

  /** Prints a line that stays, above the status. */
  message(line: string): void {
    if (!this.#stream.isTTY) this.#stream.write(`${line}\n`);
    else this.#stream.write(`${eraseLine}${line}\n${this.#text}`);
  }

  /** Prints a result to standard output, which may be the same terminal. */
  result(line: string, output: Pick<NodeJS.WriteStream, 'write'> = process.stdout): void {
    if (this.#stream.isTTY) this.#stream.write(eraseLine);
    output.write(`${line}\n`);
    if (this.#stream.isTTY) this.#stream.write(this.#text);
  }

  clear(): void {
    this.show('');
  }
}
