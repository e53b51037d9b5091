import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Step } from '../step.ts';

/** Says which Node runs the hive and its containers: the one that runs setup. */
export const nodeStep: Step = {
  name: 'node',
  title: 'Node',
  async run({ result }) {
    const path = await realpath(process.execPath);
    const version = process.versions.node;
    result.node = { path, dir: dirname(dirname(path)), version };
    return `${version}: ${path}`;
  },
};
