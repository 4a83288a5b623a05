import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Where Vulkan's loader looks on Linux, of the places that a package installs to. */
const driverFolders = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/**
 * Descriptions of the Vulkan drivers that the loader would find on Linux. Without any, WebGPU cannot run there, and to try
 * prints warnings of its own on every machine without a graphics card.
 */
export function vulkanDrivers(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folders: readonly string[] = driverFolders,
): string[] {
  const named = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES ?? '';
  if (named !== '') return named.split(':');
  return folders.flatMap((folder) => descriptionsIn(folder));
}

function descriptionsIn(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    return files.map((file) => path.join(folder, file));
  } catch {
    return [];
  }
}
