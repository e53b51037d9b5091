import { probeUserNamespaces } from '../host/userns.ts';
import type { Step } from '../step.ts';

/** Containers need user namespaces: asked of the kernel before anything is fetched. */
export const usernsStep: Step = {
  name: 'userns',
  title: 'User namespaces',
  async run({ config }) {
    await probeUserNamespaces(config.builderUid, config.env['PATH'] ?? '');
    return 'allowed';
  },
};
