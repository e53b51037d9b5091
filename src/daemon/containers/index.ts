export { createContainers } from './containers.ts';
