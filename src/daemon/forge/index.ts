export { createForge } from './create-forge.ts';
export type { ForgeOptions } from './create-forge.ts';
