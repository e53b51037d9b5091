export { ago, span } from '#src/lib/span.ts';
