import { z } from 'zod';
import { SPAN, SPAN_RULE } from '#src/lib/span.ts';
import { body, MAX_BODY_BYTES } from '#src/protocol/shapes.ts';

/** A text that others will read, with the limits of the protocol. */
export const text = body.meta({ maxLength: MAX_BODY_BYTES });
/** The number of a message, a thread or a reminder. */
export const number = z.number().int().min(1);
/** A length of time: `90s`, `15m`, `2h`, `3d`. */
export const spanText = z.string().max(32).regex(SPAN, SPAN_RULE);
