import { join } from 'node:path';
import { Eta } from 'eta';
import type { Request } from 'express';

/** Renders templates of `templates/dashboard`; names are paths without ending. */
export type Render = (template: string, data: object) => string;

/** A file ends with a newline; where a template is included, that would be a space. */
const UNPADDED = { processTemplate: (text: string): string => text.trimEnd() };

/** A renderer over the templates in `folder`; every template also gets `asset(name)`, the address of a file of this build. */
export function openTemplates(folder: string, asset: (name: string) => string): Render {
  const eta = new Eta({ views: join(folder), cache: true, autoEscape: true, autoTrim: false, plugins: [UNPADDED] });
  return (template, data) => eta.render(`./${template}`, { asset, ...data });
}

/** True when htmx asks for a fragment in place of a page. */
export function wantsFragment(request: Request): boolean {
  return request.headers['hx-request'] === 'true';
}
