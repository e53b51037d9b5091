import { execa } from 'execa';
import { z } from 'zod';

/** How programs reach registries on this host: passed to builds as it is. */
const NETWORK = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_ENV_PROXY'],
];
/** Settings of Go's own client, also from its configuration file. */
const GO = ['GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GONOPROXY', 'GOPRIVATE', 'GOINSECURE', 'GOVCS', 'GOAUTH', 'GOFLAGS'];
/** Settings of npm's client, also from its configuration files; pnpm reads the same under its own prefix. */
const NPM = ['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl', 'fetch-retries', 'fetch-timeout'];

/** A value in npm's list; others than these, such as lists, are of no use here. */
const setting = z.union([z.string(), z.number(), z.boolean(), z.null()]).catch(null);

/** The part of `env` that says how registries are reached. */
export function networkEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(NETWORK.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** The caller's settings of Go's module client as environment variables. */
export async function goEnvironment(go: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const { stdout } = await execa(go, ['env', '-json', ...GO], { env: { ...env, GOTOOLCHAIN: 'local' }, cwd: '/' });
  const settings = z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  const flags = `${settings['GOFLAGS'] ?? ''} -modcacherw`.trim();
  return { ...settings, GOFLAGS: flags, GOTOOLCHAIN: 'local' };
}

/** The caller's settings of npm's client as environment variables for npm and pnpm. */
export async function npmEnvironment(npm: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const { stdout } = await execa(npm, ['config', 'list', '--json'], { env, cwd: '/' });
  const settings = z.record(z.string(), setting).parse(JSON.parse(stdout));
  const names = NPM.flatMap((name) => {
    const value = settings[name];
    if (value === null || value === undefined || value === '') return [];
    const text = String(value);
    const variable = name.replaceAll('-', '_');
    return [
      [`npm_config_${variable}`, text],
      [`pnpm_config_${variable}`, text],
    ];
  });
  return Object.fromEntries(names);
}
