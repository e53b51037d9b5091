import { BlockList, isIP } from 'node:net';

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

let lists: Record<'ipv4' | 'ipv6', BlockList> | undefined;

/** Whether an address is private, loopback, link-local, shared, multicast, mapped or otherwise not on the public internet. */
export function isSpecialAddress(address: string): boolean {
  lists ??= makeLists();
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return lists[family].check(address, family);
}

/** The special address that a host is written as (`10.0.0.1`, `127.1`, `0x7f.1`); undefined for a name and for a public address. */
export function specialAddressOf(host: string): string | undefined {
  const address = URL.parse(`http://${host}`)?.hostname ?? '';
  return isIP(address) === 4 && isSpecialAddress(address) ? address : undefined;
}

/** One list per family: in a shared one, IPv6 networks match IPv4 addresses by their mapped form. */
function makeLists(): Record<'ipv4' | 'ipv6', BlockList> {
  const made = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, prefix, family] of SPECIAL) made[family].addSubnet(network, prefix, family);
  return made;
}
