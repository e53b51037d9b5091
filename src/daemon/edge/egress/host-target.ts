/** Where a request of the egress proxy wants to go. */
export interface HostTarget {
  /** Lower case, without a dot at the end. */
  host: string;
  port: number;
}

/** The only ports that are offered (DESIGN §5.4). */
const PORTS = [80, 443];
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Parses `host:port` of a CONNECT request. */
export function parseAuthority(authority: string): HostTarget | { problem: string } {
  const match = /^([^:@/]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(authority);
  return match ? check(match[1] ?? '', Number(match[2])) : { problem: 'CONNECT needs host:port' };
}

/** Parses the absolute target of a plain request (`http://host/path`). */
export function parseAbsolute(target: string): (HostTarget & { path: string }) | { problem: string } {
  const url = /^http:\/\//i.test(target) ? URL.parse(target) : null;
  if (!url) return { problem: 'this is a proxy: it takes http:// addresses and CONNECT host:port' };
  if (url.username || url.password) return { problem: 'addresses with a user name are not offered' };
  const found = check(url.hostname, url.port === '' ? 80 : Number(url.port));
  return 'problem' in found ? found : { ...found, path: url.pathname + url.search };
}

function check(name: string, port: number): HostTarget | { problem: string } {
  const host = name.toLowerCase().replace(/\.$/, '');
  if (!HOST_NAME.test(host)) return { problem: `"${name.slice(0, 64)}" is not a host name; addresses are not offered` };
  if (!PORTS.includes(port)) return { problem: `port ${port} is not offered, only ${PORTS.join(' and ')}` };
  return { host, port };
}

/** Whether one of the agent's lines allows this host: the name itself, or `*.name` for everything below it. */
export function isAllowed(host: string, lines: string[]): boolean {
  return lines.some((line) => (line.startsWith('*.') ? host.endsWith(line.slice(1)) : host === line));
}
