import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { deliveryLine, messageView } from '../../views/message.ts';
import { numbered } from '../params.ts';
import type { Page } from '../page.ts';

/** `/messages/:id`: one message, complete, with how far each delivery got. */
export const messagePage: Page = {
  path: '/messages/:id',
  async load({ daemon, session, params, overview }) {
    const id = numbered(params.id, 'message');
    const { messages } = await daemon.call(methods.messages, { before: id + 1, max: 1 }, session);
    const message = messages.find((found) => found.id === id);
    if (!message) throw new HiveError('not_found', `there is no message ${id}`);
    return {
      title: `Message ${id}`,
      section: 'messages',
      template: 'pages/message',
      data: { id },
      parts: [
        {
          name: 'whole',
          template: 'parts/message-whole',
          data: {
            message: messageView(message, overview.now, { whole: true }),
            deliveries: message.deliveries.map((delivery) => deliveryLine(delivery, overview.now)),
          },
        },
      ],
    };
  },
};
