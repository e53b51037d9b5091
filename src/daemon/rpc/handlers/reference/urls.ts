import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const urls = handler(methods.urls, async ({ context }) => ({
  urls: { home: context.urls.dashboard, forge: context.urls.forge },
}));
