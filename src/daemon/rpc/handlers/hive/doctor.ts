import { methods } from '#src/protocol/methods/index.ts';
import { doctorChecks } from '../../doctor/checks.ts';
import { handler } from '../../handler.ts';

export const doctor = handler(methods.doctor, async ({ context }) => ({ checks: await doctorChecks(context) }));
