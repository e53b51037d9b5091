import { resolveByAddress } from './module-addresses.ts';

/** For `node --import`: the program that follows loads its modules by address. */
resolveByAddress();
