/** Zones (first level of src/) and what each may import besides itself (DESIGN §4). */
export const ZONES: Record<string, string[]> = {
  lib: [],
  protocol: ['lib'],
  daemon: ['lib', 'protocol'],
  web: ['lib', 'protocol'],
  harness: ['lib', 'protocol'],
  cli: ['lib', 'protocol'],
  setup: ['lib', 'protocol'],
};

const FEATURES = [
  'broker',
  'scheduler',
  'retention',
  'forge',
  'containers',
  'edge',
  'telemetry',
  'health',
  'web-process',
];

/** The daemon's layers from left to right; parts of one layer do not import each other. Files directly in src/daemon are `main`, `context` or leaves. */
export const DAEMON_LAYERS: string[][] = [
  ['main'],
  ['context', 'standby'],
  ['rpc'],
  ['agents'],
  FEATURES,
  ['events', 'host'],
  ['db'],
];

/** Packages and built-ins that only some places may import. */
export const OWNERS: { package: RegExp; places: RegExp; said: string }[] = [
  { package: /^@modelcontextprotocol\/sdk/, places: /^src\/harness\/mcp\//, said: 'src/harness/mcp' },
  { package: /^better-sqlite3$/, places: /^src\/daemon\/(db\/|.*-store\.ts$)/, said: 'src/daemon/db and stores' },
  { package: /^(gitea-js|isomorphic-git|openid-client)/, places: /^src\/daemon\/forge\//, said: 'src/daemon/forge' },
  { package: /^(express|eta|htmx.*|helmet|markdown-it|sanitize-html)$/, places: /^src\/web\//, said: 'src/web' },
  { package: /^esbuild$/, places: /^src\/cli\/bundle\//, said: 'src/cli/bundle' },
  { package: /^(commander|cli-table3|@clack\/prompts)$/, places: /^src\/cli\//, said: 'src/cli' },
  {
    package: /^(node:child_process|execa)$/,
    places: /^src\/(daemon\/host|setup|cli|harness|lib)\//,
    said: 'daemon/host, setup, cli, harness',
  },
];

/** A statement of SQL in a string. */
export const SQL = /['"`]\s*(SELECT\s[\s\S]*\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s/i;

/** A transaction's database in a variable: rows that are inserted late would not be seen through it (decision 0031). */
export const KEPT_DB = /\b(?:const|let)\s+(?:\{[^}]*\bdb\b[^}]*\}\s*=\s*(?:tx|group)|[^={}]*=\s*(?:tx|group)\.db);/;

/** Where SQL may stand. */
export const SQL_PLACES = /^src\/daemon\/(db\/|.*-store\.ts$)/;

/** Longest source file in lines. */
export const MOST_LINES = 300;
