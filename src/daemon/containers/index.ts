export { createContainers } from './containers.ts';
export type { ContainersOptions } from './containers.ts';
