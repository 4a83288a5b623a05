import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { vulkanDrivers } from './vulkan-drivers.ts';

it('finds the drivers that are named, else those of the folders', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'unpaired-vulkan-'));
  try {
    const absent = path.join(folder, 'absent');
    expect(vulkanDrivers({}, [absent, folder])).toEqual([]);
    await writeFile(path.join(folder, 'card.json'), '{}');
    await writeFile(path.join(folder, 'README'), '');
    expect(vulkanDrivers({}, [absent, folder])).toEqual([path.join(folder, 'card.json')]);
    expect(vulkanDrivers({ VK_ICD_FILENAMES: '/a.json:/b.json' }, [folder])).toEqual(['/a.json', '/b.json']);
    expect(vulkanDrivers({ VK_DRIVER_FILES: '/c.json', VK_ICD_FILENAMES: '/a.json' }, [folder])).toEqual([
      '/c.json',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
