import helmet from 'helmet';
import type { RequestHandler } from 'express';

const NOTHING = ["'none'"];
const OWN = ["'self'"];

/** Security headers of every answer: nothing inline, nothing foreign, never framed. `formAction` adds addresses a form's redirect may lead to. */
export function securityHeaders(formAction: string[] = []): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: NOTHING,
        scriptSrc: OWN,
        styleSrc: OWN,
        imgSrc: OWN,
        connectSrc: OWN,
        formAction: [...OWN, ...formAction],
        baseUri: NOTHING,
        frameAncestors: NOTHING,
      },
    },
    // Loopback speaks plain HTTP; the browser treats localhost as secure all the same.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
}
