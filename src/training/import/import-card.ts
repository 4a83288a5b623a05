import { basename } from 'node:path';
import type { Manifest } from '../../core/manifest.ts';
import { cardText, chosenPicturesText, commandBlock, parametersText } from '../export/card-layout.ts';
import { sizeText } from '../export/image-policy.ts';
import type { NamedImport } from './import-request.ts';

/** What an import found out beyond what it was told. */
export interface ImportFacts {
  readonly image: Manifest['image'];
  /** What the network was recognised as. */
  readonly generator: string;
  readonly parameters: number | undefined;
  /** Of the imported file, in hexadecimal digits. */
  readonly sha256: string;
  /** Of the file that the second stage was imported from, where it has one of its own. */
  readonly priorSha256?: string;
  /** The same of the classifier. */
  readonly classifierSha256?: string;
  /** What the preview shows beside each picture, where that is not its translation. */
  readonly beside?: string;
}

function previewText({ beside }: ImportFacts): string {
  return beside === undefined
    ? chosenPicturesText
    : `The preview shows chosen pictures, each beside ${beside}.`;
}

function fileText(file: string, sha256: string | undefined): string {
  return `\`${basename(file)}\` (sha256 ${sha256 ?? 'unknown'})`;
}

function filesText({ file, prior, classifier }: NamedImport, facts: ImportFacts): string {
  const files = [fileText(file, facts.sha256)];
  if (prior !== undefined) files.push(`with the prior, ${fileText(prior, facts.priorSha256)}`);
  if (classifier !== undefined) {
    files.push(`with the classifier, ${fileText(classifier, facts.classifierSha256)}`);
  }
  return files.join(' and, ');
}

/** CARD.md of an imported model: what is known of it, and what is not. */
export function importCard(request: NamedImport, facts: ImportFacts): string {
  const { name, version, description, pictures, commands, software } = request;
  const count = facts.parameters === undefined ? '' : `, ${parametersText(facts.parameters)}`;
  const made = `Imported by ${software} from a file called ${filesText(request, facts)}.`;
  const training =
    commands.length > 0 ? commandBlock(commands) : 'How its weights were trained is not stated.';
  return cardText({
    name,
    version,
    description,
    preview: pictures.length > 0 ? previewText(facts) : undefined,
    facts: {
      direction: `${request.source} to ${request.target}`,
      method: request.method,
      generator: `${facts.generator}${count}`,
      size: sizeText(facts.image),
    },
    sections: {
      'Data and licence': `${request.dataset ?? 'What it was trained on is not stated.'}\n\n${
        request.datasetLicence ?? 'Licence of the data and of the weights: not stated.'
      }`,
      Limits:
        request.limits ?? 'Not stated. Pictures unlike those that it was trained on are translated badly.',
      'How it was made': `${made}\n\n${training}`,
    },
  });
}
