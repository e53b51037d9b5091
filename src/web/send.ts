import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

const compress = promisify(gzip);
const WORTH_ZIPPING = 1024;

/** Sends HTML that nobody may cache, compressed when the browser takes it. */
export async function sendHtml(request: Request, response: Response, html: string): Promise<void> {
  response.set('Cache-Control', 'no-store').set('Vary', 'Accept-Encoding, HX-Request').type('html');
  const zip = html.length > WORTH_ZIPPING && request.acceptsEncodings('gzip') === 'gzip';
  if (!zip) return void response.send(html);
  response.set('Content-Encoding', 'gzip').send(await compress(html));
}
