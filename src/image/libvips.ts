import sharp from 'sharp';

/**
 * The one doorway to sharp: whoever needs it imports it from here, so that these settings hold everywhere.
 *
 * - No operation cache: every picture is seen once, so the cache would keep other people's pixels for nothing.
 * - One libvips thread a picture: pictures already run side by side on libuv's pool, and sharp's own default changes
 *   with the memory allocator (1 on glibc, one a core when jemalloc is preloaded), so it is set, not inherited.
 *   How many pictures run at once is set by UV_THREADPOOL_SIZE (4 unless told otherwise).
 * - Loaders are blocked unless listed: libvips can also read SVG, TIFF, archives and its own format, which means far
 *   more code that strangers' bytes could reach. The formats are refused by name before (input-format.ts); this holds
 *   if that check is ever wrong.
 */
sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadHeifBuffer',
    'VipsForeignLoadNsgifBuffer',
  ],
});

export { sharp };
