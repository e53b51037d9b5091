import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isSpecialAddress } from '#src/lib/special-address.ts';

/** Says why an address is never dialled, or nothing when it is fine. */
export type AddressPolicy = (address: string) => string | undefined;

/** Refuses private, loopback, link-local, shared, multicast, mapped and otherwise special addresses, and the host's own. */
export function createPublicAddressPolicy(ownAddresses: () => string[] = addressesOfHost): AddressPolicy {
  return (address) => {
    if (isIP(address) === 0) return `${address} is not an address`;
    if (isSpecialAddress(address)) return `${address} is not on the public internet`;
    if (ownAddresses().includes(address)) return `${address} is this host itself`;
    return undefined;
  };
}

function addressesOfHost(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
