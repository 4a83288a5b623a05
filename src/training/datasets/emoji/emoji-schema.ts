import { z } from 'zod';

/** What is read of `icons.json` in a package of the Iconify project: SVG elements by the icon's name. */
export const iconSetSchema = z.object({
  /** Side of the view box in which icons are drawn, unless they have their own. */
  width: z.number().positive().default(16),
  height: z.number().positive().default(16),
  icons: z.record(
    z.string(),
    z.object({
      body: z.string(),
      width: z.number().positive().optional(),
      height: z.number().positive().optional(),
    }),
  ),
});

export type IconSet = z.infer<typeof iconSetSchema>;

/** `chars.json` of such a package: code points, joined by dashes, to the icon's name. */
export const charactersSchema = z.record(z.string(), z.string());

export const packageSchema = z.object({ version: z.string() });
