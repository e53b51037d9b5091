import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Router } from 'express';
import type { Request, Response } from 'express';
import { HiveError } from '#src/lib/errors.ts';

const compress = promisify(gzip);
const A_YEAR_S = 31_536_000;
const TYPES: Record<string, string> = { '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
/** In the order in which they must run; a browser gets them as one file. */
const LIBRARIES = ['htmx.org/dist/htmx.min.js', 'htmx-ext-sse/dist/sse.min.js', 'idiomorph/dist/idiomorph-ext.min.js'];
const OWN_FILES = ['style.css', 'app.js', 'icons.svg', 'mark.svg'];

interface Asset {
  type: string;
  plain: Buffer;
  zipped: Buffer;
}

/** The files a page loads, all in memory: at run time the process needs no file at all for them. */
export interface Assets {
  /** Address of a file of this build, different when its content is. */
  address(name: string): string;
  router: Router;
}

/** Loads the dashboard's own files from `folder` and the browser libraries from the packages in `modules`. */
export async function loadAssets(folder: string, modules: string): Promise<Assets> {
  const files = await Promise.all([
    ...OWN_FILES.map((name) => read(name, [join(folder, name)])),
    read(
      'htmx.js',
      LIBRARIES.map((path) => join(modules, path)),
    ),
  ]);
  const assets = new Map(files);
  const build = createHash('sha256');
  for (const [, asset] of files) build.update(asset.plain);
  const version = build.digest('hex').slice(0, 10);
  const router = Router();
  router.get('/assets/:version/:name', (request, response) => answer(assets, request, response));
  return { address: (name) => `/assets/${version}/${name}`, router };
}

function answer(assets: Map<string, Asset>, request: Request, response: Response): void {
  const asset = assets.get(String(request.params.name));
  if (!asset) throw new HiveError('not_found', `there is no file ${request.path}: reload the page`);
  const zip = request.acceptsEncodings('gzip') === 'gzip';
  response
    .set('Cache-Control', `public, max-age=${A_YEAR_S}, immutable`)
    .set('Vary', 'Accept-Encoding')
    .type(asset.type);
  if (zip) response.set('Content-Encoding', 'gzip');
  response.send(zip ? asset.zipped : asset.plain);
}

async function read(name: string, paths: string[]): Promise<[string, Asset]> {
  const parts = await Promise.all(paths.map((path) => readFile(path)));
  const plain = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return [name, { type, plain, zipped: await compress(plain) }];
}
