import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Says why an address is never dialled, or nothing when it is fine. */
export type AddressPolicy = (address: string) => string | undefined;

/** Networks that are not the public internet (IANA special-purpose registries for IPv4 and IPv6). */
const SPECIAL: [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  // Only 2000::/3 is public unicast; of that, what wraps or documents other addresses is out too.
  ['::', 3, 'ipv6'],
  ['4000::', 2, 'ipv6'],
  ['8000::', 1, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
];

/** Refuses private, loopback, link-local, shared, multicast, mapped and otherwise special addresses, and the host's own. */
export function createPublicAddressPolicy(ownAddresses: () => string[] = addressesOfHost): AddressPolicy {
  // One list per family: in a shared one, IPv6 networks match IPv4 addresses by their mapped form.
  const special = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, prefix, family] of SPECIAL) special[family].addSubnet(network, prefix, family);
  return (address) => {
    if (isIP(address) === 0) return `${address} is not an address`;
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (special[family].check(address, family)) return `${address} is not on the public internet`;
    if (ownAddresses().includes(address)) return `${address} is this host itself`;
    return undefined;
  };
}

function addressesOfHost(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
